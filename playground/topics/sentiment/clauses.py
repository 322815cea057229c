"""A text in clauses, each with what it is about and how it sounds; knows no model."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from playground.lab.text import Text
from playground.topics.sentiment.lexicon import words

# A clause ends at a mark, or before a word that turns the talk. A mark between digits (3.5, 8:30) ends nothing.
_ENDS = re.compile(
    r"[，。！？；：、\n…—]+|[,.!?;:]+(?!\d)|(?=但是|可是|不过|然而|但(?!是))|\s(?=(?:but|yet|however|although|though)\b)",
    re.IGNORECASE,
)
MOST = 12


@dataclass(frozen=True)
class Clause:
    """`aspect`: what it is about, None where no word tells."""

    text: str
    aspect: Text | None


@functools.cache
def aspects() -> dict[str, Text]:
    """Words to what they are about."""
    found: dict[str, Text] = {}
    for line in Path(__file__).with_name("aspects.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            zh, en, names = line.split("\t")
            found.update(dict.fromkeys(names.split(), Text(zh, en)))
    return found


def clauses(text: str) -> list[Clause]:
    """The first twelve clauses that hold a letter or digit; the whole text where none does."""
    parts = [part.strip() for part in _ENDS.split(text)]
    kept = [part for part in parts if re.search(r"\w", part)][:MOST] or [text.strip()]
    return [Clause(part, _aspect(part)) for part in kept]


def _aspect(clause: str) -> Text | None:
    known = aspects()
    return next((known[word.text.lower()] for word in words(clause) if word.text.lower() in known), None)

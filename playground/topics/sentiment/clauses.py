"""Splits a text into clauses, finds what each is about and judges it by the probe and by the lexicon. Knows no model."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.explanation.values import ValueFunction
from playground.lab.text import Text
from playground.language.clauses import clauses as split_clauses
from playground.topics.sentiment.lexicon import probability, words

# A clause of one sentence also ends before a contrast word.
_CONTRAST = re.compile(r"(?=但是|可是|不过|然而|但(?!是))|\s(?=(?:but|yet|however|although|though)\b)", re.IGNORECASE)
MOST = 12


@dataclass(frozen=True)
class Clause:
    """`text`: the clause. `aspect`: what it is about (a key of `aspect_names`), None where no word tells."""

    text: str
    aspect: str | None


@dataclass(frozen=True)
class JudgedClause(Clause):
    """A clause (`text`, `aspect`) with its p(positive) by the `probe` and by the `lexicon`, each clause alone (0 to 1)."""

    probe: float
    lexicon: float


@functools.cache
def aspect_names() -> dict[str, Text]:
    """Maps each aspect, by its English name, to its name in both languages."""
    return {en: Text(zh, en) for zh, en, _ in _aspect_rows()}


@functools.cache
def _aspects() -> dict[str, str]:
    """Maps each word to the aspect that it names."""
    return {word: en for _, en, words_of_aspect in _aspect_rows() for word in words_of_aspect.split()}


def _aspect_rows() -> list[tuple[str, str, str]]:
    lines = Path(__file__).with_name("aspects.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(zh, en, words_of_aspect) for zh, en, words_of_aspect in rows]


def clauses(text: str) -> list[Clause]:
    """Returns the first twelve clauses that hold a letter or digit; the whole text where none does."""
    parts = [part.strip() for clause in split_clauses(text) for part in _CONTRAST.split(clause)]
    kept = [part for part in parts if re.search(r"\w", part)][:MOST] or [text.strip()]
    return [Clause(part, _aspect(part)) for part in kept]


def judge_clauses(texts: Sequence[str], probe: ValueFunction) -> list[tuple[JudgedClause, ...]]:
    """Judges every clause of every text; the probe reads all of them at once."""
    rows = [clauses(text) for text in texts]
    probed = iter(probe([part.text for row in rows for part in row]))
    return [
        tuple(JudgedClause(part.text, part.aspect, float(next(probed)), probability(part.text)) for part in row)
        for row in rows
    ]


def _aspect(clause: str) -> str | None:
    known = _aspects()
    return next((known[word.plain] for word in words(clause) if word.plain in known), None)

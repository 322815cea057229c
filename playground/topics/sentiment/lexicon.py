"""Scores sentiment by counting opinion words, reversed by negations and scaled by intensifiers. Knows no model.

The word lists are in this folder and were written for the project.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from pathlib import Path

from playground.language.segmentation import segment

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_CLAUSE_ENDS = frozenset("，。！？；：,.!?;:\n…—")
# How many words back a negation or an intensifier still acts.
_REACH = 4
# An entry may be several of the segmenter's words together ("很" + "值").
_LONGEST = 4
_BEFORE_CONTRAST = 0.5


@dataclass(frozen=True)
class Entry:
    """`kind`: opinion, negation, intensifier or contrast. `value`: strength of an opinion, factor of the others."""

    kind: str
    value: float


@dataclass(frozen=True)
class Word:
    """A word at its place, `text[start:end]`, with its entry if it has one and the clause that it is in."""

    text: str
    start: int
    end: int
    clause: int
    entry: Entry | None


@dataclass(frozen=True)
class Hit:
    """An opinion word and what it adds to the score after the words before it have acted on it."""

    word: Word
    value: float


def language_of(text: str) -> str:
    """ "zh" for a text with Chinese characters, else "en"."""
    return "zh" if _CHINESE.search(text) else "en"


@functools.cache
def lexicon(language: str) -> dict[str, Entry]:
    """The entries of a language by word."""
    lines = Path(__file__).with_name(f"lexicon_{language}.tsv").read_text(encoding="utf-8").splitlines()
    entries: dict[str, Entry] = {}
    for line in lines:
        if not line.startswith("#"):
            kind, value, words = line.split("\t")
            for word in words.split():
                entries.setdefault(word, Entry(kind, float(value)))
    return entries


def words(text: str) -> list[Word]:
    """Splits a text into words, joins those that make one entry, and drops spaces and punctuation."""
    known = lexicon(language_of(text))
    pieces = segment(text, "word")
    found: list[Word] = []
    clause = index = 0
    while index < len(pieces):
        piece = pieces[index]
        if not piece.is_content:
            clause += any(mark in _CLAUSE_ENDS for mark in piece.text)
            index += 1
            continue
        count = next((count for count in range(_LONGEST, 1, -1) if _joined(pieces, index, count) in known), 1)
        last = pieces[min(index + count, len(pieces)) - 1]
        found += _split(text, piece.start, last.end, clause, known)
        index += count
    return found


def _joined(pieces: list, index: int, count: int) -> str:  # type: ignore[type-arg]
    return "".join(piece.text for piece in pieces[index : index + count]).lower()


def _split(text: str, start: int, end: int, clause: int, known: dict[str, Entry]) -> list[Word]:
    """One word, or a Chinese word cut after a known beginning ("很好", "不喜欢") when it isn't known as a whole."""
    whole = text[start:end].lower()
    if whole not in known and _CHINESE.match(whole):
        for length in range(len(whole) - 1, 0, -1):
            head, tail = whole[:length], whole[length:]
            if head in known and tail in known and known[head].kind in ("negation", "intensifier"):
                middle = start + length
                return [Word(text[start:middle], start, middle, clause, known[head]),
                        Word(text[middle:end], middle, end, clause, known[tail])]  # fmt: skip
    return [Word(text[start:end], start, end, clause, known.get(whole))]


def hits(text: str) -> list[Hit]:
    """Finds the opinion words and computes their values.

    A negation reverses the sign and keeps 0.8 of the strength, an intensifier multiplies; both act on the next opinion word of
    their clause, at most four words later. What precedes the last contrast word ("但", "but") counts half.
    """
    found: list[Hit] = []
    row = words(text)
    contrast = max((index for index, word in enumerate(row) if word.entry and word.entry.kind == "contrast"), default=0)
    factor, age, clause = 1.0, 0, 0
    for index, word in enumerate(row):
        if word.clause != clause or age >= _REACH:
            factor, age, clause = 1.0, 0, word.clause
        entry = word.entry
        if entry is None or entry.kind == "contrast":
            age += factor != 1.0
        elif entry.kind == "opinion":
            found.append(Hit(word, entry.value * factor * (_BEFORE_CONTRAST if index < contrast else 1.0)))
            factor, age = 1.0, 0
        else:
            factor, age = factor * entry.value, 0
    return found


def probability(text: str) -> float:
    """p(positive): the logistic function of the sum of the values; 0.5 when no opinion word is known."""
    return 1 / (1 + math.exp(-sum(hit.value for hit in hits(text))))

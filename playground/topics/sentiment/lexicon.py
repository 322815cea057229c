"""Scores sentiment by counting opinion words, reversed by negations and scaled by intensifiers. Knows no model.

The word lists are in this folder and were written for the project: simplified Chinese and English, looked up in one text together.
Traditional characters, full-width letters and typographic apostrophes are read as what they stand for.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import opencc

from playground.language.segmentation import Segment, segment

LANGUAGES = ("zh", "en")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Typed as an apostrophe by keyboards and word processors: right and left quotation marks, modifier letter, prime, accents, full width.
_APOSTROPHES = frozenset("’‘ʼ′´`＇")
_CLAUSE_ENDS = frozenset("，。！？；：,.!?;:\n…—")
# A full stop or colon inside an address or a time: booking.com, 8:30.
_ASCII = re.compile(r"[A-Za-z0-9][.:][A-Za-z0-9]")
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

    @property
    def plain(self) -> str:
        """The word as the word lists spell it."""
        return plain(self.text)


@dataclass(frozen=True)
class Hit:
    """An opinion word and what it adds to the score after the words before it have acted on it."""

    word: Word
    value: float


@functools.cache
def lexicon() -> dict[str, Entry]:
    """Returns the entries of both languages by word: texts mix them, and no word is in both."""
    entries: dict[str, Entry] = {}
    for language in LANGUAGES:
        lines = Path(__file__).with_name(f"lexicon_{language}.tsv").read_text(encoding="utf-8").splitlines()
        for line in lines:
            if not line.startswith("#"):
                kind, value, words = line.split("\t")
                for word in words.split():
                    entries.setdefault(word, Entry(kind, float(value)))
    return entries


@functools.cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@functools.lru_cache(maxsize=16384)
def _plain(character: str) -> str:
    """Returns one character as the word lists write it."""
    if character in _APOSTROPHES:
        return "'"
    if _CHINESE.match(character):
        simple = str(_simplifier().convert(character))
    elif character.isalnum():
        simple = unicodedata.normalize("NFKC", character).lower()
    else:
        return character
    return simple if len(simple) == 1 else character


def plain(text: str) -> str:
    """Spells a text as the word lists do, in the same number of characters: ’ as ', Ｇ as g, 歡 as 欢."""
    return "".join(map(_plain, text))


def words(text: str) -> list[Word]:
    """Splits a text into words, joins those that make one entry, and drops spaces and punctuation."""
    known = lexicon()
    spelt = plain(text)
    pieces = segment(spelt, "word")
    found: list[Word] = []
    clause = index = 0
    while index < len(pieces):
        piece = pieces[index]
        if not piece.is_content:
            within = piece.text in ".:" and index > 0 and _ASCII.fullmatch(spelt[piece.start - 1 : piece.end + 1])
            clause += not within and any(mark in _CLAUSE_ENDS for mark in piece.text)
            index += 1
            continue
        count = next((count for count in range(_LONGEST, 1, -1) if _joined(pieces, index, count) in known), 1)
        last = pieces[min(index + count, len(pieces)) - 1]
        found += _split(text, spelt, piece.start, last.end, clause, known)
        index += count
    return found


def _joined(pieces: list[Segment], index: int, count: int) -> str:
    return "".join(piece.text for piece in pieces[index : index + count])


def _split(text: str, spelt: str, start: int, end: int, clause: int, known: dict[str, Entry]) -> list[Word]:
    """One word, or a Chinese word cut after a known beginning ("很好", "不喜欢") when it isn't known as a whole."""
    whole = spelt[start:end]
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

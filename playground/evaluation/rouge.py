"""Computes ROUGE-N and ROUGE-L of token sequences, and tokenizes texts for them. Knows no model.

Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries. The scores equal those of Google's `rouge_score` for the
same tokens (tested); its longest common subsequence fills a table in Python, this one packs a row into the bits of an
integer, which is fast enough to search all subsets of a document's sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from playground.language.segmentation import segment

_HAN = regex.compile(r"\p{Han}")
_GRAPHEME = regex.compile(r"\X")
_NOT_ASCII = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Score:
    """`precision`, `recall` and their harmonic mean, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Rouge:
    """The three usual scores of one text: ROUGE-1 (`one`), ROUGE-2 (`two`) and ROUGE-L (`longest`)."""

    one: Score
    two: Score
    longest: Score

    @property
    def mean_f1(self) -> float:
        return (self.one.f1 + self.two.f1 + self.longest.f1) / 3


def word_tokens(text: str) -> list[str]:
    """Tokenizes into lower-case words (Chinese ones by jieba) and numbers, without punctuation."""
    return [part.text.lower() for part in segment(text, "word") if part.is_content]


def character_tokens(text: str) -> list[str]:
    """Tokenizes Chinese into characters, but keeps other words and numbers whole, as in the Chinese summarization literature."""
    return [
        token
        for word in word_tokens(text)
        for token in (_GRAPHEME.findall(word) if _HAN.search(word) else [word])
    ]  # fmt: skip


def ascii_tokens(text: str) -> list[str]:
    """Tokenizes like `rouge_score` by default: runs of a-z and 0-9, so nothing of a Chinese text."""
    return [token for token in _NOT_ASCII.sub(" ", text.lower()).split(" ") if token]


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "character": character_tokens,
    "word": word_tokens,
    "ascii": ascii_tokens,
}


def rouge(candidate: Sequence[str], reference: Sequence[str]) -> Rouge:
    """Computes ROUGE-1, ROUGE-2 and ROUGE-L of a candidate's tokens against a reference's."""
    return Rouge(rouge_n(candidate, reference, 1), rouge_n(candidate, reference, 2), rouge_l(candidate, reference))


def rouge_n(candidate: Sequence[str], reference: Sequence[str], size: int) -> Score:
    """Computes the clipped n-gram overlap; 0 if a text has no n-grams."""
    ours, theirs = ngram_counts(candidate, size), ngram_counts(reference, size)
    return _score((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(candidate: Sequence[str], reference: Sequence[str]) -> Score:
    """Scores the longest common subsequence of the whole texts, ignoring line breaks (not ROUGE-Lsum, which is per sentence)."""
    common = longest_common_subsequence(candidate, reference)
    return _score(common, len(candidate), len(reference))


def ngram_counts(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """Counts the n-grams of `size` tokens."""
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def _score(common: int, candidate: int, reference: int) -> Score:
    return Score(common / max(candidate, 1), common / max(reference, 1))


def longest_common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Returns its length, with one bit of an integer per token of `b`: Hyyrö 2004, Bit-Parallel LCS-length Computation Revisited."""
    places: dict[str, int] = {}
    for index, token in enumerate(b):
        places[token] = places.get(token, 0) | 1 << index
    whole = (1 << len(b)) - 1
    row = whole
    for token in a:
        matches = row & places.get(token, 0)
        row = ((row + matches) | (row - matches)) & whole
    return len(b) - row.bit_count()

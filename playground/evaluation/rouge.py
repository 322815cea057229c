"""ROUGE-N and ROUGE-L of token sequences, and the ways of cutting a text into tokens for them. Knows no model.

Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries. The scores are those of Google's `rouge_score` for the same
tokens (a test holds them to it); its longest common subsequence fills a table in Python, this one packs a row into an
integer, which makes it fast enough to search all subsets of a document's sentences.
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
    """Precision, recall and their harmonic mean, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Rouge:
    """The three usual scores of one text."""

    one: Score
    two: Score
    longest: Score

    @property
    def mean_f1(self) -> float:
        return (self.one.f1 + self.two.f1 + self.longest.f1) / 3


def word_tokens(text: str) -> list[str]:
    """Words in small letters (Chinese ones by jieba) and numbers, no punctuation."""
    return [part.text.lower() for part in segment(text, "word") if part.is_content]


def character_tokens(text: str) -> list[str]:
    """Chinese by characters; words of letters and numbers stay whole, as in the Chinese summarization literature."""
    return [
        token
        for word in word_tokens(text)
        for token in (_GRAPHEME.findall(word) if _HAN.search(word) else [word])
    ]  # fmt: skip


def ascii_tokens(text: str) -> list[str]:
    """What `rouge_score` keeps unless told otherwise: runs of a-z and 0-9, so nothing of a Chinese text."""
    return [token for token in _NOT_ASCII.sub(" ", text.lower()).split(" ") if token]


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "character": character_tokens,
    "word": word_tokens,
    "ascii": ascii_tokens,
}


def rouge(candidate: Sequence[str], reference: Sequence[str]) -> Rouge:
    """ROUGE-1, ROUGE-2 and ROUGE-L of a candidate's tokens against a reference's."""
    return Rouge(rouge_n(candidate, reference, 1), rouge_n(candidate, reference, 2), rouge_l(candidate, reference))


def rouge_n(candidate: Sequence[str], reference: Sequence[str], size: int) -> Score:
    """Overlap of n-grams, each counted as often as it stands in both; 0 where a text has none."""
    ours, theirs = ngram_counts(candidate, size), ngram_counts(reference, size)
    return _score((ours & theirs).total(), ours.total(), theirs.total())


def rouge_l(candidate: Sequence[str], reference: Sequence[str]) -> Score:
    """The longest common subsequence of the whole texts, line breaks ignored (not ROUGE-Lsum, which goes by sentence)."""
    common = longest_common_subsequence(candidate, reference)
    return _score(common, len(candidate), len(reference))


def ngram_counts(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """How often each run of `size` tokens stands in the text."""
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def _score(common: int, candidate: int, reference: int) -> Score:
    return Score(common / max(candidate, 1), common / max(reference, 1))


def longest_common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Its length. One bit of an integer for each token of `b`: Hyyrö 2004, Bit-Parallel LCS-length Computation Revisited."""
    places: dict[str, int] = {}
    for index, token in enumerate(b):
        places[token] = places.get(token, 0) | 1 << index
    whole = (1 << len(b)) - 1
    row = whole
    for token in a:
        matches = row & places.get(token, 0)
        row = ((row + matches) | (row - matches)) & whole
    return len(b) - row.bit_count()

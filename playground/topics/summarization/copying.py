"""How much of a summary is copied from its source, and what is new in it; knows only tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.evaluation.rouge import word_tokens
from playground.language.segmentation import segment
from playground.language.sentences import sentences


@dataclass(frozen=True)
class Fragment:
    """A run of the summary's words that stands in the source, word for word: `length` words from `start`."""

    start: int
    length: int


@dataclass(frozen=True)
class Copied:
    """`coverage`: the share of the summary's words that lie in a fragment; `density`: the mean length of the fragment that a
    word lies in, both after Grusky et al. 2018; `longest`: words of the longest fragment."""

    fragments: tuple[Fragment, ...]
    words: int

    @property
    def coverage(self) -> float:
        return sum(one.length for one in self.fragments) / max(self.words, 1)

    @property
    def density(self) -> float:
        return sum(one.length**2 for one in self.fragments) / max(self.words, 1)

    @property
    def longest(self) -> int:
        return max((one.length for one in self.fragments), default=0)


def copied(source: Sequence[str], summary: Sequence[str]) -> Copied:
    """Greedy fragments (Grusky et al. 2018, Newsroom): from left to right, at each word the longest run that the source holds."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(source):
        places.setdefault(word, []).append(place)
    fragments = []
    start = 0
    while start < len(summary):
        length = 0
        for place in places.get(summary[start], ()):
            run = 0
            while (
                start + run < len(summary) and place + run < len(source) and summary[start + run] == source[place + run]
            ):
                run += 1
            length = max(length, run)
        if length:
            fragments.append(Fragment(start, length))
        start += max(length, 1)
    return Copied(tuple(fragments), len(summary))


def copied_stretches(source: str, summary: str, least: int) -> list[tuple[int, int]]:
    """Where in the summary, by character, at least `least` words in a row are copied."""
    words = [part for part in segment(summary, "word") if part.is_content]
    found = copied(word_tokens(source), [part.text.lower() for part in words])
    return [
        (words[one.start].start, words[one.start + one.length - 1].end)
        for one in found.fragments
        if one.length >= least
    ]


def novel(source: str, summary: str, size: int) -> float | None:
    """The share of the summary's n-grams that the source lacks; None where it has none.

    N-grams don't cross the borders of the summary's sentences: two sentences put side by side make nothing new.
    """
    known = set(_ngrams(word_tokens(source), size))
    found = [ngram for part in sentences(summary) for ngram in _ngrams(word_tokens(part.text), size)]
    return sum(ngram not in known for ngram in found) / len(found) if found else None


def _ngrams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]

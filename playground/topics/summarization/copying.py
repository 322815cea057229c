"""Measures how much of a summary is copied, from where, and what is new in it. Knows no method that writes one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.evaluation.rouge import rouge_n, word_tokens
from playground.language.segmentation import segment
from playground.language.sentences import sentences

# Words in a row from which on one speaks of copying: no two people would write them alike by chance.
LONG_COPY = 8


@dataclass(frozen=True)
class Fragment:
    """A run of the summary's words that the source has, word for word: `length` words from `start`."""

    start: int
    length: int


@dataclass(frozen=True)
class Copied:
    """`coverage`: the share of the summary's words that a fragment covers; `density`: the mean length of a word's fragment,
    both after Grusky et al. 2018; `longest`: words of the longest fragment."""

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


@dataclass(frozen=True)
class CopiedExample:
    """An example of the prompt that the model repeated: its `title`, and how many words in a row are those of its summary, `longest`."""

    title: str
    longest: int


def copied(source: Sequence[str], summary: Sequence[str]) -> Copied:
    """Finds greedy fragments (Grusky et al. 2018, Newsroom): from left to right, at each word the longest run that the source has."""
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


def copies(source: str, summary: str) -> Copied:
    """Finds which of the summary's words are copied, in words whatever the language."""
    return copied(word_tokens(source), word_tokens(summary))


def copied_example(source: str, summary: str, examples: Iterable[tuple[str, str]]) -> CopiedExample | None:
    """Finds the first example (title, its summary) of which more words in a row are repeated than of the source, eight at least."""
    own = copies(source, summary).longest
    for title, text in examples:
        longest = copies(text, summary).longest
        if longest >= LONG_COPY and longest > own:
            return CopiedExample(title, longest)
    return None


def taken_up(sentences_of_source: Sequence[Sequence[str]], summary: Sequence[str]) -> tuple[float, ...]:
    """Returns for each sentence of the source (its tokens) the share of its token pairs that the summary has (0 to 1)."""
    return tuple(rouge_n(summary, one, 2).recall for one in sentences_of_source)


def copied_stretches(source: str, summary: str, least: int) -> list[tuple[int, int]]:
    """Finds where in the summary, by character, at least `least` words in a row are copied."""
    words = [part for part in segment(summary, "word") if part.is_content]
    found = copied(word_tokens(source), [part.text.lower() for part in words])
    return [
        (words[one.start].start, words[one.start + one.length - 1].end)
        for one in found.fragments
        if one.length >= least
    ]


def novel(source: str, summary: str, size: int) -> float | None:
    """Returns the share of the summary's word n-grams that the source lacks (0 to 1); None where it has none.

    N-grams don't cross the borders of the summary's sentences: two sentences put side by side make nothing new.
    """
    known = set(_ngrams(word_tokens(source), size))
    found = [ngram for part in sentences(summary) for ngram in _ngrams(word_tokens(part.text), size)]
    return sum(ngram not in known for ngram in found) / len(found) if found else None


def _ngrams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]

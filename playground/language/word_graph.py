"""The word graph of a Chinese text by jieba's dictionary: every word that fits, the best paths with their probabilities,
the places where words cross.

A unigram model: log p(path) = Σ log(frequency of the word / sum of all frequencies). Knows no model and no hidden Markov model.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jieba

from playground.language.segmentation import chinese_tokenizer


@dataclass(frozen=True)
class Arc:
    """A word `text[start:end]` of the graph. `log_probability`: natural. `known`: the dictionary has it."""

    start: int
    end: int
    text: str
    log_probability: float
    known: bool


@dataclass(frozen=True)
class Path:
    """A way through the graph: its words and the sum of their log-probabilities (natural)."""

    words: tuple[str, ...]
    log_probability: float


def private_tokenizer(words: Mapping[str, int | None]) -> jieba.Tokenizer:
    """Returns a separate jieba tokenizer with extra words and their frequencies; the shared one isn't changed.

    A frequency None is jieba's suggestion: just enough for the word to win. As in `jieba.add_word` the frequency is added to the
    total. `add_word` itself isn't used, since with frequency 0 it writes into a set that all tokenizers share.
    """
    shared, private = chinese_tokenizer(), jieba.Tokenizer()
    private.FREQ, private.total, private.initialized = dict(shared.FREQ), shared.total, True
    for word, frequency in words.items():
        count = private.suggest_freq(word, False) if frequency is None else frequency
        private.FREQ[word] = count
        private.total += count
        for end in range(1, len(word)):
            private.FREQ.setdefault(word[:end], 0)
    return private


def arcs(tokenizer: jieba.Tokenizer, text: str) -> tuple[Arc, ...]:
    """Returns the graph's words by start and end. A character with no word counts as one of frequency 1, as in jieba."""
    total = math.log(tokenizer.total)
    found = []
    for start, ends in tokenizer.get_DAG(text).items():
        for last in ends:
            word = text[start : last + 1]
            frequency = tokenizer.FREQ.get(word) or 0
            found.append(Arc(start, last + 1, word, math.log(frequency or 1) - total, frequency > 0))
    return tuple(found)


def best_paths(graph: Sequence[Arc], length: int, count: int) -> tuple[Path, ...]:
    """Returns the `count` most probable paths from 0 to `length`, best first, by dynamic programming.

    Of equal probabilities the path with the longer first word comes first, as in jieba.
    """
    suffixes: list[list[tuple[float, tuple[int, ...], tuple[str, ...]]]] = [[] for _ in range(length + 1)]
    suffixes[length] = [(0.0, (), ())]
    by_start = _by_start(graph, length)
    for start in range(length - 1, -1, -1):
        suffixes[start] = sorted(
            (
                (arc.log_probability + rest, (arc.end, *ends), (arc.text, *words))
                for arc in by_start[start]
                for rest, ends, words in suffixes[arc.end]
            ),
            reverse=True,
        )[:count]
    return tuple(Path(words, score) for score, _, words in suffixes[0])


def total_paths(graph: Sequence[Arc], length: int) -> tuple[int, float]:
    """Returns how many paths there are, and the natural log of the sum of their probabilities."""
    counts, sums = [0] * length + [1], [-math.inf] * length + [0.0]
    by_start = _by_start(graph, length)
    for start in range(length - 1, -1, -1):
        counts[start] = sum(counts[arc.end] for arc in by_start[start])
        terms = [arc.log_probability + sums[arc.end] for arc in by_start[start]]
        highest = max(terms)
        sums[start] = highest + math.log(sum(math.exp(term - highest) for term in terms))
    return counts[0], sums[0]


@dataclass(frozen=True)
class Ambiguity:
    """A place `text[start:end]` where words cross: an overlapping ambiguity (交集型歧义). `best`: how the best path cuts it.

    `crossing`: the words of the graph that begin or end inside a word of the best path without being a part of it.
    """

    start: int
    end: int
    best: tuple[str, ...]
    crossing: tuple[str, ...]


def ambiguities(graph: Sequence[Arc], best: Sequence[str]) -> tuple[Ambiguity, ...]:
    """Returns the places where words of the graph cross a word of the path `best`, from left to right, none overlapping another.

    A word that only joins or splits words of the path crosses none (组合型歧义, a combination ambiguity, isn't counted).
    """
    borders = [0]
    for word in best:
        borders.append(borders[-1] + len(word))
    found: list[tuple[int, int, list[str]]] = []
    for arc in sorted(graph, key=lambda arc: (arc.start, arc.end)):
        first = bisect_right(borders, arc.start) - 1
        last = bisect_left(borders, arc.end)
        if last - first < 2 or (borders[first], borders[last]) == (arc.start, arc.end):
            continue
        start, end = borders[first], borders[last]
        if found and start < found[-1][1]:
            before = found.pop()
            found.append((before[0], max(end, before[1]), [*before[2], arc.text]))
        else:
            found.append((start, end, [arc.text]))
    return tuple(
        Ambiguity(start, end, tuple(best[borders.index(start) : borders.index(end)]), tuple(crossing))
        for start, end, crossing in found
    )


def _by_start(graph: Sequence[Arc], length: int) -> list[list[Arc]]:
    found: list[list[Arc]] = [[] for _ in range(length)]
    for arc in graph:
        found[arc.start].append(arc)
    return found

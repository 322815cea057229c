"""Four ways of choosing sentences: the first ones, TextRank, centroid with MMR, and the best ones for a known reference.

Each takes sentences or numbers and gives indices in the order of choice; knows no page and no model.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.evaluation.rouge import rouge

Numbers = npt.NDArray[np.float64]
# Subsets that are all tried; beyond it the bound is found greedily. About 0.1 ms each.
MOST_SUBSETS = 5000


def highest(scores: Sequence[float], most: int) -> list[int]:
    """Returns the indices of the highest scores, best first; of equal ones the earlier sentence."""
    # Rounded, so that the order of equal sentences doesn't hang on the last bit of a sum.
    return sorted(range(len(scores)), key=lambda index: (-round(scores[index], 9), index))[:most]


# ---- TextRank


def shared_words(words: Sequence[set[str]]) -> Numbers:
    """Similarity of sentences (n, n): shared words over the sum of the logarithms of their numbers (Mihalcea and Tarau 2004).

    `words`: the distinct content words of each sentence. The diagonal is 0, and so is a pair of one-word sentences.
    """
    vocabulary = {word: column for column, word in enumerate(sorted(set().union(*words)))}
    holds = np.zeros((len(words), len(vocabulary)))
    for row, some in enumerate(words):
        holds[row, [vocabulary[word] for word in some]] = 1
    sizes = np.array([math.log(len(some)) if some else 0.0 for some in words])
    sums = sizes[:, None] + sizes[None, :]
    similarity: Numbers = np.divide(holds @ holds.T, sums, out=np.zeros_like(sums), where=sums > 0)
    np.fill_diagonal(similarity, 0)
    return similarity


def pagerank(weights: Numbers, damping: float = 0.85, tolerance: float = 1e-12) -> Numbers:
    """The stationary distribution (n,) of a walk over weighted edges (n, n) that jumps anywhere with 1 − `damping`.

    Brin and Page 1998; a sentence without edges jumps anywhere always. Sums to 1.
    """
    count = len(weights)
    totals = weights.sum(1, keepdims=True)
    steps = np.divide(weights, totals, out=np.full_like(weights, 1 / count), where=totals > 0)
    scores = np.full(count, 1 / count)
    while True:
        moved = damping * scores @ steps + (1 - damping) / count
        if np.abs(moved - scores).sum() < tolerance * count:
            normalized: Numbers = moved / moved.sum()
            return normalized
        scores = moved


def textrank(words: Sequence[set[str]], damping: float = 0.85) -> tuple[Numbers, Numbers]:
    """Scores (n,) of sentences by the walk over their shared words, and the similarities (n, n) that it walked."""
    similarity = shared_words(words)
    return pagerank(similarity, damping), similarity


# ---- centroid with MMR


def centroid_scores(vectors: Numbers) -> Numbers:
    """Cosine (n,) of each unit vector (n, size) with the direction of their sum."""
    centroid = vectors.sum(0)
    length = np.linalg.norm(centroid)
    return vectors @ (centroid / length) if length else np.zeros(len(vectors))


def maximal_marginal_relevance(vectors: Numbers, relevance: Numbers, novelty: float, most: int) -> list[int]:
    """Indices in the order of choice: each has the largest λ × relevance − (1 − λ) × its largest cosine with a chosen one.

    Carbonell and Goldstein 1998; `novelty` is their λ, `vectors` (n, size) have length 1.
    """
    similarity = vectors @ vectors.T
    chosen: list[int] = []
    while len(chosen) < min(most, len(vectors)):
        repeats = similarity[:, chosen].max(1) if chosen else np.zeros(len(vectors))
        value = novelty * relevance - (1 - novelty) * repeats
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    return chosen


# ---- the best that choosing sentences can do


@dataclass(frozen=True)
class Bound:
    """`chosen`: the subset in the order of the text; `tried`: subsets scored; `exact`: all there are."""

    chosen: tuple[int, ...]
    tried: int
    exact: bool


def best_subset(
    sentences: Sequence[Sequence[str]],
    reference: Sequence[str],
    most: int,
    *,
    most_subsets: int = MOST_SUBSETS,
    checkpoint: Callable[[], None] = lambda: None,
) -> Bound:
    """The at most `most` sentences (token lists) of the highest mean of ROUGE-1, ROUGE-2 and ROUGE-L F1.

    All subsets where they are no more than `most_subsets`; else greedy: the sentence that raises the mean most, until none does.
    """
    count = len(sentences)
    sizes = range(1, min(most, count) + 1)
    total = sum(math.comb(count, size) for size in sizes)

    def value(subset: Sequence[int]) -> float:
        checkpoint()
        return rouge([token for index in subset for token in sentences[index]], reference).mean_f1

    if total <= most_subsets:
        subsets = (subset for size in sizes for subset in itertools.combinations(range(count), size))
        return Bound(max(subsets, key=value), total, exact=True)
    return _greedily(count, most, value)


def _greedily(count: int, most: int, value: Callable[[Sequence[int]], float]) -> Bound:
    chosen: tuple[int, ...] = ()
    best, tried = 0.0, 0
    for _ in range(most):
        options = [tuple(sorted((*chosen, index))) for index in range(count) if index not in chosen]
        values = [value(option) for option in options]
        tried += len(options)
        if not values or max(values) <= best:
            break
        best = max(values)
        chosen = options[values.index(best)]
    return Bound(chosen or (0,), tried, exact=False)


def pairs(similarity: Numbers) -> Iterator[tuple[int, int, float]]:
    """Each edge of the graph once: two sentences and their similarity."""
    for first, second in zip(*np.nonzero(np.triu(similarity)), strict=True):
        yield int(first), int(second), float(similarity[first, second])

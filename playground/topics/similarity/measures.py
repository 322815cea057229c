"""What a method's scores are worth: their spread over random pairs, their ranks against people's grades, and the challenge set. Knows no model."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from playground.data.sets import Contrast, Pair
from playground.statistics.intervals import Share, bootstrap

RESAMPLES = 500


@dataclass(frozen=True)
class Correlation:
    """`value`: Spearman's ρ (−1 to 1) of scores with grades; `low` to `high`: its 95% bootstrap interval over pairs.
    All None where all scores are equal.
    """

    value: float | None
    low: float | None
    high: float | None


def random_pairs(count: int, wanted: int, seed: int) -> list[tuple[int, int]]:
    """Returns distinct ordered pairs of two different indices below `count`, at random; all of them if there are no more."""
    every = count * (count - 1)
    chosen = np.random.default_rng(seed).permutation(every)[:wanted]
    return [(int(k) // (count - 1), int(k) % (count - 1) + (k % (count - 1) >= k // (count - 1))) for k in chosen]


def percentile(random: npt.NDArray[np.float64], score: float) -> float:
    """Returns the share (0 to 1) of random pairs that score lower; equal scores count half."""
    return float(((random < score).sum() + (random == score).sum() / 2) / len(random))


def spearman(rows: npt.NDArray[np.float64]) -> float:
    """Returns Spearman's ρ of the two columns: Pearson's r of their ranks, equals sharing a mean rank. NaN where one column is constant."""
    a, b = (rankdata(rows[:, column]) - (len(rows) + 1) / 2 for column in (0, 1))
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm else float("nan")


@functools.lru_cache(maxsize=256)
def _correlate(scores: tuple[float, ...], grades: tuple[int, ...], seed: int) -> Correlation:
    rows = np.column_stack([scores, grades])
    value = spearman(rows)
    if not np.isfinite(value):
        return Correlation(None, None, None)
    return Correlation(value, *bootstrap(rows, spearman, seed, RESAMPLES))


def correlate(scores: Sequence[float], pairs: Sequence[Pair], seed: int) -> Correlation:
    """Correlates the scores of graded pairs with their grades."""
    return _correlate(tuple(map(float, scores)), tuple(pair.grade for pair in pairs), seed)


def below(changed: Sequence[float], same: Sequence[float], items: Sequence[Contrast]) -> dict[str, Share]:
    """Returns, by kind of change, in how many items the changed sentence scores strictly below the one of the same meaning."""
    right = [low < high for low, high in zip(changed, same, strict=True)]
    return {
        change: Share.of(
            sum(ok for ok, item in zip(right, items, strict=True) if item.change == change),
            sum(item.change == change for item in items),
        )
        for change in dict.fromkeys(item.change for item in items)
    }

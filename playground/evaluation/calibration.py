"""Compares stated confidence with how often it is right: reliability by bins, expected calibration error, Brier score.

Knows nothing of where the confidence comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.statistics.intervals import RESAMPLES, wilson

# Resamples in one block: a table of thousands of rows times all of them would be hundreds of megabytes.
_AT_ONCE = 200


@dataclass(frozen=True)
class Bin:
    """Examples whose confidence is in (`low`, `high`]; the first bin holds 0 too. `right` of `count`; their mean `confidence`.

    `least`, `most`: 95% Wilson interval of the share that is right.
    """

    low: float
    high: float
    count: int
    right: int
    confidence: float
    least: float
    most: float

    @property
    def accuracy(self) -> float:
        return self.right / self.count


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int) -> tuple[Bin, ...]:
    """Groups examples into bins of equal width, without the empty ones (Guo et al. 2017)."""
    values, hits = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    places = np.clip(np.ceil(values * bins).astype(int) - 1, 0, bins - 1)
    found = []
    for place in sorted(set(places.tolist())):
        inside = places == place
        count, good = int(inside.sum()), int(hits[inside].sum())
        low, high = wilson(good, count)
        found.append(Bin(place / bins, (place + 1) / bins, count, good, float(values[inside].mean()), low, high))
    return tuple(found)


def expected_calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int) -> float:
    """Averages |accuracy − confidence| over bins of equal width, weighted by their examples: 0 to 1, depending on `bins`."""
    groups = reliability(confidence, right, bins)
    return sum(group.count * abs(group.accuracy - group.confidence) for group in groups) / len(confidence)


def equal_mass_calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int) -> float:
    """Averages the same gap over bins of equal numbers of examples in the order of confidence; equal values stay in that order."""
    order = np.argsort(np.asarray(confidence, dtype=np.float64), kind="stable")
    values, hits = np.asarray(confidence, dtype=np.float64)[order], np.asarray(right, dtype=np.float64)[order]
    parts = zip(np.array_split(values, bins), np.array_split(hits, bins), strict=True)
    return float(sum(abs(sure.sum() - good.sum()) for sure, good in parts if len(sure)) / len(values))


def resampled_errors(
    confidence: Sequence[float],
    right: Sequence[bool],
    counts: Sequence[int],
    seed: int,
    resamples: int = RESAMPLES,
    tell: Callable[[], None] = lambda: None,
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Returns for each number of bins the 95% percentile bootstrap intervals of the errors by equal width and by equal mass.

    Examples are resampled, the same for all. `tell` is called regularly. A bin's share of the error is |Σ (right − confidence)|.
    """
    values, generator = np.asarray(confidence, dtype=np.float64), np.random.default_rng(seed)
    order = np.argsort(values, kind="stable")
    values, gaps = (
        values[order],
        (np.asarray(right, dtype=np.float64) - np.asarray(confidence, dtype=np.float64))[order],
    )
    size = len(values)
    places = [np.clip(np.ceil(values * bins).astype(int) - 1, 0, bins - 1) for bins in counts]
    by_width: list[list[NDArray[np.float64]]] = [[] for _ in counts]
    by_mass: list[list[NDArray[np.float64]]] = [[] for _ in counts]
    for start in range(0, resamples, _AT_ONCE):
        tell()
        # In the order of confidence, as equal mass wants them.
        drawn = np.sort(generator.integers(0, size, (min(_AT_ONCE, resamples - start), size)), axis=1)
        sums = np.concatenate([np.zeros((len(drawn), 1)), gaps[drawn].cumsum(1)], axis=1)
        times = np.apply_along_axis(np.bincount, 1, drawn, minlength=size)
        for number, bins in enumerate(counts):
            inside = np.eye(bins)[places[number]] * gaps[:, None]
            by_width[number].append(np.abs(times @ inside).sum(1) / size)
            # The first size % bins parts have one more, as `array_split` has it.
            sizes = np.full(bins, size // bins) + (np.arange(bins) < size % bins)
            ends = np.concatenate([[0], sizes.cumsum()])
            by_mass[number].append(np.abs(np.diff(sums[:, ends], axis=1)).sum(1) / size)
    return [(_middle(width), _middle(mass)) for width, mass in zip(by_width, by_mass, strict=True)]


def _middle(found: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    low, high = np.percentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)


def brier(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Averages (confidence − 1 or 0)², 0 to 1: the Brier score (1950) of “this answer is right”; depends on no bins."""
    return float(np.mean((np.asarray(confidence, dtype=np.float64) - np.asarray(right, dtype=np.float64)) ** 2))

"""Compares stated confidence with how often it is right: reliability by bins, expected calibration error, Brier score.

Knows nothing of where the confidence comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.statistics.intervals import wilson


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


def brier(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Averages (confidence − 1 or 0)², 0 to 1: the Brier score (1950) of “this answer is right”; depends on no bins."""
    return float(np.mean((np.asarray(confidence, dtype=np.float64) - np.asarray(right, dtype=np.float64)) ** 2))

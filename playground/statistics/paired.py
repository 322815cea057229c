"""Compares two systems on the same examples: paired bootstrap, McNemar's exact test, power, and Holm's correction.

Knows no model, no metric and no topic. What belongs to one example stays together: that is what paired means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm

from playground.statistics.intervals import RESAMPLES

TOLD_EVERY = 100


@dataclass(frozen=True)
class Difference:
    """B − A on the same examples, `value`. `low`, `high`: 95% percentile interval. `p_value`: two-sided, of no
    difference.
    """

    value: float
    low: float
    high: float
    p_value: float


def paired_bootstrap(
    rows: ArrayLike,
    difference: Callable[[NDArray[np.float64]], float],
    seed: int,
    resamples: int = RESAMPLES,
) -> Difference:
    """Resamples examples and recomputes the difference each time (Koehn 2004).

    `rows`: (examples, …), one row holding what both systems did on one example. `difference`: B − A of a whole sample, any
    statistic of it. The p-value is twice the smaller share of resamples on either side of 0, each counted with one more, so that
    it is never 0. Raises ValueError if there are no rows.
    """
    return paired_bootstraps(rows, lambda drawn: np.array([difference(drawn)]), seed, resamples)[0]


def paired_bootstraps(
    rows: ArrayLike,
    differences: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    seed: int,
    resamples: int = RESAMPLES,
    tell: Callable[[], None] = lambda: None,
) -> tuple[Difference, ...]:
    """Computes several differences on the same resamples. `differences`: (figures,) of a whole sample. `tell` is called regularly."""
    values = np.asarray(rows, dtype=np.float64)
    if not len(values):
        raise ValueError("no rows to resample")
    random = np.random.default_rng(seed)
    seen = differences(values)
    found = np.empty((resamples, len(seen)))
    for number in range(resamples):
        if number % TOLD_EVERY == 0:
            tell()
        found[number] = differences(values[random.integers(0, len(values), len(values))])
    low, high = np.percentile(found, [2.5, 97.5], axis=0)
    tails = np.minimum((found <= 0).sum(0), (found >= 0).sum(0))
    p_values = np.minimum(1.0, 2 * (tails + 1) / (resamples + 1))
    return tuple(Difference(*map(float, each)) for each in zip(seen, low, high, p_values, strict=True))


def mcnemar(only_a: int, only_b: int) -> float:
    """Returns the two-sided exact p-value of McNemar's test (1947): only examples on which one of the two is right count.

    1 if there are none.
    """
    count = only_a + only_b
    return float(binomtest(min(only_a, only_b), count, 0.5).pvalue) if count else 1.0


def paired_examples_needed(only_a: float, only_b: float, power: float = 0.8, significance: float = 0.05) -> int | None:
    """Returns how many paired examples McNemar's test needs to find this difference (Connor 1987); None if there is none.

    `only_a`, `only_b`: the shares of examples that only A, only B gets right. The normal approximation without continuity
    correction: the exact test needs slightly more.
    """
    differing, difference = only_a + only_b, abs(only_b - only_a)
    if not difference:
        return None
    alpha, beta = _quantiles(power, significance)
    root = alpha * math.sqrt(differing) + beta * math.sqrt(max(differing - difference**2, 0.0))
    return math.ceil((root / difference) ** 2)


def paired_power(only_a: float, only_b: float, count: int, significance: float = 0.05) -> float:
    """Returns the chance that McNemar's test finds this difference with `count` examples: `paired_examples_needed` inverted."""
    differing, difference = only_a + only_b, abs(only_b - only_a)
    alpha, _ = _quantiles(0.5, significance)
    if not differing:
        return 0.0
    spread = math.sqrt(max(differing - difference**2, 0.0))
    distance = difference * math.sqrt(count) - alpha * math.sqrt(differing)
    if not spread:
        return float(distance >= 0)
    return float(norm.cdf(distance / spread))


def unpaired_examples_needed(a: float, b: float, power: float = 0.8, significance: float = 0.05) -> int | None:
    """Returns how many examples each of two separate samples needs to find that two shares differ; None if they are equal."""
    if a == b:
        return None
    alpha, beta = _quantiles(power, significance)
    mean = (a + b) / 2
    root = alpha * math.sqrt(2 * mean * (1 - mean)) + beta * math.sqrt(a * (1 - a) + b * (1 - b))
    return math.ceil((root / (a - b)) ** 2)


def _quantiles(power: float, significance: float) -> tuple[float, float]:
    return float(norm.isf(significance / 2)), float(norm.ppf(power))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusts p-values of several tests so that the chance of any false finding stays at the level (Holm 1979), in their order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)

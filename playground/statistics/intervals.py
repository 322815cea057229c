"""Computes 95% confidence intervals, of proportions and of any statistic of a sample by the bootstrap, and writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from playground.lab.text import written

RESAMPLES = 2000
# Resamples of a mean in one block: thousands of values times all of them would be hundreds of megabytes.
_AT_ONCE = 200


def wilson(right: int, count: int) -> tuple[float, float]:
    """Returns the 95% Wilson score interval of a proportion (Wilson 1927). (0, 1) if nothing was counted."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    share, spread = right / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    # Rounding may put an end a hair outside.
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class Share:
    """`right` of `count`, with the 95% Wilson interval of the proportion from `low` to `high` (0 to 1)."""

    right: int
    count: int
    low: float
    high: float

    @staticmethod
    def of(right: int, count: int) -> Share:
        """Computes the interval."""
        return Share(right, count, *wilson(right, count))

    @property
    def value(self) -> float:
        """Returns the proportion, 0 to 1. Raises ZeroDivisionError if nothing was counted."""
        return self.right / self.count


def share(rights: ArrayLike) -> Share:
    """Counts rights (items,)."""
    array = np.asarray(rights, dtype=bool)
    return Share.of(int(array.sum()), len(array))


def in_brackets(low: float, high: float, form: str = ".2f") -> str:
    """Writes an interval with a true minus, as [−0.10, 0.36]. `form`: a format specification of both ends."""
    return f"[{written(low, form)}, {written(high, form)}]"


def with_interval(value: float, low: float | None, high: float | None, form: str = ".2f") -> str:
    """Writes a value and its interval, as 0.13 [−0.10, 0.36]; the value alone where there is no interval."""
    alone = written(value, form)
    return alone if low is None or high is None else f"{alone} {in_brackets(low, high, form)}"


def bootstrap(
    rows: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Returns the 95% percentile bootstrap interval of a statistic (Efron 1979).

    `rows`: (examples, …), resampled along the first axis; what belongs together, such as the scores of two systems on one
    example, is one row, so that the resampling is paired. A resample without a value (NaN) is left out.
    Raises ValueError if there are no rows.
    """
    values = np.asarray(rows, dtype=np.float64)
    if not len(values):
        raise ValueError("no rows to resample")
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, len(values), (resamples, len(values)))
    found = np.array([statistic(values[indices]) for indices in drawn], dtype=np.float64)
    found = found[np.isfinite(found)]
    if not len(found):
        return math.nan, math.nan
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def resampled_counts(count: int, seed: int, resamples: int = RESAMPLES) -> NDArray[np.float64]:
    """Returns how often each of `count` rows is in each of the resamples of `bootstrap` (resamples, count)."""
    drawn = np.random.default_rng(seed).integers(0, count, (resamples, count))
    places = drawn + np.arange(resamples)[:, None] * count
    return np.bincount(places.ravel(), minlength=resamples * count).reshape(resamples, count).astype(np.float64)


def bootstrap_of_sums(
    rows: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Returns the interval of `bootstrap` for a statistic of the sums of columns; the same resamples, in one matrix product.

    `rows`: (examples, columns). `statistic`: sums (resamples, columns) to values (resamples,), NaN for none.
    Raises ValueError if there are no rows.
    """
    values = np.asarray(rows, dtype=np.float64)
    if not len(values):
        raise ValueError("no rows to resample")
    found = statistic(resampled_counts(len(values), seed, resamples) @ values)
    found = found[np.isfinite(found)]
    if not len(found):
        return math.nan, math.nan
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_mean(
    values: ArrayLike, seed: int, resamples: int = RESAMPLES, tell: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Returns the 95% percentile bootstrap interval of a mean; the same resamples as `bootstrap`, in blocks.

    `tell` is called before each block. Raises ValueError if there are no values.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not len(numbers):
        raise ValueError("no values to resample")
    generator, means = np.random.default_rng(seed), np.empty(resamples)
    for start in range(0, resamples, _AT_ONCE):
        tell()
        block = means[start : start + _AT_ONCE]
        block[:] = numbers[generator.integers(0, len(numbers), (len(block), len(numbers)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True)
class Mean:
    """The mean `value` of `count` numbers, with the 95% interval of Student's t from `low` to `high`; both None of
    fewer than two numbers.
    """

    value: float
    count: int
    low: float | None
    high: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Returns both ends, or None of fewer than two numbers."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def side(self) -> int:
        """Returns −1 or 1 where the whole interval is below or above 0, else 0."""
        return 0 if self.low is None or self.high is None else (self.low > 0) - (self.high < 0)


def mean(values: ArrayLike) -> Mean:
    """Computes the mean of a few independent numbers, such as one per seed, where a bootstrap's interval would be too narrow.

    Raises ValueError if there are no numbers.
    """
    numbers = np.asarray(values, dtype=np.float64)
    count = len(numbers)
    if not count:
        raise ValueError("no values to average")
    value = float(numbers.mean())
    if count < 2:
        return Mean(value, count, None, None)
    half = float(student.ppf(0.975, count - 1) * numbers.std(ddof=1) / math.sqrt(count))
    return Mean(value, count, value - half, value + half)

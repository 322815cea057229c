"""Compares predictions A and B on the same labelled examples: which is better, how sure that is, how many examples it would take.

Knows no panel and nothing of where the labels come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.evaluation.calibration import (
    Bin,
    brier,
    equal_mass_calibration_error,
    expected_calibration_error,
    reliability,
    resampled_errors,
)
from playground.evaluation.classification import Classified, classify, f1_by_class
from playground.statistics.intervals import RESAMPLES, bootstrap, bootstrap_mean, wilson
from playground.statistics.paired import (
    Difference,
    holm,
    mcnemar,
    paired_bootstraps,
    paired_examples_needed,
    paired_power,
    unpaired_examples_needed,
)
from playground.topics.evaluation.pasted_table import Labelled

POWER = 0.8
BIN_COUNTS = (2, 5, 10, 15, 20)


@dataclass(frozen=True)
class Side:
    """One prediction's `scores`. `accuracy_low`, `accuracy_high`: 95% Wilson interval. `macro_low`, `macro_high`: 95%
    bootstrap interval of macro-F1.
    """

    scores: Classified
    accuracy_low: float
    accuracy_high: float
    macro_low: float
    macro_high: float


@dataclass(frozen=True)
class Test:
    """One figure. `name`: "accuracy", "macro" or a class, whose F1 it is. `difference`: B − A in it. `adjusted`: Holm's
    p-value among all of them.
    """

    name: str
    difference: Difference
    adjusted: float


@dataclass(frozen=True)
class Comparison:
    """A against B. `both`, `only_a`, `only_b`, `neither`: examples by who is right. `p_value`: McNemar's exact, two-sided.

    `needed`, `needed_unpaired`: examples for a power of 80% at the difference seen, on the same examples and on two separate
    samples; None without a difference. `power_now`: with the examples there are. `tests`: the differences, bootstrapped in pairs.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float
    needed: int | None
    needed_unpaired: int | None
    power_now: float
    tests: tuple[Test, ...]

    @property
    def count(self) -> int:
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def difference(self) -> float:
        """Accuracy of B minus A."""
        return (self.only_b - self.only_a) / self.count

    def power(self, count: int) -> float:
        """The power that McNemar's test would have with `count` examples, if this difference were the true one."""
        return paired_power(self.only_a / self.count, self.only_b / self.count, count)


@dataclass(frozen=True)
class BinningError:
    """ECE (0 to 1) with `bins` bins. `equal_width`, `width_interval`: with bins of equal width, and its 95% bootstrap
    interval; `equal_mass`, `mass_interval`: with bins of equal numbers of examples.
    """

    bins: int
    equal_width: float
    equal_mass: float
    width_interval: tuple[float, float]
    mass_interval: tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """How A's confidence compares with how often it is right. `bins`, `error`: reliability and ECE (0 to 1) with the
    number of bins chosen. `errors`: by number of bins (BIN_COUNTS and the one chosen). `brier`: the Brier score (0 to
    1), `brier_interval` its 95% bootstrap interval. `confidence`: its mean (0 to 1).
    """

    bins: tuple[Bin, ...]
    error: float
    errors: tuple[BinningError, ...]
    brier: float
    brier_interval: tuple[float, float]
    confidence: float

    @property
    def smallest_error(self) -> float:
        return min(error.equal_width for error in self.errors)

    @property
    def largest_error(self) -> float:
        return max(error.equal_width for error in self.errors)


def measure(
    gold: tuple[str, ...], predicted: tuple[str, ...], classes: tuple[str, ...], seed: int, resamples: int
) -> Side:
    """Scores one prediction with intervals."""
    scores = classify(gold, predicted, classes)
    rows = _numbers(classes, gold, predicted)
    macro = bootstrap(rows, lambda drawn: _macro(drawn[:, 0], drawn[:, 1], len(classes)), seed, resamples)
    return Side(scores, *wilson(scores.right, scores.count), *macro)


def compare(table: Labelled, seed: int, resamples: int, tell: Callable[[], None] = lambda: None) -> Comparison:
    """Tests A against B on every figure, on the same resampled examples."""
    classes = table.classes
    rows = _numbers(classes, table.gold, table.a, table.b)
    right_a, right_b = rows[:, 1] == rows[:, 0], rows[:, 2] == rows[:, 0]
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    both = int((right_a & right_b).sum())
    count = len(rows)

    def differences(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        gold, a, b = drawn.astype(np.int64).T
        by_class = f1_by_class(gold, b, len(classes)) - f1_by_class(gold, a, len(classes))
        accuracy = float((b == gold).mean() - (a == gold).mean())
        return np.array([accuracy, float(by_class.mean()), *by_class])

    names = ("accuracy", "macro", *classes)
    found = list(zip(names, paired_bootstraps(rows, differences, seed, resamples, tell), strict=True))
    adjusted = holm([difference.p_value for _, difference in found])
    return Comparison(
        both, only_a, only_b, count - both - only_a - only_b,
        p_value=mcnemar(only_a, only_b),
        needed=paired_examples_needed(only_a / count, only_b / count, POWER),
        needed_unpaired=unpaired_examples_needed((both + only_a) / count, (both + only_b) / count, POWER),
        power_now=paired_power(only_a / count, only_b / count, count),
        tests=tuple(Test(name, difference, p) for (name, difference), p in zip(found, adjusted, strict=True)),
    )  # fmt: skip


def calibrate(
    table: Labelled, bins: int, seed: int = 0, resamples: int = RESAMPLES, tell: Callable[[], None] = lambda: None
) -> Calibration:
    """Compares A's confidence with how often A is right."""
    right = [gold == a for gold, a in zip(table.gold, table.a, strict=True)]
    counts = sorted({*BIN_COUNTS, bins})
    return Calibration(
        reliability(table.confidence, right, bins),
        expected_calibration_error(table.confidence, right, bins),
        tuple(
            BinningError(
                count,
                expected_calibration_error(table.confidence, right, count),
                equal_mass_calibration_error(table.confidence, right, count),
                *intervals,
            )
            for count, intervals in zip(
                counts, resampled_errors(table.confidence, right, counts, seed, resamples, tell), strict=True
            )
        ),
        brier(table.confidence, right),
        bootstrap_mean(
            (np.asarray(table.confidence) - np.asarray(right, dtype=np.float64)) ** 2, seed, resamples, tell
        ),
        float(np.mean(table.confidence)),
    )


def _numbers(classes: tuple[str, ...], *columns: tuple[str, ...]) -> NDArray[np.int64]:
    places = {name: place for place, name in enumerate(classes)}
    return np.array([[places[label] for label in column] for column in columns], dtype=np.int64).T


def _macro(gold: NDArray[np.float64], predicted: NDArray[np.float64], classes: int) -> float:
    return float(f1_by_class(gold.astype(np.int64), predicted.astype(np.int64), classes).mean())

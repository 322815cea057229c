"""Measures agreement and faithfulness of attributions: rank correlation, deletion and insertion curves.

Knows no method: an attribution is an array of weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction

Numbers = npt.NDArray[np.float64]


def rank_correlation(first: npt.ArrayLike, second: npt.ArrayLike, kind: str = "spearman") -> float | None:
    """Returns Spearman's ρ or Kendall's τ-b of two attributions' absolute values (attention has no sign); None if undefined."""
    a, b = np.abs(np.asarray(first, float)), np.abs(np.asarray(second, float))
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    found = stats.spearmanr(a, b) if kind == "spearman" else stats.kendalltau(a, b)
    return float(found.statistic)


@dataclass(frozen=True)
class Curve:
    """Values after removing (deletion) or adding (insertion) 0, 1, … units, at shares `x` of the units."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    @property
    def area(self) -> float:
        """Area under the curve by the trapezoid rule: low is good for deletion, high for insertion."""
        return float(np.trapezoid(self.y, self.x))


def deletion(parts: Removable, value: ValueFunction, order: Sequence[int], most_steps: int = 20) -> Curve:
    """Removes units from the whole text in an order (Petsiuk, Das and Saenko 2018), in at most `most_steps` steps."""
    return _curve(parts, value, order, most_steps, put_in=False)


def insertion(parts: Removable, value: ValueFunction, order: Sequence[int], most_steps: int = 20) -> Curve:
    """Adds units to the text without any, in an order."""
    return _curve(parts, value, order, most_steps, put_in=True)


def by_weight(weights: npt.ArrayLike) -> list[int]:
    """Sorts units by descending signed weight: strongest support for the target first."""
    return [int(unit) for unit in np.argsort(-np.asarray(weights, float), kind="stable")]


@dataclass(frozen=True)
class Band:
    """Mean, minimum and maximum of the curves of random orders."""

    mean: Curve
    low: tuple[float, ...]
    high: tuple[float, ...]


def random_orders(units: int, count: int, seed: int) -> list[list[int]]:
    """Returns random orders of the units, the baseline for other orders."""
    random = np.random.default_rng(seed)
    return [[int(unit) for unit in random.permutation(units)] for _ in range(count)]


def band(curves: Sequence[Curve]) -> Band:
    """Aggregates curves over the same x."""
    heights = np.array([curve.y for curve in curves])
    mean, low, high = (tuple(float(y) for y in row) for row in (heights.mean(0), heights.min(0), heights.max(0)))
    return Band(Curve(curves[0].x, mean), low, high)


def _curve(parts: Removable, value: ValueFunction, order: Sequence[int], most_steps: int, put_in: bool) -> Curve:
    units = len(parts)
    counts = sorted({round(share * units) for share in np.linspace(0, 1, min(most_steps, units) + 1)})
    masks = np.full((len(counts), units), not put_in)
    for row, count in enumerate(counts):
        masks[row, list(order[:count])] = put_in
    values = value(parts.texts(masks))
    return Curve(tuple(count / units for count in counts), tuple(float(y) for y in values))

"""Computes Shapley values (Shapley 1953): a unit's mean effect over all orders of adding units. Knows no model."""

from __future__ import annotations

from math import factorial

import numpy as np

from playground.explanation.attribution import Weights
from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction
from playground.lab.text import Text

MOST_EXACT = 10


def shapley(
    parts: Removable, value: ValueFunction, *, permutations: int = 16, seed: int = 0, exact_to: int = MOST_EXACT
) -> Weights:
    """Computes exact values for up to `exact_to` units (2^units texts), else samples `permutations` orders and their reverses."""
    return exact(parts, value) if len(parts) <= exact_to else sampled(parts, value, permutations, seed)


def exact(parts: Removable, value: ValueFunction) -> Weights:
    """Computes exact values from every subset of units; the weights sum to value(text) − value(no unit)."""
    units = len(parts)
    codes = np.arange(2**units)
    masks = (codes[:, None] >> np.arange(units) & 1).astype(bool)
    texts = parts.texts(masks)
    values = value(texts)
    sizes = masks.sum(1)
    share = np.array([factorial(size) * factorial(units - size - 1) / factorial(units) for size in range(units)])
    weights = np.empty(units)
    for unit in range(units):
        without = codes[~masks[:, unit]]
        weights[unit] = (share[sizes[without]] * (values[without | 1 << unit] - values[without])).sum()
    return Weights(weights, float(values[-1]), baseline=float(values[0]), samples=2**units, distinct=len(set(texts)))


def sampled(parts: Removable, value: ValueFunction, permutations: int = 16, seed: int = 0) -> Weights:
    """Estimates values from random orders, each with its reverse, which at least halves the noise; `low`, `high`: 95% intervals.

    The weights sum to value(text) − value(no unit) exactly, as every order's do (Castro, Gómez and Tejada 2009).
    """
    units = len(parts)
    random = np.random.default_rng(seed)
    orders = [random.permutation(units) for _ in range(permutations)]
    both = [order for pair in ((order, order[::-1]) for order in orders) for order in pair]
    masks = np.stack([_growing(order) for order in both])
    texts = parts.texts(masks.reshape(-1, units))
    values = value(texts).reshape(len(both), units + 1)
    effects = np.empty((len(both), units))
    for row, order in enumerate(both):
        effects[row, order] = np.diff(values[row])
    pairs = effects.reshape(permutations, 2, units).mean(1)
    weights = pairs.mean(0)
    error = 1.96 * pairs.std(0, ddof=1) / np.sqrt(permutations) if permutations > 1 else None
    caveat = Text(
        zh="{units} 个单元有 2 的 {units} 次方种组合，这里用 {count} 个随机顺序及其反序估计，误差线为 95% 区间。",
        en="{units} units have 2 to the power of {units} subsets; estimated here from {count} random orders and their reverses,"
        " with 95% intervals.",
    ).format(units=units, count=permutations)
    return Weights(
        weights, float(values[0, -1]), None if error is None else weights - error, None if error is None else weights + error,
        baseline=float(values[0, 0]), samples=values.size, distinct=len(set(texts)), seeds=permutations, caveat=caveat,
    )  # fmt: skip


def _growing(order: np.ndarray) -> np.ndarray:
    """Returns masks (units + 1, units): empty, then one more unit per row."""
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return np.arange(len(order) + 1)[:, None] > rank

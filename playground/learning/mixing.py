"""Computes the shares of data sets (languages, tasks) in a training mix: by temperature, or by UniMax. Knows no data and no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def temperature_shares(sizes: Sequence[float], temperature: float) -> NDArray[np.float64]:
    """Returns sampling shares p_i ∝ n_i^(1/T), adding up to 1. T = 1: by size; T → ∞ (`inf` is allowed): equal shares.

    A set of size 0 has share 0. Arivazhagan et al. 2019, arXiv:1907.05019. Raises ValueError if every size is 0 or T < 1.
    """
    counts = np.asarray(sizes, dtype=np.float64)
    if temperature < 1 or not counts.sum() > 0 or (counts < 0).any():
        raise ValueError("sizes of which one is above 0, and a temperature of at least 1")
    weights = np.zeros_like(counts)
    present = counts > 0
    # Logarithms relative to the largest set, so that no power overflows.
    weights[present] = np.exp(np.log(counts[present] / counts.max()) / temperature)
    return np.asarray(weights / weights.sum())


def unimax_shares(sizes: Sequence[float], budget: float, epochs: float) -> NDArray[np.float64]:
    """Returns shares that are equal, except that no set is repeated more than `epochs` times within `budget` draws.

    From the smallest set to the largest, each gets an equal part of the budget that is left, or `epochs` times its size if
    that is less. If all sets reach their cap, shares are proportional to size. Chung et al. 2023, UniMax, arXiv:2304.09151.
    Raises ValueError if every size is 0, or budget or epochs aren't positive.
    """
    counts = np.asarray(sizes, dtype=np.float64)
    if not counts.sum() > 0 or budget <= 0 or epochs <= 0:
        raise ValueError("sizes of which one is above 0, a positive budget and a positive number of epochs")
    given = np.zeros_like(counts)
    left = float(budget)
    for rank, index in enumerate(np.argsort(counts, kind="stable")):
        given[index] = min(left / (len(counts) - rank), epochs * counts[index])
        left -= given[index]
    return np.asarray(given / given.sum())

"""A forecast with its interval, the origins of a backtest, and the two naive methods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from playground.evaluation.forecasts import Array

METHODS = ("naive", "seasonal", "smoothing", "linear", "network", "digits")


@dataclass(frozen=True, eq=False)
class Forecast:
    """Values (horizon,) in the series' unit: the `point` forecast and the ends of the interval."""

    point: Array
    low: Array
    high: Array


def choose_origins(length: int, horizon: int, count: int, least: int) -> tuple[int, ...]:
    """Returns at most `count` origins, oldest first, each the number of values known then. The last leaves `horizon` values.

    They are a horizon apart, or closer where the series is too short; none has fewer than `least` values.
    """
    last = length - horizon
    apart = max(1, min(horizon, (last - least) // max(1, count - 1)))
    return tuple(origin for origin in (last - apart * back for back in reversed(range(count))) if origin >= least)


def naive(history: Array, horizon: int, season: int, level: float) -> Forecast:
    """Repeats the last season (the last value with season 1). The interval is a normal one: the errors in sample of one season,
    times the square root of the seasons ahead (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 5.5)."""
    lag = min(season, len(history) - 2)
    ahead = np.arange(horizon)
    point = history[len(history) - lag + ahead % lag]
    errors = history[lag:] - history[:-lag]
    half = norm.ppf((1 + level) / 2) * math.sqrt(float((errors**2).mean())) * np.sqrt(ahead // lag + 1)
    return Forecast(point, point - half, point + half)

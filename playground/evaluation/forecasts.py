"""Computes errors of forecasts: MAE, MASE, sMAPE, pinball loss. Knows no method that forecasts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def naive_scale(history: Array, season: int) -> float | None:
    """Returns the mean absolute error in sample of the seasonal naive forecast, which MASE divides by (Hyndman and Koehler 2006).

    Where it is 0 or the history is no longer than a season, that of the naive forecast; None if that is 0 too.
    """
    for lag in (season, 1):
        if len(history) > lag:
            scale = float(np.abs(history[lag:] - history[:-lag]).mean())
            if scale > 1e-12 * max(1.0, float(np.abs(history).max())):
                return scale
    return None


def mae(actual: Array, forecast: Array) -> float:
    """Computes the mean absolute error, in the series' unit."""
    return float(np.abs(actual - forecast).mean())


def smape(actual: Array, forecast: Array) -> float:
    """Computes the symmetric mean absolute percentage error as in the M3 and M4 competitions, 0 to 2; a step where both are 0 counts as 0."""
    size = np.abs(actual) + np.abs(forecast)
    return float(np.divide(2 * np.abs(actual - forecast), size, out=np.zeros_like(size), where=size > 0).mean())


def pinball(actual: Array, quantile: Array, share: float) -> float:
    """Computes the pinball loss of a forecast of the quantile `share` (0 to 1); at 0.5 it is half of the mean absolute error."""
    miss = actual - quantile
    return float(np.maximum(share * miss, (share - 1) * miss).mean())

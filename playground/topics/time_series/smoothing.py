"""Exponential smoothing in state-space form by statsmodels: additive errors, and trend and season as AICc chooses."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.evaluation.forecasts import Array
from playground.topics.time_series.forecast import Forecast

# A fit's time grows with the values; older ones than these have next to no weight.
MOST_HISTORY = 240
MOST_SEASON = 53


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The forecast, the model's name in the notation of Hyndman et al. (2002), and the residuals in sample (values,)."""

    forecast: Forecast
    name: str
    residuals: Array


def smooth(history: Array, horizon: int, season: int, level: float) -> Smoothed:
    """Fits ETS(A,N,·) and ETS(A,Ad,·) by maximum likelihood and keeps the one with the lower AICc."""
    recent = history[-max(MOST_HISTORY, 4 * season) :]
    best: Any = None
    for trend in (None, "add"):
        fitted = _fit(recent, trend, _usable(season, len(recent)))
        if best is None or fitted.aicc < best.aicc:
            best = fitted
    count = len(recent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = best.get_prediction(start=count, end=count + horizon - 1).summary_frame(alpha=1 - level)
    forecast = Forecast(*(frame[name].to_numpy(dtype=float) for name in ("mean", "pi_lower", "pi_upper")))
    return Smoothed(forecast, best.model.short_name, np.asarray(best.resid, dtype=float))


def _usable(season: int, count: int) -> int:
    """The season that a heuristic start can be found for; 1 where there are too few values."""
    return season if 1 < season <= MOST_SEASON and count >= max(3 * season, 10 + 2 * (season // 2)) else 1


def _fit(history: Array, trend: str | None, season: int) -> Any:
    import pandas
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    with warnings.catch_warnings():
        # That the optimizer stopped early is no reason to have no forecast.
        warnings.simplefilter("ignore")
        model = ETSModel(
            pandas.Series(history), error="add", trend=trend, damped_trend=trend is not None,
            seasonal="add" if season > 1 else None, seasonal_periods=season if season > 1 else None,
            initialization_method="heuristic",
        )  # fmt: skip
        return model.fit(disp=False)

"""Splits a series into trend, season and remainder by STL, and tests residuals for autocorrelation, both by statsmodels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.evaluation.forecasts import Array


@dataclass(frozen=True, eq=False)
class Parts:
    """Trend, season (None without one) and remainder (values,), which add up to the series."""

    trend: Array
    season: Array | None
    remainder: Array

    @staticmethod
    def _strength(part: Array, remainder: Array) -> float:
        whole = float((part + remainder).var())
        return max(0.0, 1 - float(remainder.var()) / whole) if whole > 0 else 0.0

    @property
    def trend_strength(self) -> float:
        """1 − var(remainder) / var(trend + remainder), at least 0 (Wang, Smith and Hyndman 2006)."""
        return self._strength(self.trend, self.remainder)

    @property
    def season_strength(self) -> float | None:
        """The same of the season."""
        return None if self.season is None else self._strength(self.season, self.remainder)


def decompose(values: Array, season: int) -> Parts:
    """Robust STL (Cleveland et al. 1990); without a season the trend is a robust local line (lowess)."""
    if season > 1 and len(values) >= 2 * season:
        from statsmodels.tsa.seasonal import STL

        found = STL(values, period=season, robust=True).fit()
        return Parts(np.asarray(found.trend), np.asarray(found.seasonal), np.asarray(found.resid))
    from statsmodels.nonparametric.smoothers_lowess import lowess

    trend = np.asarray(lowess(values, np.arange(len(values)), frac=0.2, return_sorted=False))
    return Parts(trend, None, values - trend)


@dataclass(frozen=True)
class Correlogram:
    """Autocorrelations of residuals at lags 1, 2, …; the bound 1.96 / √n of white noise; Ljung and Box's p-value over all lags."""

    values: tuple[float, ...]
    bound: float
    p_value: float


def correlogram(residuals: Array, lags: int) -> Correlogram | None:
    """Computes it of residuals; None where they don't vary."""
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.tsa.stattools import acf

    residuals = residuals[np.isfinite(residuals)]
    lags = min(lags, len(residuals) // 2 - 1)
    if lags < 1 or float(residuals.std()) <= 1e-12 * max(1.0, float(np.abs(residuals).max())):
        return None
    values = acf(residuals, nlags=lags, fft=False)[1:]
    tested = acorr_ljungbox(residuals, lags=[lags])
    return Correlogram(
        tuple(map(float, values)), float(1.96 / np.sqrt(len(residuals))), float(tested["lb_pvalue"].iloc[0])
    )

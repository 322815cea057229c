"""A series, and the origins that it is forecast from. Knows no method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.data.series import Series
from playground.evaluation.forecasts import Array


@dataclass(frozen=True, eq=False)
class Backtest:
    """A series and where it is forecast from. `scales`: MASE's divisor at each origin."""

    series: Series
    values: Array
    season: int
    lags: int
    horizon: int
    origins: tuple[int, ...]
    scales: tuple[float, ...]

    @property
    def actual(self) -> Array:
        """What came (origins, horizon)."""
        return np.stack([self.values[origin : origin + self.horizon] for origin in self.origins])

"""Loads measured series that statsmodels carries, equally spaced and without gaps, and a simulated one. Knows no forecasting."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.lab.text import Label, Text

MOST_VALUES = 600
# A step of time: what a season is, in steps. The codes are pandas' periods; "" is a series without dates.
SEASONS = {"Y": 1, "Q": 4, "M": 12, "W": 52, "D": 7, "B": 5, "h": 24, "": 1}


@dataclass(frozen=True)
class Series:
    """Equally spaced `values`, oldest first. `season`: steps in a cycle, 1 without one. `first`, `last`: when, as written.

    `step`: the time from one value to the next, a key of SEASONS. `notes`: what was changed to make it so. `column`: the column of a
    table that it was read from, "" where there was only one.
    """

    values: tuple[float, ...]
    season: int
    step: str
    first: str = ""
    last: str = ""
    notes: tuple[Text, ...] = ()
    column: Label = ""


NAMES: dict[str, Label] = {
    "elnino": Text(zh="海面温度（月）", en="sea surface temperature (monthly)"),
    "co2": Text(zh="二氧化碳浓度（月）", en="carbon dioxide (monthly)"),
    "unemployment": Text(zh="美国失业率（季）", en="US unemployment (quarterly)"),
    "sunspots": Text(zh="太阳黑子（年）", en="sunspots (yearly)"),
    "nile": Text(zh="尼罗河流量（年）", en="flow of the Nile (yearly)"),
    "walk": Text(zh="随机游走（模拟）", en="random walk (simulated)"),
}


@functools.cache
def load_series(name: str) -> Series:
    """Returns one of NAMES: the last 240 months of those that are monthly, the others whole."""
    return _LOADERS[name]()


# statsmodels is imported where it is used: it takes a second, and only one topic needs it.


def _elnino() -> Series:
    from statsmodels.datasets import elnino

    table = elnino.load_pandas().data
    values = table.drop(columns="YEAR").to_numpy().ravel()[-240:]
    return Series(
        tuple(map(float, values)), 12, "M", f"{int(table['YEAR'].iloc[-20])}-01", f"{int(table['YEAR'].iloc[-1])}-12"
    )


def _co2() -> Series:
    from statsmodels.datasets import co2

    monthly = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().iloc[-240:]
    first, last = (f"{when:%Y-%m}" for when in (monthly.index[0], monthly.index[-1]))
    return Series(tuple(map(float, monthly)), 12, "M", first, last)


def _unemployment() -> Series:
    from statsmodels.datasets import macrodata

    table = macrodata.load_pandas().data
    first, last = (f"{int(row.year)}Q{int(row.quarter)}" for _, row in table.iloc[[0, -1]].iterrows())
    return Series(tuple(map(float, table["unemp"])), 4, "Q", first, last)


def _sunspots() -> Series:
    from statsmodels.datasets import sunspots

    table = sunspots.load_pandas().data
    years = table["YEAR"].astype(int)
    # The cycle is of about eleven years, and not of a fixed length.
    return Series(tuple(map(float, table["SUNACTIVITY"])), 11, "Y", str(years.iloc[0]), str(years.iloc[-1]))


def _nile() -> Series:
    from statsmodels.datasets import nile

    table = nile.load_pandas().data
    years = table["year"].astype(int)
    return Series(tuple(map(float, table["volume"])), 1, "Y", str(years.iloc[0]), str(years.iloc[-1]))


def _walk() -> Series:
    # Nothing forecasts it better than its last value: a method that seems to has seen the future.
    return Series(tuple(map(float, np.random.default_rng(22).standard_normal(240).cumsum())), 1, "")


_LOADERS: dict[str, Callable[[], Series]] = {
    "elnino": _elnino, "co2": _co2, "unemployment": _unemployment, "sunspots": _sunspots, "nile": _nile, "walk": _walk,
}  # fmt: skip


def find_season(values: tuple[float, ...]) -> int:
    """Returns the lag of the highest peak of the autocorrelation once a straight line is taken out; 1 if none is above 0.3 and two
    standard errors, or if three cycles don't fit."""
    count = len(values)
    steps = np.arange(count)
    array = np.asarray(values, dtype=float)
    rest = array - np.polyval(np.polyfit(steps, array, 1), steps)
    power = float(rest @ rest)
    most = count // 3
    if most < 3 or power <= 1e-18 * max(1.0, float(array @ array)):
        return 1
    correlations = np.array([float(rest[lag:] @ rest[: count - lag]) / power for lag in range(most + 2)])
    least = max(0.3, 2 / np.sqrt(count))
    peaks = [
        lag
        for lag in range(2, most + 1)
        if correlations[lag] > least
        and correlations[lag] >= correlations[lag - 1]
        and correlations[lag] >= correlations[lag + 1]
    ]
    return max(peaks, key=lambda lag: (correlations[lag], -lag)) if peaks else 1

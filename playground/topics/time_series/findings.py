"""The numbers of a run of time series: errors, coverage and leaks, each over several origins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.evaluation.forecasts import Array, mae, pinball, smape
from playground.statistics.intervals import Mean, Share, mean
from playground.topics.time_series.forecast import Forecast


@dataclass(frozen=True)
class Adjusted:
    """Coverage of the later origins: `before`, as forecast, and `after` widening or narrowing by what the earlier
    origins missed.
    """

    before: Share
    after: Share


@dataclass(frozen=True)
class Score:
    """A method's errors, means over origins: `mae` in the series' unit, `mase`, `smape` (0 to 2), and `pinball` of the
    interval's ends and the point forecast, divided as MASE is.

    `coverage`: of all steps of all origins; `width`: mean width of the intervals, divided as MASE is. `against`: MASE
    minus the baseline's, paired by origin, None of the baseline itself. `by_origin`: MASE. `by_step`: absolute error
    over MASE's divisor. `adjusted`: coverage of adjusted intervals, None of fewer than three origins.
    """

    mae: Mean
    mase: Mean
    smape: Mean
    pinball: Mean
    coverage: Share
    width: float
    against: Mean | None
    by_origin: tuple[float, ...]
    by_step: tuple[float, ...]
    adjusted: Adjusted | None


@dataclass(frozen=True)
class Leak:
    """The network under a leak, over origins (of the mean of seeds). `claimed`: MASE; `difference`: minus that without
    a leak, paired by origin.
    """

    claimed: Mean
    difference: Mean


@dataclass(frozen=True)
class Residual:
    """Residuals in sample at the last origin. `first`: autocorrelation at lag 1 (−1 to 1). `p_value`: of Ljung and Box
    over `lags` lags.
    """

    first: float
    lags: int
    p_value: float


@dataclass(frozen=True)
class Digits:
    """The language model: `samples` paths of a forecast, over `values` values read, of `digits` digits each.

    `temperature`: mean over origins. `bits`: mean bits of a digit of the histories' second halves at temperature 1,
    `bits_chosen` at the chosen ones; a blind guess costs 3.32. `tokens_per_value`: tokens that the tokenizer itself
    cuts a value and its comma into, mean over the values read at the last origin.
    """

    samples: int
    values: int
    digits: int
    temperature: float
    bits: float
    bits_chosen: float
    tokens_per_value: float


@dataclass(frozen=True)
class Findings:
    """`series`: its name; `values`: how many; `season`: steps in a cycle. `horizon` and `lags` in steps; `origins`: how
    many values are known at each. `level`: nominal coverage, 0 to 1. `scores`: by method. `leak`: the one that is
    switched on for the network.

    `leaks`: by leak, "none" first. `seeds`: MASE of the network over seeds, each alone. `stopped`: mean step of the
    best validation loss. `smoothing`: the model that exponential smoothing chose at the last origin. `trend_strength`,
    `season_strength`: 0 to 1, the latter None without a season. `residuals`: by method, of those that have any.
    `digits`: the language model's forecasts. `notes`: how many changes were made to a pasted series.
    """

    series: str
    values: int
    season: int
    horizon: int
    lags: int
    origins: tuple[int, ...]
    level: float
    scores: dict[str, Score]
    leak: str
    leaks: dict[str, Leak]
    seeds: Mean
    stopped: float
    smoothing: str
    trend_strength: float
    season_strength: float | None
    residuals: dict[str, Residual]
    digits: Digits
    notes: int

    @property
    def baseline(self) -> str:
        """What the others are compared with: seasonal naive, or naive where there is no season."""
        return "seasonal" if "seasonal" in self.scores else "naive"

    @property
    def best(self) -> str:
        """The method with the lowest mean MASE."""
        return min(self.scores, key=lambda method: self.scores[method].mase.value)

    @property
    def second(self) -> str:
        """The method with the second lowest mean MASE."""
        others = {method: score for method, score in self.scores.items() if method != self.best}
        return min(others, key=lambda method: others[method].mase.value)

    @property
    def lead(self) -> Mean:
        """MASE of the best method minus that of the second best, paired by origin."""
        return paired(self.scores[self.best], self.scores[self.second])

    @property
    def digits_to_smoothing(self) -> Mean:
        """The language model's MASE minus that of exponential smoothing, paired by origin."""
        return paired(self.scores["digits"], self.scores["smoothing"])

    @property
    def winners(self) -> tuple[str, ...]:
        """The best method of each origin."""
        return tuple(
            min(self.scores, key=lambda method: self.scores[method].by_origin[at]) for at in range(len(self.origins))
        )

    @property
    def different_winners(self) -> int:
        """How many methods are best at one origin or another."""
        return len(set(self.winners))

    @property
    def against(self) -> Mean:
        """The network's MASE minus the baseline's."""
        found = self.scores["network"].against
        assert found is not None
        return found


def paired(one: Score, other: Score) -> Mean:
    """MASE of one method minus that of another, paired by origin."""
    return mean(np.array(one.by_origin) - np.array(other.by_origin))


def score(
    forecasts: Sequence[Forecast],
    actual: Array,
    scales: Sequence[float],
    level: float,
    baseline: Sequence[float] | None,
) -> Score:
    """Scores a method's forecasts of `actual` (origins, horizon). `scales`: MASE's divisors; `baseline`: MASE to compare with."""
    by_origin = [mae(real, one.point) / scale for real, one, scale in zip(actual, forecasts, scales, strict=True)]
    tail = (1 - level) / 2
    losses = [
        (pinball(real, one.low, tail) + pinball(real, one.point, 0.5) + pinball(real, one.high, 1 - tail)) / 3 / scale
        for real, one, scale in zip(actual, forecasts, scales, strict=True)
    ]
    low, high, point = (np.stack([getattr(one, end) for one in forecasts]) for end in ("low", "high", "point"))
    divisors = np.array(scales)[:, None]
    inside = (actual >= low) & (actual <= high)
    return Score(
        mae=mean([mae(real, one.point) for real, one in zip(actual, forecasts, strict=True)]),
        mase=mean(by_origin),
        smape=mean([smape(real, one.point) for real, one in zip(actual, forecasts, strict=True)]),
        pinball=mean(losses),
        coverage=Share.of(int(inside.sum()), inside.size),
        width=float(((high - low) / divisors).mean()),
        against=None if baseline is None else mean(np.array(by_origin) - np.array(baseline)),
        by_origin=tuple(by_origin),
        by_step=tuple(map(float, (np.abs(actual - point) / divisors).mean(0))),
        adjusted=adjust(low / divisors, high / divisors, actual / divisors, level),
    )


def adjust(low: Array, high: Array, actual: Array, level: float) -> Adjusted | None:
    """Conformalizes intervals (origins, horizon) by the earlier origins, for each from the third on (Romano, Patterson, Candès 2019).

    A point's score is how far it is outside, negative inside; both ends move by the scores' quantile. None of fewer than three
    origins.
    """
    misses = np.maximum(low - actual, actual - high)
    before, after = [], []
    for at in range(2, len(actual)):
        known = np.sort(misses[:at].ravel())
        rank = min(len(known), int(np.ceil((len(known) + 1) * level)))
        before.append(misses[at] <= 0)
        after.append(misses[at] <= known[rank - 1])
    if not before:
        return None
    counts = np.stack(before), np.stack(after)
    return Adjusted(*(Share.of(int(one.sum()), one.size) for one in counts))

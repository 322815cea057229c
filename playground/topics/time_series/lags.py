"""Windows of a series and the two methods that learn from them: a linear model and a small network. Leaks can be switched on.

All origins, seeds and leaks of the network train at once, as runs of one stack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from torch import Tensor

from playground.evaluation.forecasts import Array
from playground.learning.stack import Best, Member, Stack
from playground.learning.training import batches, train
from playground.topics.time_series.forecast import Forecast

Rows = NDArray[np.int64]
LEAKS = ("none", "scaling", "split", "smoothing")
LEAST_TRAINED = 8
BATCH = 32
RATE = 3e-3
DECAY = 1e-3
RIDGE = 1.0


def validated(windows: int) -> int:
    """How many of an origin's windows, the newest, are held back for early stopping and for the intervals: a fifth."""
    return max(5, windows // 5)


def least_history(lags: int, horizon: int) -> int:
    """The fewest values before an origin from which windows can be learned."""
    windows = next(n for n in range(1, 10_000) if n - validated(n) - (horizon - 1) >= LEAST_TRAINED)
    return lags + horizon - 1 + windows


def denoise(values: Array, half: int) -> Array:
    """Returns the centred moving average of 2 × half + 1 values: each one mixes in `half` values of its future."""
    padded = np.pad(values, half, mode="edge")
    return np.convolve(padded, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="valid")


@dataclass(frozen=True)
class Case:
    """One run of the stack."""

    origin: int
    seed: int
    leak: str


@dataclass(frozen=True, eq=False)
class Windows:
    """Everything that the runs learn from. `inputs` (windows, lags) and `targets` (windows, horizon) of the whole series.

    A window is used before an origin only if its targets end before it.
    """

    values: Array
    lags: int
    horizon: int
    differences: bool

    def inputs(self, leak: str) -> Array:
        values = denoise(self.values, max(2, min(6, self.horizon // 2))) if leak == "smoothing" else self.values
        return np.lib.stride_tricks.sliding_window_view(values, self.lags)[: self.count].copy()

    @property
    def targets(self) -> Array:
        return np.lib.stride_tricks.sliding_window_view(self.values, self.horizon)[self.lags :].copy()

    @property
    def count(self) -> int:
        return len(self.values) - self.lags - self.horizon + 1

    def scale(self, origin: int, leak: str) -> tuple[float, float]:
        """Mean and standard deviation that inputs and targets are scaled by: of what is known at the origin, or of everything."""
        known = self.values if leak == "scaling" else self.values[:origin]
        return float(known.mean()), max(float(known.std()), 1e-12)

    def pools(self, origin: int, leak: str, origins: Sequence[int], seed: int, held: int) -> tuple[Rows, Rows]:
        """Numbers of the windows trained on, and of the `held` ones for validation.

        By time: the newest before the origin are held, and those whose targets overlap theirs are left out. A random split takes
        any windows but the tests' own, so that windows next to a test, and later ones, are trained on.
        """
        if leak == "split":
            tests = {at - self.lags for at in origins}
            free = np.array([window for window in range(self.count) if window not in tests])
            free = np.random.default_rng(seed).permutation(free)
            return np.sort(free[held:]), np.sort(free[:held])
        windows = origin - self.lags - self.horizon + 1
        return np.arange(windows - held - self.horizon + 1), np.arange(windows - held, windows)


@dataclass(frozen=True, eq=False)
class Progress:
    """Losses so far of the honest runs by seed, in squared standard deviations: `trained` and `validated` (points, seeds)."""

    steps: tuple[int, ...]
    trained: Array
    validated: Array
    done: float


@dataclass(frozen=True, eq=False)
class Trained:
    """Forecasts by case (horizon,), and by case the absolute errors on its held-back windows (windows, horizon)."""

    forecasts: dict[Case, Array]
    misses: dict[Case, Array]
    stopped: dict[Case, int]


class Network:
    """Trains lag networks of one hidden layer."""

    def __init__(self, windows: Windows, cases: Sequence[Case], origins: Sequence[int], width: int) -> None:
        self._windows, self._cases = windows, tuple(cases)
        self._held = validated(min(origins) - windows.lags - windows.horizon + 1)
        base = windows.differences
        inputs = {leak: windows.inputs(leak) for leak in {case.leak for case in cases}}
        targets = windows.targets
        pools, held, x, y = [], [], [], []
        self._last: list[Array] = []
        self._scales = []
        for case in cases:
            centre, spread = windows.scale(case.origin, case.leak)
            scaled = (inputs[case.leak] - centre) / spread
            last = scaled[:, -1:] if base else np.zeros((len(scaled), 1))
            x.append(scaled - last)
            y.append((targets - centre) / spread - last)
            self._last.append(last)
            self._scales.append((centre, spread))
            own, kept = windows.pools(case.origin, case.leak, origins, case.seed, self._held)
            pools.append(torch.from_numpy(own))
            held.append(torch.from_numpy(kept))
        self._x = torch.from_numpy(np.stack(x)).float()
        self._y = torch.from_numpy(np.stack(y)).float()
        self._pools, self._rows = pools, torch.stack(held)
        self._runs = torch.arange(len(cases))[:, None]
        # The same start and order for all leaks and origins of a seed: what differs is the leak.
        self._stack = Stack([Member(case.seed, width) for case in cases], windows.lags, windows.horizon)

    def _loss(self, rows: Tensor) -> Tensor:
        losses: Tensor = (self._stack(self._x[self._runs, rows]) - self._y[self._runs, rows]).square().mean((1, 2))
        return losses

    def train(self, steps: int, tell: Callable[[], None]) -> Iterator[Progress | Trained]:
        """Yields the curves about 20 times, then the forecasts, each from its run's best step on the held-back windows."""
        best = Best(self._stack)
        honest = [case.leak == "none" for case in self._cases]
        seeds = sorted({case.seed for case in self._cases})
        groups = [[run for run, case in enumerate(self._cases) if honest[run] and case.seed == seed] for seed in seeds]
        told, every = max(1, steps // 20), max(1, min(10, steps // 20))
        at: list[int] = []
        trained: list[list[float]] = []
        checked: list[list[float]] = []
        drawn = batches(self._pools, [case.seed for case in self._cases], BATCH, steps)
        for step in train(self._stack, drawn, self._loss, rate=RATE, decay=DECAY, tell=tell):
            if step.number % every == 0 or step.number == steps:
                with torch.no_grad():
                    losses = self._loss(self._rows)
                best.see(step.number, losses)
                if step.number % told == 0 or step.number == steps:
                    at.append(step.number)
                    trained.append([float(step.losses[group].mean()) for group in groups])
                    checked.append([float(losses[group].mean()) for group in groups])
                    yield Progress(tuple(at), np.array(trained), np.array(checked), step.number / steps)
        self._stack.restore(best.state)
        with torch.no_grad():
            tests = torch.tensor([[case.origin - self._windows.lags] for case in self._cases])
            found = self._stack(self._x[self._runs, tests])[:, 0].double().numpy()
            misses = (
                (self._stack(self._x[self._runs, self._rows]) - self._y[self._runs, self._rows]).abs().double().numpy()
            )
        points, errors = {}, {}
        for run, case in enumerate(self._cases):
            centre, spread = self._scales[run]
            points[case] = (found[run] + self._last[run][case.origin - self._windows.lags]) * spread + centre
            errors[case] = misses[run] * spread
        yield Trained(points, errors, {case: int(best.step[run]) for run, case in enumerate(self._cases)})


def with_conformal(point: Array, misses: Array, level: float) -> Forecast:
    """Puts a split-conformal interval around a forecast: by step, the quantile of the absolute errors on windows held back.

    `misses` (windows, horizon). With n of them the quantile is the ⌈(n + 1) × level⌉-th smallest, or the largest where there are
    too few (Lei et al. 2018).
    """
    ordered = np.sort(misses, axis=0)
    rank = min(len(ordered), math.ceil((len(ordered) + 1) * level))
    return Forecast(point, point - ordered[rank - 1], point + ordered[rank - 1])


def linear(windows: Windows, origin: int, held: int, level: float) -> Forecast:
    """Fits a ridge regression of the targets on the lags to the same windows as the network, without any leak."""
    centre, spread = windows.scale(origin, "none")
    scaled = (windows.inputs("none") - centre) / spread
    last = scaled[:, -1:] if windows.differences else np.zeros((len(scaled), 1))
    x, y = scaled - last, (windows.targets - centre) / spread - last
    own, kept = windows.pools(origin, "none", (), 0, held)
    fitted = Ridge(RIDGE).fit(x[own], y[own])
    test = origin - windows.lags
    point = (fitted.predict(x[test : test + 1])[0] + last[test]) * spread + centre
    misses = np.abs(fitted.predict(x[kept]) - y[kept]) * spread
    return with_conformal(point, misses, level)

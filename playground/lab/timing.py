"""The one place that measures time; knows nothing of what is timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: median, least and most of `repeats` calls."""

    median: float
    low: float
    high: float
    repeats: int

    @staticmethod
    def of(seconds: list[float]) -> Timing:
        """The timing of calls that took `seconds`."""
        return Timing(statistics.median(seconds), min(seconds), max(seconds), len(seconds))


class Stopwatch:
    """Seconds since it was made, or since the last lap."""

    def __init__(self) -> None:
        self._start = self._lap = time.perf_counter()

    def seconds(self) -> float:
        """Since it was made."""
        return time.perf_counter() - self._start

    def lap(self) -> float:
        """Since the last lap, and starts the next."""
        now = time.perf_counter()
        lap, self._lap = now - self._lap, now
        return lap


def measure(call: Callable[[], object], repeats: int = 5, warm_up: int = 1) -> Timing:
    """The timing of `repeats` calls after `warm_up` uncounted ones."""
    for _ in range(warm_up):
        call()
    laps = []
    for _ in range(repeats):
        watch = Stopwatch()
        call()
        laps.append(watch.seconds())
    return Timing.of(laps)

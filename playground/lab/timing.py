"""Measures time, for the whole project."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playground.lab.text import Label, Text

# Above this share of requested processor time lost to other processes, measured times are too long.
LOADED = 0.1


UNDER_LOAD = Text(
    zh="在负载下测得：{share} 的处理器时间被别的程序占去，毫秒数偏大；轮流测量，比值比绝对值可信。",
    en="Taken under load: {share} of the processor time went to other programs, so the milliseconds are too long; runs took turns,"
    " and their ratios can be trusted more.",
)


@dataclass(frozen=True)
class Timing:
    """Seconds per call: median, minimum and maximum of `repeats` calls.

    `waited`: share (0 to 1) of the processor time requested by this process that it spent waiting for a processor; None where
    the system doesn't report it.
    """

    median: float
    low: float
    high: float
    repeats: int
    waited: float | None = None

    @property
    def loaded(self) -> bool:
        """Returns whether other processes took so much processor time that the times are too long."""
        return self.waited is not None and self.waited > LOADED

    def milliseconds_between(self, share: int = 1) -> str:
        """Formats the minimum and maximum in milliseconds, divided by `share`, such as the number of tokens."""
        return f"{1e3 * self.low / share:.1f}–{1e3 * self.high / share:.1f}"

    @staticmethod
    def of(seconds: list[float], waited: float | None = None) -> Timing:
        """Summarizes the `seconds` of repeated calls."""
        return Timing(statistics.median(seconds), min(seconds), max(seconds), len(seconds), waited)


MILLISECONDS_UNDER_LOAD = Text(zh="ms（有负载）", en="ms, under load")


def load_notice(timings: Sequence[Timing]) -> Text | None:
    """Returns a warning if any of the times were measured under load, else None."""
    loaded = [timing.waited or 0.0 for timing in timings if timing.loaded]
    return UNDER_LOAD.format(share=f"{max(loaded):.0%}") if loaded else None


def milliseconds_unit(*timings: Timing) -> Label:
    """Returns the unit of a figure from these times, which mentions load if there was any."""
    return MILLISECONDS_UNDER_LOAD if any(timing.loaded for timing in timings) else "ms"


class Stopwatch:
    """Measures seconds since its creation and since the last lap."""

    def __init__(self) -> None:
        self._start = self._lap = time.perf_counter()

    def seconds(self) -> float:
        """Returns the seconds since creation."""
        return time.perf_counter() - self._start

    def lap(self) -> float:
        """Returns the seconds since the last lap and starts the next."""
        now = time.perf_counter()
        lap, self._lap = now - self._lap, now
        return lap


def measure(call: Callable[[], object], repeats: int = 5, warm_up: int = 1) -> Timing:
    """Times `repeats` calls after `warm_up` untimed ones."""
    return measure_in_turn({"": call}, repeats, warm_up)[""]


Name = TypeVar("Name")


def measure_in_turn(
    calls: Mapping[Name, Callable[[], object]], repeats: int = 5, warm_up: int = 1
) -> dict[Name, Timing]:
    """Times several calls to be compared, interleaved so that load affects all equally."""
    laps: dict[Name, list[float]] = {name: [] for name in calls}
    for _ in range(warm_up):
        for call in calls.values():
            call()
    before = Scheduled.now()
    for _ in range(repeats):
        for name, call in calls.items():
            watch = Stopwatch()
            call()
            laps[name].append(watch.seconds())
    waited = Scheduled.now().waited_since(before)
    return {name: Timing.of(seconds, waited) for name, seconds in laps.items()}


@dataclass(frozen=True)
class Scheduled:
    """Scheduler counters of this process by thread: (nanoseconds running, nanoseconds runnable but waiting).

    Read from Linux's /proc/self/task/*/schedstat (Documentation/scheduler/sched-stats); elsewhere `threads` is empty.
    """

    threads: Mapping[str, tuple[int, int]]

    @staticmethod
    def now() -> Scheduled:
        """Reads the counters now."""
        threads = {}
        for path in Path("/proc/self/task").glob("*/schedstat"):
            try:
                running, waiting, _ = path.read_text().split()
            except (OSError, ValueError):
                # The thread has exited.
                continue
            threads[path.parent.name] = int(running), int(waiting)
        return Scheduled(threads)

    def waited_since(self, before: Scheduled) -> float | None:
        """Returns the share of requested processor time since `before` that was spent waiting; None if unknown."""
        running = waiting = 0
        for name, (ran, waited) in self.threads.items():
            ran_before, waited_before = before.threads.get(name, (0, 0))
            running, waiting = running + ran - ran_before, waiting + waited - waited_before
        return waiting / (running + waiting) if running + waiting else None

"""The one place that measures time; knows nothing of what is timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playground.lab.text import Label, Text

# More than this share of the processor time that a measurement asked for went to others: its times are too long.
LOADED = 0.1


UNDER_LOAD = Text(
    zh="在负载下测得：{share} 的处理器时间被别的程序占去，毫秒数偏大；轮流测量，比值比绝对值可信。",
    en="Taken under load: {share} of the processor time went to other programs, so the milliseconds are too long; runs took turns,"
    " and their ratios can be trusted more.",
)


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: median, least and most of `repeats` calls.

    `waited`: of the processor time that this process asked for meanwhile, the share (0 to 1) that others had; None where the
    system doesn't say.
    """

    median: float
    low: float
    high: float
    repeats: int
    waited: float | None = None

    @property
    def loaded(self) -> bool:
        """Whether others took so much of the processors that the times are too long."""
        return self.waited is not None and self.waited > LOADED

    def milliseconds_between(self, share: int = 1) -> str:
        """The least and the most milliseconds of one of `share` equal parts of a call, such as its tokens."""
        return f"{1e3 * self.low / share:.1f}–{1e3 * self.high / share:.1f}"

    @staticmethod
    def of(seconds: list[float], waited: float | None = None) -> Timing:
        """The timing of calls that took `seconds`."""
        return Timing(statistics.median(seconds), min(seconds), max(seconds), len(seconds), waited)


MILLISECONDS_UNDER_LOAD = Text(zh="ms（有负载）", en="ms, under load")


def load_notice(timings: Sequence[Timing]) -> Text | None:
    """What to say of times taken while others had the processors; None when they hadn't."""
    loaded = [timing.waited or 0.0 for timing in timings if timing.loaded]
    return UNDER_LOAD.format(share=f"{max(loaded):.0%}") if loaded else None


def milliseconds_unit(*timings: Timing) -> Label:
    """The unit of a figure made of these times: it says so where they were taken under load."""
    return MILLISECONDS_UNDER_LOAD if any(timing.loaded for timing in timings) else "ms"


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
    return measure_in_turn({"": call}, repeats, warm_up)[""]


Name = TypeVar("Name")


def measure_in_turn(
    calls: Mapping[Name, Callable[[], object]], repeats: int = 5, warm_up: int = 1
) -> dict[Name, Timing]:
    """The timings of several calls that are to be compared: one of each, again and again, so that load falls on all alike."""
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
    """What the system's scheduler gave this process so far, by thread: (nanoseconds on a processor, nanoseconds ready without one).

    Linux tells it in /proc/self/task/*/schedstat (Documentation/scheduler/sched-stats); elsewhere `threads` is empty.
    """

    threads: Mapping[str, tuple[int, int]]

    @staticmethod
    def now() -> Scheduled:
        """The counts at this moment."""
        threads = {}
        for path in Path("/proc/self/task").glob("*/schedstat"):
            try:
                running, waiting, _ = path.read_text().split()
            except (OSError, ValueError):
                # The thread has ended since.
                continue
            threads[path.parent.name] = int(running), int(waiting)
        return Scheduled(threads)

    def waited_since(self, before: Scheduled) -> float | None:
        """Of the processor time asked for since then, the share that this process waited for; None where nothing is known."""
        running = waiting = 0
        for name, (ran, waited) in self.threads.items():
            ran_before, waited_before = before.threads.get(name, (0, 0))
            running, waiting = running + ran - ran_before, waiting + waited - waited_before
        return waiting / (running + waiting) if running + waiting else None

"""Simulates a server's slots under static and under continuous batching from given step times. Knows no model and no clock.

All requests wait from the start and are served in order. A request's first token comes out of reading its prompt, which
holds up everyone else for `prefill` seconds; each later token comes out of a step, which takes `step(n)` seconds for n rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Tokens of the answers: most are short and a few are long, as on a server. Fixed, so that runs can be compared.
LENGTHS = (64, 8, 12, 20, 6, 48, 10, 16, 5, 24, 40, 9)
# An answer of at most so many tokens is a short one.
MOST_SHORT = 12


@dataclass(frozen=True)
class Stay:
    """A request in a slot, from the start of its reading to its last token (seconds)."""

    slot: int
    request: int
    start: float
    end: float


@dataclass(frozen=True)
class Schedule:
    """Who was where when. `tokens`: written in all."""

    slots: int
    stays: tuple[Stay, ...]
    tokens: int

    @property
    def seconds(self) -> float:
        """Until the last token of all."""
        return max(stay.end for stay in self.stays)

    @property
    def throughput(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds

    @property
    def mean_latency(self) -> float:
        """Seconds that a request waits for its last token, mean: all came at 0."""
        return sum(stay.end for stay in self.stays) / len(self.stays)

    @property
    def longest_short_wait(self) -> float:
        """Seconds until the last of the short answers is done."""
        return max(stay.end for stay in self.stays if LENGTHS[stay.request] <= MOST_SHORT)

    @property
    def idle_share(self) -> float:
        """Of the slots' time, the share (0 to 1) in which no request was in them."""
        return 1 - sum(stay.end - stay.start for stay in self.stays) / (self.slots * self.seconds)


def static(lengths: Sequence[int], slots: int, step: Callable[[int], float], prefill: float) -> Schedule:
    """Groups of `slots` requests: the next group starts when the longest answer of this one is written.

    Rows that are done go on as padding, so each step costs what the whole group does. An answer counts as there with its own
    last token, though many servers give it out with its group.
    """
    stays, now = [], 0.0
    for first in range(0, len(lengths), slots):
        group = lengths[first : first + slots]
        read = now + prefill * len(group)
        for slot, length in enumerate(group):
            stays.append(Stay(slot, first + slot, now, read + (length - 1) * step(len(group))))
        now = max(stay.end for stay in stays[first:])
    return Schedule(slots, tuple(stays), sum(lengths))


def continuous(lengths: Sequence[int], slots: int, step: Callable[[int], float], prefill: float) -> Schedule:
    """After every step, slots that have come free take the next requests (Yu et al. 2022, Orca: iteration-level scheduling)."""
    waiting = deque(enumerate(lengths))
    free = list(range(slots))
    # Slot to request, start, tokens still to write.
    active: dict[int, tuple[int, float, int]] = {}
    stays: list[Stay] = []
    now = 0.0
    while waiting or active:
        while waiting and free:
            request, length = waiting.popleft()
            start, now = now, now + prefill
            slot = free.pop(0)
            active[slot] = (request, start, length - 1)
            _leave(active, free, stays, now)
        if active:
            now += step(len(active))
            active = {slot: (request, start, left - 1) for slot, (request, start, left) in active.items()}
            _leave(active, free, stays, now)
    return Schedule(slots, tuple(sorted(stays, key=lambda stay: stay.request)), sum(lengths))


def _leave(active: dict[int, tuple[int, float, int]], free: list[int], stays: list[Stay], now: float) -> None:
    """Requests with nothing left to write make room."""
    for slot in [slot for slot, (_, _, left) in active.items() if left == 0]:
        request, start, _ = active.pop(slot)
        stays.append(Stay(slot, request, start, now))
        free.append(slot)
    free.sort()


def interpolated(seconds: Mapping[int, float]) -> Callable[[int], float]:
    """Step times between measured numbers of rows, on straight lines; beyond the ends, the nearest measured one."""
    sizes = sorted(seconds)

    def step(rows: int) -> float:
        below = max((size for size in sizes if size <= rows), default=sizes[0])
        above = min((size for size in sizes if size >= rows), default=sizes[-1])
        if below == above:
            return seconds[below]
        share = (rows - below) / (above - below)
        return seconds[below] + share * (seconds[above] - seconds[below])

    return step


@dataclass(frozen=True)
class Schedules:
    """The same requests under both kinds of batching."""

    static: Schedule
    continuous: Schedule


def simulate(seconds: Mapping[int, float], slots: int, first_token: float) -> Schedules:
    """Schedules the requests of `LENGTHS` both ways. `seconds`: of a step, by rows; `first_token`: seconds of a prefill."""
    step = interpolated(seconds)
    return Schedules(static(LENGTHS, slots, step, first_token), continuous(LENGTHS, slots, step, first_token))

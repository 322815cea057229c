"""Times contenders interleaved and formats tables of ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.lab.timing import Stopwatch, Timing


def take_turns(calls: Mapping[str, Callable[[], object]], rounds: int = 5, warm_up: int = 1) -> dict[str, Timing]:
    """Times each call once per round, in rotating order, so that changes of the machine's speed affect all of them."""
    names = list(calls)
    laps: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            watch = Stopwatch()
            calls[name]()
            if number >= 0:
                laps[name].append(watch.seconds())
    return {name: Timing.of(laps[name]) for name in names}


@dataclass(frozen=True)
class Table:
    """A result table. `goal`: the target, or ""."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    goal: str = ""
    notes: str = ""

    def markdown(self) -> str:
        lines = [f"## {self.title}", ""]
        lines += ["| " + " | ".join(row) + " |" for row in (self.columns, ("---",) * len(self.columns), *self.rows)]
        for part in (f"Goal: {self.goal}" if self.goal else "", self.notes):
            if part:
                lines += ["", part]
        return "\n".join(lines) + "\n"


def against(
    title: str,
    timings: Mapping[str, Timing],
    peer: str,
    *,
    units: float = 0,
    unit: str = "",
    goal: str = "",
    notes: str = "",
) -> Table:
    """Tabulates medians, ranges and speed relative to the peer; with `units`, also units per second (tokens, for example)."""
    base = timings[peer].median
    rows: list[Sequence[str]] = []
    for name, timing in timings.items():
        speed = [f"{units / timing.median:.1f}"] if units else []
        ratio = "1 (peer)" if name == peer else f"{base / timing.median:.2f}"
        rows.append((name, seconds(timing.median), f"{seconds(timing.low)} – {seconds(timing.high)}", *speed, ratio))
    columns = (
        "",
        "median",
        f"least – most of {timings[peer].repeats}",
        *([f"{unit} a second"] if units else []),
        "times as fast as the peer",
    )
    return Table(title, columns, tuple(tuple(row) for row in rows), goal, notes)


def seconds(value: float) -> str:
    """Formats a time with three significant digits."""
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"

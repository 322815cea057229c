"""When a process computed and when it communicated in a step, from PyTorch's profiler. Knows no strategy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch.profiler import ProfilerActivity, profile, record_function

from playground.learning.distributed.job import Span

PHASES = ("forward", "backward", "update")
STEP, COLLECTIVE, OPERATOR = "whole step", "gloo:", "aten::"
KINDS = (COLLECTIVE, OPERATOR)
Interval = tuple[float, float]


@dataclass(frozen=True)
class Recorded:
    """A step of one rank. `begin`: the second of this machine's clock at which its spans start."""

    begin: float
    spans: list[Span]


def record(rank: int, steps: int, step: Callable[[], None], ready: Callable[[], object]) -> list[Recorded]:
    """What each of `steps` calls of `step` did, each begun once `ready` returns.

    Computing is when an operator of PyTorch ("aten::…") runs in the step's thread, so waiting for others is none; its lane is the
    phase around it. Communicating is from a collective's start to its end, in gloo's threads; a receive starts when it is asked for.
    """
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(steps):
            ready()
            with record_function(STEP):
                step()
    events = [event for event in profiler.events() if event.name in (STEP, *PHASES) or event.name.startswith(KINDS)]
    # Each profiler counts microseconds from a start of its own.
    base = profiler.profiler.kineto_results.trace_start_ns() / 1e9
    return [_recorded(rank, whole, events, base) for whole in events if whole.name == STEP]


def _recorded(rank: int, whole: Any, events: list[Any], base: float) -> Recorded:
    """The spans of one step out of all events; a collective belongs to the step in which it started."""
    start, end = whole.time_range.start, whole.time_range.end
    mine = [event for event in events if start <= event.time_range.start < end]
    own = [event for event in mine if event.thread == whole.thread]

    def seconds(event: Any) -> Interval:
        return (event.time_range.start - start) / 1e6, (event.time_range.end - start) / 1e6

    phases = [(event.name, *seconds(event)) for event in own if event.name in PHASES]
    spans = [
        Span(rank, "communication", *seconds(event), event.name.removeprefix(COLLECTIVE))
        for event in mine
        if event.name.startswith(COLLECTIVE)
    ]
    for begin, stop in union([seconds(event) for event in own if event.name.startswith(OPERATOR)]):
        middle = (begin + stop) / 2
        lane = next((name for name, low, high in phases if low <= middle <= high), None)
        if lane:
            spans.append(Span(rank, lane, begin, stop))
    return Recorded(base + start / 1e6, sorted(spans, key=lambda span: (span.start, span.end)))


def least_disturbed(ranks: list[list[Recorded]]) -> tuple[Span, ...]:
    """Of the steps that all ranks recorded the shortest, its spans of all ranks counted from the first one's begin."""

    def together(step: tuple[Recorded, ...]) -> tuple[Span, ...]:
        first = min(one.begin for one in step)
        return tuple(
            replace(span, start=span.start + one.begin - first, end=span.end + one.begin - first)
            for one in step
            for span in one.spans
        )

    steps = [together(step) for step in zip(*ranks, strict=True)]
    return min(steps, key=lambda spans: max((span.end for span in spans), default=0.0))


def union(intervals: list[Interval]) -> list[Interval]:
    """Overlapping intervals as one, in order."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged

"""Records when a process computes and communicates in a step, with PyTorch's profiler. Knows no strategy."""

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
    """A step of one rank. `begin`: start of its spans in seconds of this machine's clock."""

    begin: float
    spans: list[Span]


def record(rank: int, steps: int, step: Callable[[], None], ready: Callable[[], object]) -> list[Recorded]:
    """Records `steps` calls of `step`, each started after `ready` returns.

    Computation is the time in PyTorch operators ("aten::…") of the step's thread, without waiting; its lane is the enclosing
    phase. Communication is from a collective's start to its end in gloo's threads; a receive starts when it is posted.
    """
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(steps):
            ready()
            with record_function(STEP):
                step()
    events = [event for event in profiler.events() if event.name in (STEP, *PHASES) or event.name.startswith(KINDS)]
    # Each profiler counts microseconds from its own start.
    base = profiler.profiler.kineto_results.trace_start_ns() / 1e9
    return [_recorded(rank, whole, events, base) for whole in events if whole.name == STEP]


def _recorded(rank: int, whole: Any, events: list[Any], base: float) -> Recorded:
    """Extracts the spans of one step from all events; a collective belongs to the step in which it started."""
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
    """Returns all ranks' spans of the shortest recorded step, relative to its earliest begin."""

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
    """Merges overlapping intervals, in order."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged

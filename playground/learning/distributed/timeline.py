"""When a process computed and when it communicated in one step, from PyTorch's profiler. Knows no strategy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.profiler import ProfilerActivity, profile, record_function

from playground.learning.distributed.job import Span

PHASES = ("forward", "backward", "update")
STEP, COLLECTIVE = "whole step", "gloo:"
Interval = tuple[float, float]


def record(rank: int, step: Callable[[], None], ready: Callable[[], object]) -> tuple[float, list[Span]]:
    """Once `ready` returns, runs `step` and tells what it did: the second at which it began (of this machine's clock), and its spans from there.

    Computing is when an operator of PyTorch ("aten::…") runs in the step's thread, so waiting for others is none; its lane is the
    phase around it. Communicating is from a collective's start to its end, in gloo's threads.
    """
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        ready()
        with record_function(STEP):
            step()
    events = profiler.events()
    whole = next(event for event in events if event.name == STEP)
    # Each profiler counts microseconds from a start of its own.
    base = profiler.profiler.kineto_results.trace_start_ns() / 1e9
    start = whole.time_range.start

    def seconds(event: Any) -> Interval:
        return (event.time_range.start - start) / 1e6, (event.time_range.end - start) / 1e6

    phases = [
        (event.name, *seconds(event)) for event in events if event.name in PHASES and event.thread == whole.thread
    ]
    spans = [
        Span(rank, "communication", *seconds(event), event.name.removeprefix(COLLECTIVE))
        for event in events
        if event.name.startswith(COLLECTIVE) and event.time_range.start >= start
    ]
    operators = [seconds(event) for event in events if event.name.startswith("aten::") and event.thread == whole.thread]
    for begin, end in union(operators):
        middle = (begin + end) / 2
        lane = next((name for name, low, high in phases if low <= middle <= high), None)
        if lane:
            spans.append(Span(rank, lane, begin, end))
    return base + start / 1e6, sorted(spans, key=lambda span: (span.start, span.end))


def union(intervals: list[Interval]) -> list[Interval]:
    """Overlapping intervals as one, in order."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged

"""Computes how a step's time divides: computing, and communication hidden behind it. Knows no panel and no processes.

A `Span` is a stretch of one process's time, in seconds since the step began.
"""

from __future__ import annotations

from playground.learning.distributed.job import Span
from playground.learning.distributed.timeline import union

COMPUTING = ("forward", "backward", "update")


def busy(spans: tuple[Span, ...], rank: int, lanes: tuple[str, ...]) -> list[tuple[float, float]]:
    """Lists when a process was in any of the lanes: disjoint (start, end), ascending."""
    return union([(span.start, span.end) for span in spans if span.rank == rank and span.lane in lanes])


def step_seconds(spans: tuple[Span, ...]) -> float:
    """Measures from the first operator of any process to the end of the last."""
    return max(span.end for span in spans) - min(span.start for span in spans)


def computing_share(spans: tuple[Span, ...]) -> float:
    """Averages over the processes the share (0 to 1) of the step in which they computed."""
    ranks = sorted({span.rank for span in spans})
    computed = [sum(end - begin for begin, end in busy(spans, rank, COMPUTING)) for rank in ranks]
    return sum(computed) / len(ranks) / step_seconds(spans)


def hidden_share(spans: tuple[Span, ...]) -> float | None:
    """Computes the share (0 to 1) of communication's time in which the same process computed; None without communication."""
    total = hidden = 0.0
    for rank in {span.rank for span in spans}:
        sent, computed = busy(spans, rank, ("communication",)), busy(spans, rank, COMPUTING)
        total += sum(end - begin for begin, end in sent)
        hidden += sum(max(0.0, min(end, stop) - max(begin, start)) for begin, end in sent for start, stop in computed)
    return hidden / total if total else None


def collectives(spans: tuple[Span, ...], rank: int) -> dict[str, int]:
    """Counts each collective that a process took part in, by its name."""
    counts: dict[str, int] = {}
    for span in spans:
        if span.rank == rank and span.lane == "communication":
            counts[span.name] = counts.get(span.name, 0) + 1
    return counts

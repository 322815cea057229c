"""Counts which windows of the text each process read, and which of them another process read in the same step. Knows no panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.learning.distributed.job import Job, Report


@dataclass(frozen=True)
class Reading:
    """What one process read. `windows`: per step. `shared`: of them, those that another process read in the same step, per step.

    `distinct`: different windows in the whole training. `first`: the text of the first window.
    """

    windows: float
    shared: float
    distinct: int
    first: str


@dataclass(frozen=True)
class Readings:
    """`alone`: the single process with the whole batch. `processes`: each process, by rank.

    `distinct_per_step`, `distinct`: different windows that all processes together read in a step (mean), and in the
    whole training.
    """

    alone: Reading
    processes: tuple[Reading, ...]
    distinct_per_step: float
    distinct: int


def readings(job: Job, report: Report) -> Readings:
    """Counts the windows of a training."""
    everyone = []
    for rank, read in enumerate(report.read):
        others = [other for number, other in enumerate(report.read) if number != rank]
        everyone.append(_reading(job, read, others))
    steps = zip(*(_by_step(job, read) for read in report.read), strict=True)
    return Readings(
        alone=_reading(job, report.read_alone, []),
        processes=tuple(everyone),
        distinct_per_step=sum(len(set().union(*step)) for step in steps) / job.steps,
        distinct=len(set().union(*report.read)),
    )


def _by_step(job: Job, read: Sequence[int]) -> list[set[int]]:
    size = len(read) // job.steps
    return [set(read[at : at + size]) for at in range(0, size * job.steps, size)]


def _reading(job: Job, read: Sequence[int], others: Sequence[Sequence[int]]) -> Reading:
    mine = _by_step(job, read)
    shared = sum(
        len(step & set().union(*also))
        for step, *also in zip(mine, *(_by_step(job, one) for one in others), strict=True)
    )
    first = job.text[read[0] : read[0] + job.context]
    return Reading(len(read) / job.steps, shared / job.steps, len(set(read)), first)

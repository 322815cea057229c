"""Runs one training process: trains alone (first rank only), then with the others, and compares. Knows no strategy by name.

Measures every number of the report: differences of tensors, bytes counted by the kernel, wall seconds.
"""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor
from torch.profiler import record_function
from torch.utils.data import DistributedSampler

from playground.lab.timing import Stopwatch
from playground.learning.distributed import strategies, timeline, traffic
from playground.learning.distributed.character_model import build
from playground.learning.distributed.job import SPLITS_DATA, Course, Held, Job, Report
from playground.learning.distributed.strategies import Parallel
from playground.learning.distributed.timeline import Recorded

LEARNING_RATES = {"momentum": 0.1, "adamw": 3e-3}
PROBE_SECONDS = 0.05
# Extra steps after training; the timeline shows the shortest.
RECORDED_STEPS = 3
# Finished steps, total steps, and whether the process trains alone.
Progress = Callable[[int, int, bool], None]
Named = dict[str, Tensor]
# References to the process group are kept until the process exits, so that it is never destroyed: its destructor waits for
# gloo's threads while holding the GIL, and in one of some hundred runs a thread was waiting for the GIL.
_ALIVE: list[object] = []


@dataclass(frozen=True)
class _Outcome:
    """The results that each rank sends to the first."""

    gradients: Named
    parameters: Named
    losses: list[float | None]
    sent: float | None
    expected: float
    held: Held
    read: tuple[int, ...]
    recorded: list[Recorded]
    stolen: float


def work(job: Job, rank: int, progress: Progress) -> Report | None:
    """Runs a rank's work. The first rank returns the report."""
    torch.set_num_threads(1)
    strategies.join(job.store, rank, job.processes)
    model, windows = build(job)
    parameters, in_blocks = (sum(one.numel() for one in part.parameters()) for part in (model, model.blocks))
    own = Training(job, strategies.alone(copy.deepcopy(model)), windows, whole_batches(job, len(windows)))
    if rank == 0:
        own.run(lambda done, total: progress(done, total, True))
    dist.barrier()

    stolen = stolen_share()
    shared = Training(job, strategies.parallel(job, model, rank), windows, batches_of(job, len(windows), rank))
    shared.run(lambda done, total: progress(done, total, False) if rank == 0 else None)
    stolen = max(stolen, stolen_share(), own.stolen)
    outcome = _Outcome(
        shared.first_gradients,
        shared.parameters(),
        shared.losses,
        shared.sent,
        traffic.expected_bytes(job, parameters, in_blocks, rank),
        shared.held(),
        shared.read,
        timeline.record(rank, RECORDED_STEPS, shared.step, dist.barrier),
        stolen,
    )
    outcomes: list[_Outcome] | None = [outcome] * job.processes if rank == 0 else None
    dist.gather_object(outcome, outcomes)
    dist.barrier()
    _ALIVE.append(shared)
    return _report(job, own, shared, outcomes, parameters, len(windows)) if outcomes else None


class Training:
    """Trains on given batches and records measurements. `batches`: window indices per step."""

    def __init__(self, job: Job, parallel: Parallel, windows: Tensor, batches: list[list[int]]) -> None:
        self._job, self._parallel, self._windows, self._batches = job, parallel, windows, batches
        parameters, rate = list(parallel.model.parameters()), LEARNING_RATES[job.optimizer]
        self._optimizer: torch.optim.Optimizer = (
            torch.optim.AdamW(parameters, lr=rate)
            if job.optimizer == "adamw"
            else torch.optim.SGD(parameters, lr=rate, momentum=0.9)
        )
        self.first_gradients: Named = {}
        self.losses: list[float | None] = []
        self.seconds: list[float] = []
        self.sent: float | None = None
        self.stolen = 0.0

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Computes the first batch's gradients, which is also a warm-up, then runs all steps."""
        self._parallel.backward(self._windows[self._batches[0]])
        self.first_gradients = {
            name: strategies.whole(parameter.grad)
            for name, parameter in self._parallel.model.named_parameters()
            if parameter.grad is not None
        }
        before, processor, watch = traffic.bytes_sent(), time.thread_time(), Stopwatch()
        for done in range(self._job.steps):
            watch.lap()
            self.step()
            self.seconds.append(watch.lap())
            progress(done + 1, self._job.steps)
        # Only a process that never waits for others can measure stolen time.
        self.stolen = max(0.0, 1 - (time.thread_time() - processor) / watch.seconds())
        after = traffic.bytes_sent()
        if before is not None and after is not None:
            self.sent = (after - before) / self._job.steps

    def step(self) -> None:
        """Trains on the next batch: forward, backward, update."""
        batch = self._batches[len(self.losses)]
        self._optimizer.zero_grad()
        self.losses.append(self._parallel.backward(self._windows[batch]))
        with record_function("update"):
            self._optimizer.step()

    @property
    def read(self) -> tuple[int, ...]:
        """Returns the windows used by the steps, in order."""
        return tuple(window for batch in self._batches[: self._job.steps] for window in batch)

    def parameters(self) -> Named:
        """Returns the current parameters, all-gathered if sharded (every rank must call it)."""
        return {name: strategies.whole(one) for name, one in self._parallel.model.named_parameters()}

    def held(self) -> Held:
        """Returns the bytes of this process's tensors after a step."""
        parameters = list(self._parallel.model.parameters())
        states = [state for each in self._optimizer.state.values() for state in each.values()]
        return Held(
            _bytes(parameters),
            _bytes([one.grad for one in parameters if one.grad is not None]),
            # A step counter is a scalar, not a state per parameter.
            _bytes([state for state in states if torch.is_tensor(state) and state.dim() > 0]),
        )


def _bytes(tensors: Sequence[Tensor]) -> int:
    return sum(strategies.local(one).numel() * one.element_size() for one in tensors)


# ---- data sharding


def batches_of(job: Job, windows: int, rank: int) -> list[list[int]]:
    """Returns window indices per step for a rank: its part of the batch if the strategy splits the data, else all of it.

    Without the sampler every process takes its part from the same order, so all use the same windows.
    """
    if job.strategy not in SPLITS_DATA:
        return whole_batches(job, windows)
    size = job.batch // job.processes
    if job.sampler:
        return _drawn(job, windows, size, job.processes, rank)
    return _drawn(job, windows, size, 1, 0)


def whole_batches(job: Job, windows: int) -> list[list[int]]:
    """Returns window indices per step for one process alone."""
    return _drawn(job, windows, job.batch, 1, 0)


def _drawn(job: Job, windows: int, size: int, replicas: int, rank: int) -> list[list[int]]:
    """Samples batches for all steps and the timeline. Epochs are reshuffled, incomplete batches dropped."""
    sampler: DistributedSampler[Tensor] = DistributedSampler(
        range(windows), replicas, rank, seed=job.seed, drop_last=True  # type: ignore[arg-type]
    )  # fmt: skip
    batches: list[list[int]] = []
    epoch = 0
    while len(batches) < job.steps + RECORDED_STEPS:
        sampler.set_epoch(epoch)
        order = [int(window) for window in sampler]
        batches += [order[at : at + size] for at in range(0, len(order) - size + 1, size)]
        epoch += 1
    return batches[: job.steps + RECORDED_STEPS]


# ---- comparisons


def stolen_share() -> float:
    """Measures the share (0 to 1) of processor time lost to other processes while all ranks compute at once."""
    dist.barrier()
    matrix = torch.ones(64, 64)
    watch, processor = Stopwatch(), time.thread_time()
    while watch.seconds() < PROBE_SECONDS:
        matrix @ matrix
    return max(0.0, 1 - (time.thread_time() - processor) / watch.seconds())


def difference(a: Named, b: Named) -> float:
    """Returns the maximum absolute difference between two sets of tensors, over the names of the second."""
    return max((a[name] - tensor).abs().max().item() for name, tensor in b.items())


def _report(
    job: Job, own: Training, shared: Training, outcomes: list[_Outcome], parameters: int, windows: int
) -> Report:
    finals = own.parameters()
    common = set.intersection(*(set(one.parameters) for one in outcomes))
    copies = [{name: one.parameters[name] for name in common} for one in outcomes]
    return Report(
        parameters=parameters,
        vocabulary=len(set(job.text)),
        windows=windows,
        alone=Course(_mean_losses([own.losses], job.steps), tuple(own.seconds)),
        together=Course(_mean_losses([one.losses for one in outcomes], job.steps), tuple(shared.seconds)),
        gradient_difference=max(difference(own.first_gradients, one.gradients) for one in outcomes),
        gradient_size=max(one.abs().max().item() for one in own.first_gradients.values()),
        parameter_difference=max(difference(finals, one.parameters) for one in outcomes),
        spread=max(difference(copies[0], one) for one in copies) if common else None,
        sent=tuple(one.sent for one in outcomes),
        expected=tuple(one.expected for one in outcomes),
        held_alone=own.held(),
        held=tuple(one.held for one in outcomes),
        read_alone=own.read,
        read=tuple(one.read for one in outcomes),
        spans=timeline.least_disturbed([one.recorded for one in outcomes]),
        stolen=max(one.stolen for one in outcomes),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )


def _mean_losses(losses: list[list[float | None]], steps: int) -> tuple[float, ...]:
    """Averages the losses of each step over the processes that have one."""
    seen = [one for one in losses if None not in one]
    return tuple(sum(values) / len(values) for values in zip(*(one[:steps] for one in seen), strict=True))

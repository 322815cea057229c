"""The numbers of a run of distributed training: one process against several, and the calculator's memory on each GPU.

Memory is by formula; differences, losses and windows are equal in equal runs. Times and bytes as the system counted them, which
may differ between two equal runs, are in `Measured`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles

from playground.lab.timing import Timing
from playground.learning.distributed.job import Course, Held, Job, Report
from playground.learning.memory import GB, Memory
from playground.topics.distributed.overlap import collectives, computing_share, hidden_share, step_seconds
from playground.topics.distributed.reading import Readings, readings


@dataclass(frozen=True)
class GPUMemory:
    """Gigabytes (10⁹ bytes) on one GPU, by formula: `weights_gb`, `gradients_gb`, `optimizer_gb` (its states) and
    `activations_gb`.
    """

    weights_gb: float
    gradients_gb: float
    optimizer_gb: float
    activations_gb: float

    @property
    def states_gb(self) -> float:
        """Weights, gradients and optimizer states."""
        return self.weights_gb + self.gradients_gb + self.optimizer_gb


@dataclass(frozen=True)
class Losses:
    """Mean cross-entropy (nats per character) on the batch of the `first` and of the `last` step."""

    first: float
    last: float


@dataclass(frozen=True)
class Measured:
    """What this run measured. `alone_ms`, `together_ms`: a training step (median milliseconds) of one process and of
    several.

    `sent_bytes`: what each process's connections sent per step, by rank; None where the system keeps no count.
    `stolen_share`: of the processors' time, what other programs took (0 to 1, the worst). The rest is of one recorded
    step: `recorded_ms` long, with `computing_share` of it spent computing (0 to 1, mean over processes), `hidden_share`
    of communication's time behind computing (0 to 1, None without communication), and how often each of the
    `collectives` ran, by rank and name.
    """

    alone_ms: float
    together_ms: float
    sent_bytes: tuple[float | None, ...]
    stolen_share: float
    recorded_ms: float
    computing_share: float
    hidden_share: float | None
    collectives: tuple[dict[str, int], ...]

    @property
    def speedup(self) -> float:
        """How many times as fast a step of several processes is."""
        return self.alone_ms / self.together_ms

    @property
    def most_sent_bytes(self) -> float | None:
        """What the process that sent most sent per step; None where nothing was counted."""
        return max((sent for sent in self.sent_bytes if sent is not None), default=None)


@dataclass(frozen=True)
class Findings:
    """A run. `memory`: the calculator's, under the chosen ZeRO stage. `parameters`: numbers of the character model.
    `alone`, `together`: losses of one process with the whole batch, and of several. `reading`: which windows each
    process read. `measured`: times and bytes sent.

    Differences are the largest of any single number, in float32: `gradient_difference` of the first batch's gradients
    from one process with the whole batch, `parameter_difference` from its parameters after training, `spread` between
    the processes' own copies of a parameter (None in a pipeline, whose stages share none). `gradient_size`: the largest
    gradient. `expected_bytes`: sent per step by formula, by rank. `held_alone`, `held`: bytes that the single process
    and each of several, by rank, keep between steps.
    """

    memory: GPUMemory
    parameters: int
    alone: Losses
    together: Losses
    gradient_difference: float
    gradient_size: float
    parameter_difference: float
    spread: float | None
    expected_bytes: tuple[float, ...]
    held_alone: Held
    held: tuple[Held, ...]
    reading: Readings
    measured: Measured

    @property
    def sent_ratios(self) -> tuple[float | None, ...]:
        """Bytes sent over bytes by formula, by rank; None where either is missing."""
        return tuple(
            sent / expected if sent is not None and expected else None
            for sent, expected in zip(self.measured.sent_bytes, self.expected_bytes, strict=True)
        )


def find_memory(one: Memory) -> GPUMemory:
    """Converts bytes to gigabytes."""
    return GPUMemory(one.weights / GB, one.gradients / GB, one.optimizer / GB, one.activations / GB)


def find(job: Job, report: Report, memory: Memory) -> Findings:
    """Reads the findings off a training's report; `memory`: of the chosen ZeRO stage."""
    return Findings(
        memory=find_memory(memory),
        parameters=report.parameters,
        alone=_losses(report.alone),
        together=_losses(report.together),
        gradient_difference=report.gradient_difference,
        gradient_size=report.gradient_size,
        parameter_difference=report.parameter_difference,
        spread=report.spread,
        expected_bytes=report.expected,
        held_alone=report.held_alone,
        held=report.held,
        reading=readings(job, report),
        measured=Measured(
            alone_ms=1e3 * step_time(report.alone).median,
            together_ms=1e3 * step_time(report.together).median,
            sent_bytes=report.sent,
            stolen_share=report.stolen,
            recorded_ms=1e3 * step_seconds(report.spans),
            computing_share=computing_share(report.spans),
            hidden_share=hidden_share(report.spans),
            collectives=tuple(collectives(report.spans, rank) for rank in range(len(report.held))),
        ),
    )


def step_time(course: Course) -> Timing:
    """Takes median and quartiles of the seconds of a step: `low` and `high` are the first and the third."""
    if len(course.seconds) < 2:
        return Timing.of(list(course.seconds))
    low, middle, high = quantiles(course.seconds, n=4, method="inclusive")
    return Timing(middle, low, high, len(course.seconds))


def _losses(course: Course) -> Losses:
    return Losses(course.losses[0], course.losses[-1])

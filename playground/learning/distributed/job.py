"""Defines the job and the report of the training processes as plain data. Knows neither torch nor processes."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS, HEADS = 4, 4
STRATEGIES = ("ddp", "fsdp", "tensor", "pipeline")
# Strategies in which every process has the whole model (or a shard of all of it) and its own part of the data.
SPLITS_DATA = ("ddp", "fsdp")


@dataclass(frozen=True)
class Job:
    """A training job: run once by one process with the whole batch, then by `processes` under `strategy`.

    `batch`: windows of `context` characters per step, over all processes. `sampler`: each process uses its own part
    (`SPLITS_DATA` only). `exchange`: DDP averages gradients. `reshard`: FSDP frees the gathered weights after forward.
    `bucket_megabytes`: DDP's. `micro_batches`, `schedule` ("gpipe" or "1f1b"): the pipeline's. `store`: path of
    the rendezvous file.
    """

    text: str
    processes: int = 2
    strategy: str = "ddp"
    batch: int = 16
    steps: int = 30
    sampler: bool = True
    exchange: bool = True
    reshard: bool = True
    bucket_megabytes: float = 0.5
    micro_batches: int = 4
    schedule: str = "gpipe"
    optimizer: str = "momentum"
    hidden: int = 96
    context: int = 32
    seed: int = 0
    store: str = ""


@dataclass(frozen=True)
class Held:
    """Measured bytes of a process's tensors, `weights`, `gradients` and `optimizer` states; shards count as shards."""

    weights: int
    gradients: int
    optimizer: int


@dataclass(frozen=True)
class Course:
    """A training run per step: mean loss over the whole batch, and wall seconds."""

    losses: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Span:
    """An activity of a process from `start` to `end`, seconds since the step began.

    `lane`: "forward", "backward", "update" or "communication"; `name`: of a collective, else "".
    """

    rank: int
    lane: str
    start: float
    end: float
    name: str = ""


@dataclass(frozen=True)
class Report:
    """The result of a job. Differences are maximum absolute differences, in float32.

    `gradient_difference`: of the first batch's gradients from those of one process with the whole batch; `gradient_size`: the
    largest gradient. `parameter_difference`: after training. `spread`: between the processes' copies; None in a pipeline,
    whose processes share no parameters.
    `sent`: bytes per step sent by each process's sockets, counted by the kernel; None if the system doesn't count them.
    `expected`: the same by formula. `read`: the windows used by each process, in order. `spans`: of an extra step, the
    shortest of three. `stolen`: share of processor time lost to other processes; `cores`: available ones.
    """

    parameters: int
    vocabulary: int
    windows: int
    alone: Course
    together: Course
    gradient_difference: float
    gradient_size: float
    parameter_difference: float
    spread: float | None
    sent: tuple[float | None, ...]
    expected: tuple[float, ...]
    held_alone: Held
    held: tuple[Held, ...]
    read_alone: tuple[int, ...]
    read: tuple[tuple[int, ...], ...]
    spans: tuple[Span, ...]
    stolen: float
    cores: int

"""One model over several processes, by PyTorch's own means: DDP, fully_shard, tensor parallel, pipeline.

Each gives a `Parallel`: something that puts a batch through the model forward and backward. Knows nothing of optimizers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.profiler import record_function

from playground.learning.distributed.character_model import CharacterModel, loss_of
from playground.learning.distributed.job import Job

# How long a rank waits for another. Longer than any group may take: what ends a group that hangs is its own limit.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Parallel:
    """`model`: its parameters as this process holds them. `backward`: windows to their mean loss, gradients left behind.

    The loss is None in a process that doesn't see it (all but the last of a pipeline).
    """

    model: CharacterModel
    backward: Callable[[Tensor], float | None]


def prepare(job: Job) -> None:
    """Imports what the strategy needs, before the processes part: some of these take a second."""
    if job.strategy == "ddp":
        import torch._dynamo  # DDP imports it when it is made
    elif job.strategy == "fsdp":
        import torch.distributed.fsdp
    elif job.strategy == "tensor":
        import torch.distributed.tensor.parallel
    else:
        import torch.distributed.pipelining  # noqa: F401


def alone(model: CharacterModel) -> Parallel:
    """One process, the whole batch."""
    return Parallel(model, forward_backward(model))


def parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """The job's strategy. Changes `model`."""
    return WAYS[job.strategy](job, model, rank)


def forward_backward(
    module: nn.Module, around: Callable[[], Any] = contextlib.nullcontext
) -> Callable[[Tensor], float]:
    """Windows through a module as if it were whole: what else has to happen, the module's own hooks do."""

    def backward(windows: Tensor) -> float:
        with around():
            with record_function("forward"):
                loss = loss_of(module(windows[:, :-1]), windows[:, 1:])
            with record_function("backward"):
                loss.backward()
        return loss.item()

    return backward


def data_parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Every process has the whole model; gradients are averaged in buckets while backward still runs."""
    wrapped = nn.parallel.DistributedDataParallel(model, bucket_cap_mb=job.bucket_megabytes)
    return Parallel(model, forward_backward(wrapped, contextlib.nullcontext if job.exchange else wrapped.no_sync))


def fully_sharded(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Weights, gradients and optimizer states in shards (ZeRO-3); a layer is gathered when its turn comes.

    Without `reshard` the gathered weights stay until backward: ZeRO-2 in what is sent, and in what is held at the peak.
    """
    from torch.distributed.fsdp import fully_shard

    for block in model.blocks.values():
        fully_shard(block, reshard_after_forward=job.reshard)
    fully_shard(model, reshard_after_forward=False)
    return Parallel(model, forward_backward(model))


def tensor_parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Heads and neurons are split: columns going in, rows coming out, so that one sum per half block makes it whole."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate
    from torch.distributed.tensor.parallel import (
        ColwiseParallel,
        PrepareModuleInput,
        RowwiseParallel,
        parallelize_module,
    )

    mesh = init_device_mesh("cpu", (job.processes,))
    # One input for q, k and v: their three gradients are then added before they are summed over the processes, once.
    entry = PrepareModuleInput(input_layouts=(Replicate(),), desired_input_layouts=(Replicate(),))
    plan = {
        "attention": entry,
        "mlp.up": ColwiseParallel(),
        "mlp.down": RowwiseParallel(),
        "attention.o": RowwiseParallel(),
    }
    plan |= {f"attention.{part}": ColwiseParallel() for part in "qkv"}
    for block in model.blocks.values():
        parallelize_module(block, mesh, plan)
    return Parallel(model, forward_backward(model))


def pipeline_parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Each process has a run of layers; states go forward and their gradients back, a micro-batch at a time."""
    from torch.distributed import pipelining

    class Stage(pipelining.PipelineStage):
        """Says when each micro-batch is computed."""

        def forward_one_chunk(self, *arguments: Any, **named: Any) -> Any:
            with record_function("forward"):
                return super().forward_one_chunk(*arguments, **named)

        def backward_one_chunk(self, *arguments: Any, **named: Any) -> Any:
            with record_function("backward"):
                return super().backward_one_chunk(*arguments, **named)

    model.keep_stage(rank, job.processes)
    stage = Stage(model, rank, job.processes, torch.device("cpu"))
    kind = pipelining.Schedule1F1B if job.schedule == "1f1b" else pipelining.ScheduleGPipe
    schedule = kind(stage, job.micro_batches, loss_fn=loss_of)
    first, last = rank == 0, rank == job.processes - 1

    def backward(windows: Tensor) -> float | None:
        losses: list[Tensor] = []
        inputs = (windows[:, :-1],) if first else ()
        answers: dict[str, Any] = {"target": windows[:, 1:], "losses": losses} if last else {}
        schedule.step(*inputs, **answers)
        return torch.stack(losses).mean().item() if last else None

    return Parallel(model, backward)


WAYS = {"ddp": data_parallel, "fsdp": fully_sharded, "tensor": tensor_parallel, "pipeline": pipeline_parallel}


def whole(tensor: Tensor) -> Tensor:
    """A tensor of which processes may hold shards, put together; a copy."""
    gather = getattr(tensor, "full_tensor", None)
    return (gather() if gather else tensor).detach().clone()


def local(tensor: Tensor) -> Tensor:
    """What this process holds of a tensor."""
    shard: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor  # type: ignore[operator]
    return shard


def join(store: str, rank: int, processes: int) -> None:
    """Makes this process one of the group, by gloo, over a file."""
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=processes, timeout=PATIENCE)

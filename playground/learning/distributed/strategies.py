"""Parallelizes a model over processes with PyTorch's implementations: DDP, fully_shard, tensor parallel, pipeline.

Each returns a `Parallel`, which runs forward and backward on a batch. Knows nothing of optimizers.
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

# Timeout of waiting for another rank, longer than the group's own time limit, which ends a group that hangs.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Parallel:
    """`model`: its parameters, sharded or not. `backward`: computes the windows' mean loss and accumulates gradients.

    The loss is None in processes that don't compute it (all but the last of a pipeline).
    """

    model: CharacterModel
    backward: Callable[[Tensor], float | None]


def prepare(job: Job) -> None:
    """Imports the strategy's modules before forking: some of them take a second."""
    if job.strategy == "ddp":
        import torch._dynamo  # DDP's constructor imports it
    elif job.strategy == "fsdp":
        import torch.distributed.fsdp
    elif job.strategy == "tensor":
        import torch.distributed.tensor.parallel
    else:
        import torch.distributed.pipelining  # noqa: F401


def alone(model: CharacterModel) -> Parallel:
    """Trains in one process on the whole batch."""
    return Parallel(model, forward_backward(model))


def parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Applies the job's strategy. Modifies `model`."""
    return WAYS[job.strategy](job, model, rank)


def forward_backward(
    module: nn.Module, around: Callable[[], Any] = contextlib.nullcontext
) -> Callable[[Tensor], float]:
    """Runs forward and backward as in one process; the module's hooks communicate."""

    def backward(windows: Tensor) -> float:
        with around():
            with record_function("forward"):
                loss = loss_of(module(windows[:, :-1]), windows[:, 1:])
            with record_function("backward"):
                loss.backward()
        return loss.item()

    return backward


def data_parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Replicates the model in every process; gradients are averaged in buckets, overlapping with backward."""
    wrapped = nn.parallel.DistributedDataParallel(model, bucket_cap_mb=job.bucket_megabytes)
    return Parallel(model, forward_backward(wrapped, contextlib.nullcontext if job.exchange else wrapped.no_sync))


def fully_sharded(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Shards weights, gradients and optimizer states by FSDP2 (ZeRO-3); each layer is all-gathered when it is used.

    Without `reshard` the gathered weights are kept until backward: the traffic and peak memory are those of ZeRO-2.
    """
    from torch.distributed.fsdp import fully_shard

    for block in model.blocks.values():
        fully_shard(block, reshard_after_forward=job.reshard)
    fully_shard(model, reshard_after_forward=False)
    return Parallel(model, forward_backward(model))


def tensor_parallel(job: Job, model: CharacterModel, rank: int) -> Parallel:
    """Splits heads and neurons: column-parallel in, row-parallel out, so that one all-reduce per sublayer suffices."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate
    from torch.distributed.tensor.parallel import (
        ColwiseParallel,
        PrepareModuleInput,
        RowwiseParallel,
        parallelize_module,
    )

    mesh = init_device_mesh("cpu", (job.processes,))
    # One input for q, k and v: their three gradients are added first, so that one all-reduce suffices.
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
    """Assigns consecutive layers to each process; sends states forward and gradients back per micro-batch."""
    from torch.distributed import pipelining

    class Stage(pipelining.PipelineStage):
        """Labels each micro-batch's computation for the profiler."""

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
    """All-gathers a sharded tensor; returns a copy."""
    gather = getattr(tensor, "full_tensor", None)
    return (gather() if gather else tensor).detach().clone()


def local(tensor: Tensor) -> Tensor:
    """Returns this process's shard of a tensor."""
    shard: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return shard


def join(store: str, rank: int, processes: int) -> None:
    """Joins the gloo process group through a rendezvous file."""
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=processes, timeout=PATIENCE)

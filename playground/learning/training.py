"""The one training loop of the topics on learning: batches, a loss for each run, an optimizer; it yields after every step.

A loss returns one number per run of a stack and the loop minimizes their sum, which gives each run its own gradient. A method
(a penalty, replay, projected gradients) is a loss or a change of gradients, written in the topic. Knows no topic and no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Step:
    """What one step has done. `number`: from 1. `losses`: of its batch, before the step (runs,)."""

    number: int
    losses: Tensor


def batches(pools: Sequence[Tensor], seeds: Sequence[int], size: int, steps: int) -> Iterator[Tensor]:
    """Yields row numbers (runs, size), `steps` times; each run goes through its own pool (rows,) in an order shuffled anew each time.

    Runs with equal seeds and pools get equal batches, whatever other runs there are. A pool smaller than a batch is repeated
    within it. Raises ValueError for an empty pool.
    """
    if not all(len(pool) for pool in pools):
        raise ValueError("a pool without rows")
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    waiting = [torch.empty(0, dtype=torch.long) for _ in pools]
    for _ in range(steps):
        rows = []
        for run, (pool, generator) in enumerate(zip(pools, generators, strict=True)):
            while len(waiting[run]) < size:
                waiting[run] = torch.cat([waiting[run], pool[torch.randperm(len(pool), generator=generator)]])
            rows.append(waiting[run][:size])
            waiting[run] = waiting[run][size:]
        yield torch.stack(rows)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Returns each run's mean cross-entropy in nats (runs,) of logits (runs, rows, classes); labels (rows,) or (runs, rows)."""
    runs, rows, _ = logits.shape
    each = functional.cross_entropy(logits.flatten(0, 1), labels.expand(runs, rows).flatten(), reduction="none")
    return each.view(runs, rows).mean(1)


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Returns each run's share of right answers (runs,) of logits (runs, rows, classes); labels (rows,) or (runs, rows)."""
    return (logits.argmax(-1) == labels).double().mean(1)


def train(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[Batch], Tensor],
    *,
    rate: float,
    decay: float | Tensor = 0.0,
    optimizer: Literal["adam", "sgd"] = "adam",
    adjust: Callable[[], None] = lambda: None,
    tell: Callable[[], None] = lambda: None,
) -> Iterator[Step]:
    """Trains a model whose parameters have a leading axis of runs, one step a batch, and yields after each step.

    `loss`: the losses (runs,) of a batch. `decay`: decoupled weight decay, one number or one per run (runs,): each step multiplies
    weights by 1 − rate × decay (Loshchilov and Hutter 2019, arXiv:1711.05101). `adjust` may change the gradients before the
    optimizer takes them. `tell` is called before every step and may raise to end the training. The model is in training mode
    during a step and in evaluation mode whenever this yields.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    engine: torch.optim.Optimizer
    engine = torch.optim.Adam(parameters, lr=rate) if optimizer == "adam" else torch.optim.SGD(parameters, lr=rate)
    kept = 1 - rate * torch.as_tensor(decay, dtype=torch.float32)
    for number, batch in enumerate(batches, start=1):
        tell()
        model.train()
        with torch.enable_grad():
            losses = loss(batch)
            engine.zero_grad()
            losses.sum().backward()
        adjust()
        with torch.no_grad():
            for parameter in parameters:
                parameter.mul_(kept.view(-1, *[1] * (parameter.dim() - 1)) if kept.dim() else kept)
        engine.step()
        model.eval()
        yield Step(number, losses.detach())

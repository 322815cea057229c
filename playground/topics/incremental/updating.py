"""Small networks trained once, then updated with new data: everything free, the output alone, or a low-rank adapter. Knows no data.

All runs, whatever they free, are one stack in one loop (`playground/learning/stack.py`). Each run has a learning rate of its own at every
step and for every parameter: the loop's step is Adam's at `PEAK`, and `follow` keeps the run's share of it. Adam's moments don't depend on the
rate, so this is Adam at `PEAK` × that share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from playground.learning.stack import Stack
from playground.learning.training import Step, cross_entropy, train

PEAK = 0.003
# The rate at which the base ended, and a decayed update ends, as a share of the peak.
FLOOR = 0.02
WARMUP = 0.1
BATCH = 32
# A logit whose probability is 0.
NEVER = -1e9
FREE, HEAD, ADAPTER = "free", "head", "adapter"
REWARMED, CONSTANT, COLD = "rewarmed", "constant", "cold"
WEIGHTS = ("hidden", "hidden_bias", "out", "out_bias")


@dataclass(frozen=True)
class Update:
    """What one run does. `trains`: FREE, HEAD or ADAPTER; `rank`: of the adapter, else 0; `share`: of old rows in its batches, 0 to 1.

    `again`: starts from a base that was trained on all data, and goes on with all data, old and new by their numbers. `schedule`: of the
    learning rate; `rate`: its peak, as a multiple of `PEAK`.
    """

    trains: str
    seed: int
    rank: int = 0
    share: float = 0.0
    again: bool = False
    schedule: str = REWARMED
    rate: float = 1.0


def same(one: Update, other: Update) -> bool:
    """Returns whether two updates differ in the seed at most."""
    return replace(one, seed=other.seed) == other


def pace(schedule: str, step: int, steps: int) -> float:
    """Returns the learning rate of a step (from 1) as a share of its peak.

    REWARMED: linear up over the first tenth, then a cosine down to `FLOOR` (Ibrahim et al. 2024, arXiv:2403.08763). CONSTANT: the peak from
    the first step. COLD: `FLOOR` throughout, where the base had ended.
    """
    if schedule == COLD:
        return FLOOR
    if schedule == CONSTANT:
        return 1.0
    warm = max(1, round(WARMUP * steps))
    if step <= warm:
        return step / warm
    return FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2


class Updated(nn.Module):
    """A stack whose hidden weights may have a low-rank change: hidden + down @ up (Hu et al. 2021, arXiv:2106.09685, with α = rank).

    `down` (runs, inputs, rank) starts at random within ± 1/√inputs from the run's seed, `up` (runs, rank, width) at 0, so that nothing is
    changed at first. A rank below the stack's largest has columns held at 0: theirs and their rows' gradients are 0.
    """

    def __init__(self, stack: Stack, updates: Sequence[Update]) -> None:
        super().__init__()
        self.stack = stack
        self.updates = tuple(updates)
        runs, inputs, width = stack.hidden.shape
        rank = max(update.rank for update in updates)
        self._adapted = rank > 0
        self.down = nn.Parameter(torch.zeros(runs, inputs, rank), requires_grad=self._adapted)
        self.up = nn.Parameter(torch.zeros(runs, rank, width), requires_grad=self._adapted)
        for run, update in enumerate(updates):
            if update.rank:
                drawn = torch.Generator().manual_seed(3_000_000_000 + update.seed)
                start = torch.rand(inputs, rank, generator=drawn) * 2 - 1
                self.down.data[run, :, : update.rank] = start[:, : update.rank] / math.sqrt(inputs)

    def hidden(self) -> Tensor:
        """Returns the hidden weights with the change (runs, inputs, width)."""
        return self.stack.hidden + self.down @ self.up if self._adapted else self.stack.hidden

    def forward(self, features: Tensor) -> Tensor:
        """Returns logits (runs, rows, outputs) of features (rows, inputs) or (runs, rows, inputs)."""
        hidden = self.hidden()
        # One matrix product for all runs where they read the same rows.
        shared = features.dim() == 2
        before = torch.einsum("ni,riw->rnw", features, hidden) if shared else features @ hidden
        logits: Tensor = torch.relu(before + self.stack.hidden_bias) @ self.stack.out + self.stack.out_bias
        return logits

    def merged(self) -> dict[str, Tensor]:
        """Returns a copy of the weights with the adapter merged into the hidden ones."""
        return self.stack.state() | {"hidden": self.hidden().detach().clone()}

    def masks(self) -> dict[str, Tensor]:
        """Returns for each parameter the peak rate of each run (runs,) as a multiple of `PEAK`, 0 where it is frozen."""

        def rates(kinds: Sequence[str]) -> Tensor:
            return torch.tensor([update.rate if update.trains in kinds else 0.0 for update in self.updates])

        return {
            "stack.hidden": rates([FREE]), "stack.hidden_bias": rates([FREE]),
            "stack.out": rates([FREE, HEAD]), "stack.out_bias": rates([FREE, HEAD]),
            "down": rates([ADAPTER]), "up": rates([ADAPTER]),
        }  # fmt: skip


def old_rows(share: float, step: int) -> int:
    """Returns how many of a step's `BATCH` rows are old (step from 1), so that after any number of steps the share is kept to one row."""
    return math.floor(share * BATCH * step + 1e-9) - math.floor(share * BATCH * (step - 1) + 1e-9)


def trained_parameters(update: Update, inputs: int, width: int, outputs: int) -> int:
    """Returns how many numbers an update trains: all, those of the output, or rank × (inputs + width)."""
    head = width * outputs + outputs
    return {FREE: inputs * width + width + head, HEAD: head, ADAPTER: update.rank * (inputs + width)}[update.trains]


def follow(
    model: Updated,
    batches: Iterator[tuple[Tensor, Tensor]],
    steps: int,
    tell: Callable[[], None],
    closed: Tensor | None = None,
) -> Iterator[Step]:
    """Trains with each run's own schedule, frozen parameters unmoved, and yields after each step. `batches`: features and labels by run.

    `closed` (runs, outputs): outputs that don't exist yet for a run; they take no part in its loss, so that their weights stay as they were.
    """
    names = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    masks = model.masks()
    before = {name: parameter.detach().clone() for name, parameter in names.items()}

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        logits = model(batch[0])
        return cross_entropy(logits if closed is None else logits.masked_fill(closed[:, None], NEVER), batch[1])

    for step in train(model, batches, loss, rate=PEAK, tell=tell):
        paces = torch.tensor([pace(update.schedule, step.number, steps) for update in model.updates])
        with torch.no_grad():
            for name, parameter in names.items():
                kept = (masks[name] * paces).view(-1, *[1] * (parameter.dim() - 1))
                # lerp would round a share of 1 or 0: both must be exact.
                parameter.copy_(torch.where(kept == 0, before[name], before[name] + kept * (parameter - before[name])))
                before[name].copy_(parameter)
        yield step


def merge(base: Mapping[str, Tensor], tuned: Mapping[str, Tensor], amount: float) -> dict[str, Tensor]:
    """Returns base + amount × (tuned − base), the task vector scaled (Ilharco et al. 2022, arXiv:2212.04089); exact at 0 and at 1."""
    if amount == 1:
        return dict(tuned)
    return {name: one + amount * (tuned[name] - one) for name, one in base.items()}

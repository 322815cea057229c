"""Trains every weighting, weight and seed in one stack and one loop, with each task's gradient on the shared layer apart. Knows no text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.learning.stack import Member, Stack
from playground.learning.training import batches, train
from playground.topics.multi_task.surgery import cosine, draw_order, project_conflicts
from playground.topics.multi_task.tasks import Task
from playground.topics.multi_task.uncertainty import coefficients, uncertainty_loss

FIXED, UNCERTAINTY, SURGERY = "fixed", "uncertainty", "surgery"
RATE, BATCH = 0.004, 32
# Log variances move so many times as fast as weights: they have as far to go in as few steps.
SPEED = 20.0
LOOKS = 20


@dataclass(frozen=True)
class Run:
    """One network. `weights` of the tasks' losses: of FIXED; a task alone has all of it. Runs of equal seed start as the same network."""

    method: str
    weights: tuple[float, ...]
    seed: int


@dataclass(frozen=True)
class Moment:
    """After `step` steps: held-out `scores` (runs, tasks). Since the last look: `cosine` (runs, pairs) between the gradients of two tasks
    on the shared layer, `conflict` (runs, pairs), the share of steps where it is negative, `norms` (runs, tasks) of those gradients,
    `losses` (runs, tasks) on the batches. `weights` (runs, tasks): what each loss is multiplied by now."""

    step: int
    scores: Tensor
    cosine: Tensor
    conflict: Tensor
    norms: Tensor
    losses: Tensor
    weights: Tensor


class Learner(nn.Module):
    """Runs on the same tasks, all seeds of one weighting in turn, then those of the next; ValueError for another order.

    `rows`: by seed, each task's training rows. Runs of a seed have the same rows and batches.
    """

    def __init__(
        self, features: Tensor, tasks: Sequence[Task], runs: Sequence[Run], rows: dict[int, list[Tensor]], width: int
    ) -> None:
        super().__init__()
        self.features, self.tasks, self.runs, self._rows = features, tuple(tasks), tuple(runs), rows
        self.stack = Stack([Member(run.seed, width) for run in runs], features.shape[1], tasks[-1].last)
        self.scaled_log_variance = nn.Parameter(torch.zeros(len(runs), len(tasks)))
        self._fixed = torch.tensor([run.weights for run in runs])
        self._learnt = torch.tensor([run.method == UNCERTAINTY for run in runs])
        self._operated = torch.tensor([at for at, run in enumerate(runs) if run.method == SURGERY], dtype=torch.long)
        self._drawn = [torch.Generator().manual_seed(runs[at].seed) for at in self._operated.tolist()]
        self._regression = torch.tensor([not task.classes for task in tasks])
        self._seeds = list(rows)
        if [run.seed for run in runs] != self._seeds * (len(runs) // len(self._seeds)):
            raise ValueError("runs of every seed in turn")
        self._shared = [self.stack.hidden, self.stack.hidden_bias]

    @property
    def log_variance(self) -> Tensor:
        """s = log σ² of uncertainty weighting (runs, tasks)."""
        return SPEED * self.scaled_log_variance

    def weights(self) -> Tensor:
        """What each task's loss is multiplied by (runs, tasks)."""
        learnt = coefficients(self.log_variance, self._regression)
        return torch.where(self._learnt[:, None], learnt, self._fixed).detach()

    def units(self, features: Tensor) -> Tensor:
        """Returns what the stack's `units` does (runs, rows, width) for features by seed (seeds, rows, inputs): one matrix product a seed."""
        seeds, hidden = len(features), self.stack.hidden
        runs, inputs, width = hidden.shape
        beside = hidden.view(runs // seeds, seeds, inputs, width).permute(1, 2, 0, 3).reshape(seeds, inputs, -1)
        found = (features @ beside).view(seeds, features.shape[1], -1, width).permute(2, 0, 1, 3)
        return torch.relu(found.reshape(runs, -1, width) + self.stack.hidden_bias)

    def logits(self, units: Tensor) -> Tensor:
        """Returns all heads' outputs (runs, rows, outputs) of units (runs, rows, width)."""
        found: Tensor = units @ self.stack.out + self.stack.out_bias
        return found

    def gradients(self, rows: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Returns each task's losses (runs, tasks), the same with the shared layer held constant, and each task's gradient on the shared
        layer (tasks, runs, parameters); `rows`: of each task (seeds, BATCH)."""
        losses, held, found = [], [], []
        for task, own in zip(self.tasks, rows, strict=True):
            units, every = self.units(self.features[own]), own.repeat(len(self.runs) // len(own), 1)
            loss = task.loss(self.logits(units), every)
            parts = torch.autograd.grad(loss.sum(), self._shared)
            found.append(torch.cat([part.flatten(1) for part in parts], 1))
            losses.append(loss.detach())
            held.append(task.loss(self.logits(units.detach()), every))
        return torch.stack(losses, 1), torch.stack(held, 1), torch.stack(found)

    def combine(self, gradients: Tensor) -> Tensor:
        """Returns the gradient that the shared layer takes (runs, parameters): the weighted sum, or that of gradient surgery."""
        total = (self.weights().T[..., None] * gradients).sum(0)
        if len(self._operated):
            order = draw_order(len(self.tasks), self._drawn)
            # A mean over the tasks, so that steps are as long as those of equal weights.
            total[self._operated] = project_conflicts(gradients[:, self._operated], order) / len(self.tasks)
        return total

    def learn(self, steps: int, decay: float, tell: Callable[[], None]) -> Iterator[Moment]:
        """Yields what has been measured several times in training, always after the last step. `tell` is called before every step and may raise."""
        seen: list[tuple[Tensor, Tensor, Tensor]] = []
        combined = torch.empty(0)

        def loss(batch: tuple[Tensor, ...]) -> Tensor:
            nonlocal combined
            losses, held, gradients = self.gradients(batch)
            with torch.no_grad():
                combined = self.combine(gradients)
                seen.append((cosine(gradients), gradients.norm(dim=-1).T, losses))
            learnt = uncertainty_loss(held, self.log_variance, self._regression)
            return torch.where(self._learnt, learnt, (self._fixed * held).sum(1))

        def adjust() -> None:
            # The loss has no gradient on the shared layer: it is set here, from each task's own.
            start = 0
            for parameter in self._shared:
                count = parameter[0].numel()
                parameter.grad = combined[:, start : start + count].view_as(parameter)
                start += count
            if decay:
                with torch.no_grad():
                    # Not the log variances: those aren't weights.
                    for parameter in self.stack.parameters():
                        parameter.mul_(1 - RATE * decay)

        for step in train(self, self._batches(steps), loss, rate=RATE, adjust=adjust, tell=tell):
            if step.number == steps or step.number * LOOKS // steps > (step.number - 1) * LOOKS // steps:
                cosines, norms, losses = (torch.stack(part) for part in zip(*seen, strict=True))
                seen.clear()
                yield Moment(
                    step.number, self.scores("held_out"), cosines.mean(0), (cosines < 0).double().mean(0),
                    norms.mean(0), losses.mean(0), self.weights(),
                )  # fmt: skip

    def _batches(self, steps: int) -> Iterator[tuple[Tensor, ...]]:
        """Row numbers of each task (seeds, BATCH); tasks with the same rows get the same batches."""
        seeds = self._seeds
        drawn = []
        for task in range(len(self.tasks)):
            pools = [self._rows[seed][task] for seed in seeds]
            number = next(
                at
                for at in range(task + 1)
                if all(torch.equal(self._rows[seed][at], pool) for seed, pool in zip(seeds, pools, strict=True))
            )
            drawn.append(batches(pools, [1000 * seed + number for seed in seeds], BATCH, steps))  # fmt: skip
        return zip(*drawn, strict=True)

    @torch.no_grad()
    def scores(self, part: str) -> Tensor:
        """Returns each task's score (runs, tasks) on its rows of a part: "validation" or "held_out"."""
        found = []
        for task in self.tasks:
            rows = getattr(task, part)
            found.append(task.score(self.logits(self.units(self.features[rows][None])), rows))
        return torch.stack(found, 1)

    @torch.no_grad()
    def outputs(self, features: Tensor) -> Tensor:
        """Returns all heads' outputs for one text (runs, outputs); features (1, inputs)."""
        return self.logits(self.units(features[None]))[:, 0]

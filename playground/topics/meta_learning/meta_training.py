"""The outer loop: all methods and seeds as one stack, on the same batches of tasks. Knows neither sines nor texts, nor a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.topics.meta_learning.joint import joint_gradient
from playground.topics.meta_learning.maml import Inner, Loss, Tasks, adapt, copies, maml_gradient
from playground.topics.meta_learning.network import HEAD, Parameters
from playground.topics.meta_learning.reptile import reptile_gradient

# In the order in which they lie in the stack. The last is never trained.
MAML, FOMAML, ANIL, REPTILE, JOINT, NONE = "maml", "fomaml", "anil", "reptile", "joint", "none"
METHODS = (MAML, FOMAML, ANIL, REPTILE, JOINT, NONE)
TRAINED = METHODS[:-1]
# A run's outer gradient is scaled down to this length: without it a first-order step now and then throws a run far off.
LONGEST = 10.0
# A loss above this, or one that isn't a number, counts as this: the run has diverged.
DIVERGED = 1000.0
# Looks at fresh tasks while training, and tasks seen at each.
LOOKS, SEEN = 16, 16


@dataclass(frozen=True)
class Recipe:
    """How meta-training goes. `rate`: of the inner loop, in training and in use; `outer`: of Adam."""

    steps: int
    inner_steps: int
    reptile_steps: int
    rate: float
    outer: float = 0.015


@dataclass(frozen=True)
class Look:
    """Losses (methods, seeds) on the query sets of fresh training tasks, after the inner loop; `step`: outer steps taken."""

    step: int
    losses: Tensor


class Stack:
    """Every method's network of every seed, (methods × seeds, …) in one tuple of parameters, those of one method together."""

    def __init__(self, start: Parameters, loss: Loss, recipe: Recipe) -> None:
        self.seeds = len(start[0])
        self.parameters: Parameters = tuple(part.repeat(len(METHODS), *[1] * (part.dim() - 1)) for part in start)
        self._loss, self._recipe = loss, recipe
        methods = torch.arange(len(METHODS)).repeat_interleave(self.seeds).view(-1, 1, 1, 1)
        body = recipe.rate * (methods != METHODS.index(ANIL)).float()
        self.rates = (*[body] * (len(start) - HEAD), *[torch.full_like(body, recipe.rate)] * HEAD)
        self._through = (methods != METHODS.index(FOMAML)).float()

    def runs(self, first: str, last: str = "") -> slice:
        """Where the runs of a method are, or of it and those up to `last`."""
        return slice(METHODS.index(first) * self.seeds, (METHODS.index(last or first) + 1) * self.seeds)

    def of(self, method: str) -> Parameters:
        """Returns the parameters of one method (seeds, …)."""
        return tuple(part[self.runs(method)] for part in self.parameters)

    def by_method(self, values: Tensor) -> Tensor:
        """Returns values (methods × seeds, …) as (methods, seeds, …)."""
        return values.view(len(METHODS), self.seeds, *values.shape[1:])

    def train(self, batch: Callable[[int], Tasks], fresh: Tasks, tell: Callable[[], None]) -> Iterator[Look]:
        """Trains all methods; yields a look at `fresh` tasks before the first step, then LOOKS times.

        `batch`: the tasks (seeds, …) of an outer step, the same for all methods. `tell` is called before every step and may raise.
        """
        yield self._look(0, fresh)
        leaves = [part.clone().requires_grad_() for part in self.parameters]
        engine = torch.optim.Adam(leaves, lr=self._recipe.outer)
        every = max(1, self._recipe.steps // LOOKS)
        for step in range(1, self._recipe.steps + 1):
            tell()
            gradients = _shortened(self.gradients(batch(step - 1)))
            for leaf, gradient in zip(leaves, gradients, strict=True):
                leaf.grad = gradient
            engine.step()
            self.parameters = tuple(leaf.detach() for leaf in leaves)
            if step % every == 0 or step == self._recipe.steps:
                yield self._look(step, fresh)
        self.parameters = tuple(part.clone() for part in self.parameters)

    def gradients(self, tasks: Tasks) -> Parameters:
        """Returns every run's outer gradient; `tasks` (seeds, …)."""
        by_gradient = self.runs(MAML, ANIL)
        inner = Inner(self._recipe.inner_steps, self._rates(by_gradient), self._through[by_gradient])
        towards = Inner(self._recipe.reptile_steps, self._rates(self.runs(REPTILE)))
        parts = (
            maml_gradient(self._loss, self._part(by_gradient), tasks.times(3), inner),
            reptile_gradient(self._loss, self.of(REPTILE), tasks, towards),
            joint_gradient(self._loss, self.of(JOINT), tasks),
            tuple(torch.zeros_like(part) for part in self.of(NONE)),
        )
        return tuple(torch.cat(same) for same in zip(*parts, strict=True))

    def _part(self, runs: slice) -> Parameters:
        return tuple(part[runs] for part in self.parameters)

    def _rates(self, runs: slice) -> tuple[Tensor, ...]:
        return tuple(rate[runs] for rate in self.rates)

    def adapted(self, tasks: Tasks, steps: int, rate: float | None = None) -> Iterator[Parameters]:
        """Yields the networks (methods × seeds, tasks, …) before the inner loop on `tasks` (seeds, …) and after each of its steps.

        `rate`: another one than that of the training. ANIL moves its last layer alone, here too.
        """
        scale = 1.0 if rate is None else rate / self._recipe.rate
        inner = Inner(1, tuple(scale * part for part in self.rates))
        own = tasks.times(len(METHODS))
        parameters = copies(self.parameters, tasks.count)
        yield parameters
        for _ in range(steps):
            parameters = adapt(self._loss, parameters, own.support, own.support_wanted, inner)
            yield parameters

    def losses(self, parameters: Parameters, tasks: Tasks) -> Tensor:
        """Returns query losses (methods, seeds, tasks); what isn't a number or is above DIVERGED counts as DIVERGED."""
        own = tasks.times(len(METHODS))
        found = self._loss(parameters, own.query, own.query_wanted)
        return self.by_method(torch.nan_to_num(found, DIVERGED, DIVERGED, DIVERGED).clamp(max=DIVERGED))

    def _look(self, step: int, fresh: Tasks) -> Look:
        *_, last = self.adapted(fresh, self._recipe.inner_steps)
        return Look(step, self.losses(last, fresh).mean(2))


def _shortened(gradients: Parameters) -> Parameters:
    """Scales each run's gradient down to LONGEST where it is longer; one that isn't a number is 0."""
    known = [torch.nan_to_num(part, 0.0, 0.0, 0.0) for part in gradients]
    lengths = torch.stack([part.flatten(1).square().sum(1) for part in known]).sum(0).sqrt()
    scale = (LONGEST / lengths.clamp_min(LONGEST)).view(-1, 1, 1)
    return tuple(part * scale for part in known)

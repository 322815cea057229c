"""MAML, its first-order form and ANIL: the gradient of the query loss after the inner loop, with respect to where it began.

Finn, Abbeel, Levine 2017 (arXiv:1703.03400); Raghu et al. 2019 (arXiv:1909.09157). Knows no network, no task and no optimizer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.func import grad

from playground.topics.meta_learning.network import Parameters

# Losses (runs, tasks) of parameters (runs, tasks, …) on the rows of each task.
Loss = Callable[[Parameters, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Tasks:
    """Tasks of every run: inputs (runs, tasks, rows, …) and what is wanted, of the support set and of the query set."""

    support: Tensor
    support_wanted: Tensor
    query: Tensor
    query_wanted: Tensor

    @property
    def count(self) -> int:
        """Tasks of one run."""
        return self.support.shape[1]

    def times(self, methods: int) -> Tasks:
        """Gives the tasks of every run to as many methods, one method after another along the axis of runs."""
        return Tasks(*(part.repeat(methods, *[1] * (part.dim() - 1)) for part in self.parts))

    def at(self, runs: slice) -> Tasks:
        """Returns the tasks of some runs."""
        return Tasks(*(part[runs] for part in self.parts))

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All four."""
        return self.support, self.support_wanted, self.query, self.query_wanted


@dataclass(frozen=True)
class Inner:
    """The inner loop. `rates`: its learning rate for each parameter, numbers or (runs, 1, 1, 1); 0 keeps a parameter, as ANIL does all
    but the last layer's. `through` (runs, 1, 1, 1): 1 where the outer gradient goes through the inner one (second order), 0 where that
    is taken for a constant (first order); None: 0 for all, which spares the graph."""

    steps: int
    rates: tuple[Tensor | float, ...]
    through: Tensor | None = None


def copies(parameters: Parameters, tasks: int) -> Parameters:
    """Gives every task the same parameters: (runs, …) to (runs, tasks, …)."""
    return tuple(part.unsqueeze(1).expand(-1, tasks, *[-1] * (part.dim() - 1)) for part in parameters)


def adapt(loss: Loss, parameters: Parameters, inputs: Tensor, wanted: Tensor, inner: Inner) -> Parameters:
    """Runs the inner loop on support sets: θ' = θ − α ∇L_support(θ), `steps` times, each task with its own θ (runs, tasks, …)."""
    for _ in range(inner.steps):
        # A constant to the outer gradient where nothing goes through: then no graph of the gradient is kept.
        start = parameters if inner.through is not None else tuple(part.detach() for part in parameters)
        gradients = grad(lambda own: loss(own, inputs, wanted).sum())(start)
        if inner.through is not None:
            gradients = tuple(inner.through * part + (1 - inner.through) * part.detach() for part in gradients)
        parameters = tuple(
            part - rate * gradient for part, rate, gradient in zip(parameters, inner.rates, gradients, strict=True)
        )
    return parameters


def maml_gradient(loss: Loss, parameters: Parameters, tasks: Tasks, inner: Inner) -> Parameters:
    """Returns ∇θ of the mean over tasks of L_query(θ'), θ' = adapt(θ), for every run: like `parameters` (runs, …).

    Through the inner gradient this holds the Hessian of the support loss: with one step (I − α H) ∇L_query(θ').
    """

    def after(start: Parameters) -> Tensor:
        adapted = adapt(loss, copies(start, tasks.count), tasks.support, tasks.support_wanted, inner)
        return loss(adapted, tasks.query, tasks.query_wanted).mean(1).sum()

    found: Parameters = grad(after)(parameters)
    return found


def backward_passes(method: str, steps: int, reptile_steps: int) -> tuple[int, int]:
    """Counts what a step of meta-training takes for each task: backward passes, and products with a Hessian among them.

    A product with the Hessian is a backward pass through an inner one, which had to keep its graph; ANIL's goes through the last layer's.
    """
    if method == "joint":
        return 1, 0
    if method == "reptile":
        return reptile_steps, 0
    second = 0 if method == "fomaml" else steps
    return steps + 1 + second, second

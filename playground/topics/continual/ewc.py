"""Elastic weight consolidation: the diagonal of the Fisher information, and the quadratic penalty that it weighs. Knows no task and no data.

Kirkpatrick et al. 2017 (arXiv:1612.00796): L(θ) = L_new(θ) + λ/2 Σ_tasks Σ_j F_j (θ_j − θ*_j)².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from playground.learning.stack import Stack

Parameters = Mapping[str, Tensor]
# Added to a logit that isn't among the possible answers: its probability becomes 0.
IMPOSSIBLE = -1e9


def fisher(stack: Stack, features: Tensor, allowed: Tensor) -> dict[str, Tensor]:
    """Returns the diagonal Fisher information of each run at its present parameters, in their shapes.

        F_j = 1/N Σ_x Σ_y p(y|x) (∂ log p(y|x) / ∂θ_j)²

    `features` (runs, rows, inputs); `allowed` (runs, outputs): the answers that a row may have. The sum over y goes over the model's own
    distribution, not over labels. A weight's gradient for one row is (input × error), so its square is (input² × error²), and the sum over
    rows is one matrix product: no gradient per row is ever stored. Only for a stack with a hidden layer.
    """
    with torch.no_grad():
        units = stack.units(features)
        probabilities = _probabilities(stack, units, allowed)
        found = _zeros(stack)
        for answer in range(probabilities.shape[-1]):
            weight = probabilities[..., answer : answer + 1]
            error = _one_hot(answer, probabilities) - probabilities  # ∂ log p(answer|x) / ∂ logits
            error_in = (error @ stack.out.transpose(1, 2)) * (units > 0)
            found["out"] += (units**2).transpose(1, 2) @ (weight * error**2)
            found["out_bias"] += (weight * error**2).sum(1, keepdim=True)
            found["hidden"] += (features**2).transpose(1, 2) @ (weight * error_in**2)
            found["hidden_bias"] += (weight * error_in**2).sum(1, keepdim=True)
        return {name: total / features.shape[1] for name, total in found.items()}


def batch_fisher(stack: Stack, features: Tensor, labels: Tensor, allowed: Tensor) -> dict[str, Tensor]:
    """Returns what is often taken for the Fisher information and isn't: the square of the mean gradient, (1/N Σ_x ∂ log p(y|x) / ∂θ_j)².

    At an optimum the mean gradient is near 0, and so is this. `labels` (runs, rows).
    """
    with torch.no_grad():
        rows = features.shape[1]
        units = stack.units(features)
        probabilities = _probabilities(stack, units, allowed)
        error = functional.one_hot(labels, probabilities.shape[-1]) - probabilities
        error_in = (error @ stack.out.transpose(1, 2)) * (units > 0)
        return {
            "hidden": (features.transpose(1, 2) @ error_in / rows) ** 2,
            "hidden_bias": error_in.mean(1, keepdim=True) ** 2,
            "out": (units.transpose(1, 2) @ error / rows) ** 2,
            "out_bias": error.mean(1, keepdim=True) ** 2,
        }


@dataclass(frozen=True)
class Quadratic:
    """½ Σ_j F_j (θ_j − θ*_j)², up to a constant: `importance` F and `centre` θ*, each in the parameters' shapes.

    The sum of the quadratics of several tasks is again one: F adds up, and the centre is the mean of the centres weighted by F. So EWC keeps
    two numbers a parameter, however many tasks there were. (Huszár 2017, arXiv:1712.03847, would centre the sum on the last optimum.)
    """

    importance: Parameters
    centre: Parameters

    def plus(self, other: Quadratic) -> Quadratic:
        """Returns the sum of both."""
        importance = {name: one + other.importance[name] for name, one in self.importance.items()}
        centre = {
            name: torch.where(
                total > 0,
                (self.importance[name] * self.centre[name] + other.importance[name] * other.centre[name])
                / total.clamp_min(1e-30),
                other.centre[name],
            )
            for name, total in importance.items()
        }
        return Quadratic(importance, centre)

    def penalty(self, parameters: Parameters) -> Tensor:
        """Returns ½ Σ_j F_j (θ_j − θ*_j)² of each run (runs,)."""
        parts = [
            (self.importance[name] * (parameters[name] - self.centre[name]) ** 2).flatten(1).sum(1)
            for name in self.importance
        ]
        return torch.stack(parts).sum(0) / 2


def _probabilities(stack: Stack, units: Tensor, allowed: Tensor) -> Tensor:
    logits = units @ stack.out + stack.out_bias
    return torch.softmax(logits.masked_fill(~allowed[:, None, :], IMPOSSIBLE), -1)


def _one_hot(answer: int, like: Tensor) -> Tensor:
    return functional.one_hot(torch.tensor(answer), like.shape[-1]).to(like)


def _zeros(stack: Stack) -> dict[str, Tensor]:
    return {name: torch.zeros_like(parameter) for name, parameter in stack.named_parameters()}

"""Small networks as plain tuples of parameters, any number of them side by side. Knows no method and no data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

# Weights and biases of the three layers in turn: (…, inputs, outputs) and (…, 1, outputs).
Parameters = tuple[Tensor, ...]
# The parameters of the last layer, its weights and its biases.
HEAD = 2


@dataclass(frozen=True)
class Shape:
    """Sizes of a network with two hidden layers of tanh. `reach`: biases of the first layer are drawn within ± this.

    Such biases place the bends of the first layer's units all over an input that isn't scaled to 1, such as x from −5 to 5.
    """

    inputs: int
    width: int
    outputs: int
    reach: float = 0.0
    first: float = 1.0


def initialize(shape: Shape, seeds: Sequence[int]) -> Parameters:
    """Draws a network for each seed, from that seed alone: parameters (seeds, …)."""
    drawn = [_one(shape, torch.Generator().manual_seed(seed)) for seed in seeds]
    return tuple(torch.stack(parts) for parts in zip(*drawn, strict=True))


def _one(shape: Shape, generator: torch.Generator) -> list[Tensor]:
    def weights(inputs: int, outputs: int, gain: float) -> Tensor:
        return torch.randn(inputs, outputs, generator=generator) * gain / math.sqrt(inputs)

    reach = shape.reach * (2 * torch.rand(1, shape.width, generator=generator) - 1)
    return [
        weights(shape.inputs, shape.width, shape.first), reach,
        weights(shape.width, shape.width, 1.4), torch.zeros(1, shape.width),
        weights(shape.width, shape.outputs, 1.0), torch.zeros(1, shape.outputs),
    ]  # fmt: skip


def predict(parameters: Parameters, inputs: Tensor) -> Tensor:
    """Returns outputs (…, rows, outputs) of inputs (…, rows, inputs)."""
    hidden = inputs
    for at in range(0, len(parameters) - HEAD, 2):
        hidden = torch.tanh(hidden @ parameters[at] + parameters[at + 1])
    return hidden @ parameters[-2] + parameters[-1]


def squared_error(parameters: Parameters, inputs: Tensor, wanted: Tensor) -> Tensor:
    """Returns the mean squared error of each network (…) on its own rows; `wanted` (…, rows, outputs)."""
    return (predict(parameters, inputs) - wanted).square().mean((-1, -2))


def cross_entropy(parameters: Parameters, inputs: Tensor, labels: Tensor) -> Tensor:
    """Returns the mean cross-entropy in nats of each network (…) on its own rows; `labels` (…, rows), whole numbers."""
    logits = functional.log_softmax(predict(parameters, inputs), -1)
    return -logits.gather(-1, labels.unsqueeze(-1)).squeeze(-1).mean(-1)

"""A stack of small classifiers: A, B and every seed as one network with a leading axis of runs, trained in the same loop.

The runs share no number: each is, to rounding, what it would be alone. Knows no data, no loss and no topic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Member:
    """One run of a stack. `width`: hidden units, 0 for a linear classifier; `dropout`: share of them dropped in training."""

    seed: int
    width: int = 32
    dropout: float = 0.0


class Stack(nn.Module):
    """Computes logits (runs, rows, outputs) of features (rows, inputs), or (runs, rows, inputs) where each run has its own.

    One hidden layer of rectified units, then a linear layer. Initialized per run as `nn.Linear` is, uniform within
    ± 1/√inputs, and dropout drawn per run, all from the run's own seed. A member narrower than the widest has
    units that are held at 0. Raises ValueError if linear members are mixed with others, or if there is none.
    """

    def __init__(self, members: Sequence[Member], inputs: int, outputs: int) -> None:
        super().__init__()
        if not members or len({member.width == 0 for member in members}) > 1:
            raise ValueError("members, all linear or none of them")
        self.members = tuple(members)
        width = max(member.width for member in members)
        self._drawn = [torch.Generator().manual_seed(member.seed) for member in members]
        if width:
            self.hidden = nn.Parameter(torch.zeros(len(members), inputs, width))
            self.hidden_bias = nn.Parameter(torch.zeros(len(members), 1, width))
        self.out = nn.Parameter(torch.zeros(len(members), width or inputs, outputs))
        self.out_bias = nn.Parameter(torch.zeros(len(members), 1, outputs))
        self._open = torch.zeros(len(members), 1, width)
        for run, (member, generator) in enumerate(zip(members, self._drawn, strict=True)):
            units = member.width
            if units:
                self._open[run, :, :units] = 1
                _fill(self.hidden.data[run, :, :units], inputs, generator)
                _fill(self.hidden_bias.data[run, :, :units], inputs, generator)
            _fill(self.out.data[run, : units or inputs], units or inputs, generator)
            _fill(self.out_bias.data[run], units or inputs, generator)

    @property
    def linear(self) -> bool:
        """Whether there is no hidden layer."""
        return not self._open.shape[-1]

    def units(self, features: Tensor) -> Tensor:
        """Returns the hidden units (runs, rows, width) after rectification and dropout; the features where there are none."""
        if self.linear:
            return features if features.dim() == 3 else features.expand(len(self.members), *features.shape)
        hidden = torch.relu(features @ self.hidden + self.hidden_bias) * self._open
        if self.training and any(member.dropout for member in self.members):
            hidden = hidden * self._kept(hidden.shape[1])
        return hidden

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.units(features) @ self.out + self.out_bias
        return logits

    def _kept(self, rows: int) -> Tensor:
        """What training multiplies units by (runs, rows, width): 0 where dropped, else 1 / (1 − dropout)."""
        kept = torch.ones(len(self.members), rows, self._open.shape[-1])
        for run, (member, generator) in enumerate(zip(self.members, self._drawn, strict=True)):
            if member.dropout:
                drawn = torch.rand(rows, member.width, generator=generator)
                kept[run, :, : member.width] = (drawn >= member.dropout) / (1 - member.dropout)
        return kept

    def norms(self) -> Tensor:
        """Returns the Euclidean norm of each run's weights, biases included (runs,)."""
        squares = [parameter.detach().flatten(1).square().sum(1) for parameter in self.parameters()]
        return torch.stack(squares).sum(0).sqrt()

    def state(self) -> dict[str, Tensor]:
        """Returns a copy of all parameters."""
        return {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes parameters over from a copy, as of the best step."""
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                parameter.copy_(state[name])


def _fill(part: Tensor, inputs: int, generator: torch.Generator) -> None:
    bound = 1 / math.sqrt(inputs)
    part.copy_(torch.rand(part.shape, generator=generator) * 2 * bound - bound)


class Best:
    """Keeps, for each run, the parameters at its lowest validation loss so far, as early stopping does."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.state = stack.state()
        self.loss = torch.full((len(stack.members),), math.inf)
        self.step = torch.zeros(len(stack.members), dtype=torch.long)

    def see(self, step: int, losses: Tensor) -> Tensor:
        """Takes validation losses (runs,) after `step`; returns for which runs they are the lowest so far (runs,)."""
        better = losses < self.loss
        now = self._stack.state()
        for name, kept in self.state.items():
            kept[better] = now[name][better]
        self.loss = torch.where(better, losses.detach(), self.loss)
        self.step = torch.where(better, step, self.step)
        return better

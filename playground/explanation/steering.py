"""Steers a model by a direction in its residual stream: the difference of the means of two sets of sentences.

Activation addition (Turner et al. 2023; Rimsky et al. 2023), and what it costs elsewhere. Knows no panel.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.models.editing import EditableModel, Place
from playground.models.output_head import log_probabilities


@dataclass(frozen=True)
class Direction:
    """A direction (hidden,) after a layer (from 0), float32. `typical`: the mean norm of the sentences' states there, the start token's left out."""

    layer: int
    vector: Tensor
    typical: float

    @property
    def norm(self) -> float:
        return float(self.vector.norm())


def difference_of_means(
    model: EditableModel, towards: Sequence[Sequence[int]], away: Sequence[Sequence[int]], layer: int
) -> Direction:
    """Returns mean(towards) − mean(away) of the residual stream after `layer`: each sentence's mean over its tokens without the start
    token, whose state has a norm many times that of the others, then the mean over sentences."""
    sides, norms = [], []
    for sentences in (towards, away):
        states = [
            model.record(torch.tensor([list(ids)]), [Place("residual", layer)])[0][Place("residual", layer)][
                0, 1:
            ].float()
            for ids in sentences
        ]
        sides.append(torch.stack([state.mean(0) for state in states]).mean(0))
        norms += [state.norm(dim=-1).mean() for state in states]
    return Direction(layer, (sides[0] - sides[1]).cpu(), float(torch.stack(norms).mean()))


def steering(direction: Direction, strength: float | Sequence[float]) -> Mapping[Place, functools.partial[Tensor]]:
    """Returns the edit that adds strength × direction to the residual stream at every position; a strength for each row, or one."""
    strengths = torch.tensor(strength, dtype=torch.float32).reshape(-1, 1, 1)
    return {Place("residual", direction.layer): functools.partial(_added, strengths * direction.vector)}


def losses(
    model: EditableModel, sequences: Sequence[Sequence[int]], direction: Direction, strength: float
) -> list[float]:
    """Returns the mean loss (nats a token) of each sequence while steered; the start token has none."""
    longest = max(map(len, sequences))
    # Padded on the right, where causal attention never looks.
    ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    for row, one in enumerate(sequences):
        ids[row, : len(one)] = torch.tensor(list(one))
    with model.editing(steering(direction, strength)):
        states, _ = model.lm.extend(ids)
    real = torch.arange(1, longest)[None] < torch.tensor([len(one) for one in sequences])[:, None]
    found = log_probabilities(model.lm, states[:, :-1][real], ids[:, 1:][real].tolist())
    return [-float(part.double().mean()) for part in found.split(real.sum(1).tolist())]


def _added(vectors: Tensor, value: Tensor) -> Tensor:
    return value + vectors.to(value)

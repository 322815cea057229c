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
from playground.models.language_model import by_length
from playground.models.output_head import log_probabilities

# Tokens of a batch, padding included: short sentences and long texts go apart.
AT_ONCE = 192


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
        place = Place("residual", layer)
        recorded = model.record(_padded(sentences), [place])[0][place]
        states = [row[1 : len(ids)].float() for row, ids in zip(recorded, sentences, strict=True)]
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
    states: list[Tensor] = [torch.empty(0)] * len(sequences)
    for batch in by_length(sequences, AT_ONCE):
        with model.editing(steering(direction, strength)):
            read, _ = model.lm.extend(_padded([sequences[index] for index in batch]))
        for row, index in enumerate(batch):
            states[index] = read[row, : len(sequences[index]) - 1]
    # One product for all sequences: each reads the whole output head.
    found = log_probabilities(model.lm, torch.cat(states), [token for one in sequences for token in one[1:]])
    return [-float(part.double().mean()) for part in found.split([len(one) - 1 for one in sequences])]


def _padded(sequences: Sequence[Sequence[int]]) -> Tensor:
    """Returns ids (sequences, longest), padded on the right, where causal attention never looks."""
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(list(one)) for one in sequences], batch_first=True)


def _added(vectors: Tensor, value: Tensor) -> Tensor:
    return value + vectors.to(value)

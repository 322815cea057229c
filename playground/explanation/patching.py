"""Computes activation patching: which inner value, carried from one text's run into another's, carries the answer along.

Also called causal tracing or interchange intervention (Meng et al. 2022, Zhang and Nanda 2023). Knows no panel.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.models.editing import EditableModel, Kind, Place
from playground.models.output_head import head_logits, token_logits

# denoise: a value of the clean run goes into the corrupted run (is it sufficient?); noise: the other way (is it necessary?).
Direction = Literal["denoise", "noise"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """Two token sequences of equal length that differ, and the next token that belongs to each."""

    clean: tuple[int, ...]
    corrupted: tuple[int, ...]
    answer: int
    wrong: int

    @property
    def first(self) -> int:
        """Returns the first position where they differ: before it both runs have equal values, so patching changes nothing."""
        return next(
            place for place, pair in enumerate(zip(self.clean, self.corrupted, strict=True)) if pair[0] != pair[1]
        )

    def ends(self, direction: Direction) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Returns the sequence that values are taken from, and the one that they are put into."""
        return (self.clean, self.corrupted) if direction == "denoise" else (self.corrupted, self.clean)


@dataclass(frozen=True)
class Grid:
    """Differences of logits, answer − wrong: of both runs, and after patching each layer (rows) at each position (columns)."""

    clean: float
    corrupted: float
    patched: Floats

    @property
    def normalized(self) -> Floats:
        """Returns the grid on the scale where the corrupted run is 0 and the clean run 1. NaN where both differences are equal."""
        span = self.clean - self.corrupted
        return (self.patched - self.corrupted) / span if span else np.full_like(self.patched, np.nan)


def differences(model: EditableModel, contrast: Contrast) -> tuple[float, float]:
    """Returns the differences of logits of the clean and the corrupted run."""
    states, _ = model.lm.extend(torch.tensor([contrast.clean, contrast.corrupted]))
    clean, corrupted = _difference(model, states[:, -1], contrast).tolist()
    return clean, corrupted


def patch_grid(model: EditableModel, contrast: Contrast, kind: Kind, direction: Direction) -> Iterator[Grid]:
    """Yields the grid after each position, from the last one back; what isn't computed yet has the value of the run it is put into.

    All layers of a position are one batch, a layer in each row. Tokens before the position are unchanged, so their keys and values are
    computed once and shared by all rows: exact for a causal model.
    """
    lm = model.lm
    source, target = contrast.ends(direction)
    kept, _ = model.record(torch.tensor([source]), [Place(kind, layer) for layer in range(lm.layers)])
    clean, corrupted = differences(model, contrast)
    patched = np.full((lm.layers, len(target)), corrupted if direction == "denoise" else clean)
    for position in range(len(target) - 1, contrast.first - 1, -1):
        cache = None
        if position:
            _, cache = lm.extend(torch.tensor([target[:position]]))
            cache.batch_repeat_interleave(lm.layers)
        edits = {place: functools.partial(_put, place.layer, 0, value[0, position]) for place, value in kept.items()}
        with model.editing(edits):
            states, _ = lm.extend(torch.tensor([target[position:]] * lm.layers), cache)
        patched[:, position] = _difference(model, states[:, -1], contrast).double().cpu().numpy()
        yield Grid(clean, corrupted, copy.copy(patched))


def patch_layers(model: EditableModel, contrast: Contrast, direction: Direction) -> tuple[Floats, Floats]:
    """Returns differences of logits (layers,) after patching the whole residual stream of one layer, all positions: each must be that
    of the run that the values come from; and without any patch in the same batch: each must be that of the other run."""
    lm = model.lm
    source, target = contrast.ends(direction)
    kept, _ = model.record(torch.tensor([source]), [Place("residual", layer) for layer in range(lm.layers)])
    rows = torch.tensor([target] * lm.layers)
    edits = {place: functools.partial(_put, place.layer, slice(None), value[0]) for place, value in kept.items()}
    with model.editing(edits):
        states, _ = lm.extend(rows)
    untouched, _ = lm.extend(rows)
    all_, none = (_difference(model, found[:, -1], contrast).double().cpu().numpy() for found in (states, untouched))
    return all_, none


def patch_one(model: EditableModel, contrast: Contrast, direction: Direction, place: Place, position: int) -> Tensor:
    """Returns logits (3, vocabulary), float32, of the next token: of the clean run, the corrupted run, and after patching one place."""
    source, target = contrast.ends(direction)
    kept, _ = model.record(torch.tensor([source]), [place])
    rows = torch.tensor([contrast.clean, contrast.corrupted, target])
    with model.editing({place: functools.partial(_put, 2, position, kept[place][0, position])}):
        states, _ = model.lm.extend(rows)
    return head_logits(model.lm, states[:, -1]).cpu()


def _put(row: int, position: int | slice, new: Tensor, value: Tensor) -> Tensor:
    changed = value.clone()
    changed[row, position] = new
    return changed


def _difference(model: EditableModel, states: Tensor, contrast: Contrast) -> Tensor:
    logits = token_logits(model.lm, states, (contrast.answer, contrast.wrong), precise=True)
    return logits[:, 0] - logits[:, 1]

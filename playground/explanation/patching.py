"""Computes activation patching: which inner value, carried from one text's run into another's, carries the answer along.

Also called causal tracing or interchange intervention (Meng et al. 2022, Zhang and Nanda 2023). Knows no panel.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.models.editing import EditableModel, Kind, Place
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits, token_logits

# denoise: a value of the clean run goes into the corrupted run (is it sufficient?); noise: the other way (is it necessary?).
Direction = Literal["denoise", "noise"]
_KINDS: tuple[Kind, ...] = ("residual", "attention", "mlp", "heads")
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

    def rows(self, direction: Direction) -> tuple[int, int]:
        """Returns which of the clean (0) and the corrupted run (1) values are taken from, and which they are put into."""
        return (0, 1) if direction == "denoise" else (1, 0)

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


@dataclass(frozen=True)
class Runs:
    """The clean and the corrupted run as they are, in this order: `values` (2, length, size) at every place, `states` (2, length, hidden)
    after the final norm, `logits` (2, vocabulary), float32, of the next token, and the `cache`."""

    values: Mapping[Place, Tensor]
    states: Tensor
    logits: Tensor
    cache: Any

    def differences(self, contrast: Contrast) -> tuple[float, float]:
        """Returns the differences of logits of the clean and the corrupted run."""
        clean, corrupted = (self.logits[:, contrast.answer] - self.logits[:, contrast.wrong]).tolist()
        return clean, corrupted


def run_both(model: EditableModel, clean: Sequence[int], corrupted: Sequence[int]) -> Runs:
    """Runs two sequences of equal length once: what is said of them everywhere comes from this pass."""
    places = [Place("embedding", 0), *(Place(kind, layer) for kind in _KINDS for layer in range(model.lm.layers))]
    with model.recording(places) as values:
        states, cache = model.lm.extend(torch.tensor([list(clean), list(corrupted)]))
    return Runs(values, states, head_logits(model.lm, states[:, -1], precise=True).cpu(), cache)


def patch_grid(
    model: EditableModel, contrast: Contrast, runs: Runs, kind: Kind, direction: Direction
) -> Iterator[Grid]:
    """Yields the grid after each position, from the last one back; what isn't computed yet has the value of the run it is put into.

    All layers of a position are one batch, a layer in each row. Tokens before the position are unchanged, so their keys and values are
    those of the run itself, shared by all rows: exact for a causal model.
    """
    lm, layers = model.lm, range(model.lm.layers)
    source, target = contrast.rows(direction)
    clean, corrupted = runs.differences(contrast)
    ids = contrast.ends(direction)[1]
    patched = np.full((lm.layers, len(ids)), corrupted if direction == "denoise" else clean)
    for position in range(len(ids) - 1, contrast.first - 1, -1):
        edits = {
            Place(kind, layer): functools.partial(_put, layer, 0, runs.values[Place(kind, layer)][source, position])
            for layer in layers
        }
        cache = _before(lm, runs, ids, target, position, len(layers))
        with model.editing(edits):
            states, _ = lm.extend(torch.tensor([ids[position:]] * len(layers)), cache)
        patched[:, position] = _difference(model, states[:, -1], contrast).double().cpu().numpy()
        yield Grid(clean, corrupted, copy.copy(patched))


def patch_layers(model: EditableModel, contrast: Contrast, runs: Runs, direction: Direction) -> tuple[Floats, float]:
    """Returns differences of logits (layers,) after patching the whole residual stream of one layer, all positions: each must be that
    of the run that the values come from; and without any patch in the same batch: that of the other run.

    Positions before the first difference have equal values in both runs, so they are the run's own.
    """
    lm, layers, first = model.lm, range(model.lm.layers), contrast.first
    source, target = contrast.rows(direction)
    ids = contrast.ends(direction)[1]
    edits = {
        Place("residual", layer): functools.partial(
            _put, layer, slice(None), runs.values[Place("residual", layer)][source, first:]
        )
        for layer in layers
    }
    cache = _before(lm, runs, ids, target, first, len(layers) + 1)
    with model.editing(edits):
        states, _ = lm.extend(torch.tensor([ids[first:]] * (len(layers) + 1)), cache)
    found = _difference(model, states[:, -1], contrast).double().cpu().numpy()
    return found[:-1], float(found[-1])


def patch_one(
    model: EditableModel, contrast: Contrast, runs: Runs, direction: Direction, place: Place, position: int
) -> Tensor:
    """Returns logits (vocabulary,), float32, of the next token after patching one place."""
    source, _ = contrast.rows(direction)
    with model.editing({place: functools.partial(_put, 0, position, runs.values[place][source, position])}):
        states, _ = model.lm.extend(torch.tensor([contrast.ends(direction)[1]]))
    return head_logits(model.lm, states[0, -1], precise=True).cpu()


def _before(lm: LanguageModel, runs: Runs, ids: Sequence[int], row: int, position: int, rows: int) -> Any:
    """Returns the cache of one run's tokens before a position, in so many rows; None before the first one."""
    if not position:
        return None
    # A sliding window that is full has let go of what a shorter text would still have.
    if len(ids) >= (getattr(lm.config, "sliding_window", None) or len(ids) + 1):
        _, cache = lm.extend(torch.tensor([ids[:position]]))
    else:
        cache = copy.deepcopy(runs.cache)
        cache.batch_select_indices(torch.tensor([row], device=lm.device))
        cache.crop(position - len(ids))
    cache.batch_repeat_interleave(rows)
    return cache


def _put(row: int, position: int | slice, new: Tensor, value: Tensor) -> Tensor:
    changed = value.clone()
    changed[row, position] = new
    return changed


def _difference(model: EditableModel, states: Tensor, contrast: Contrast) -> Tensor:
    logits = token_logits(model.lm, states, (contrast.answer, contrast.wrong), precise=True)
    return logits[:, 0] - logits[:, 1]

"""Measures the activations of MLP neurons on calibration texts: a small bilingual set of its own, and one that is given.

Knows nothing of pruning.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from playground.models import structure
from playground.models.language_model import LanguageModel, by_length

# Twelve passages in each language, of different kinds; written for this project and used for nothing else.
FILE = Path(__file__).with_name("calibration.txt")
# Tokens of a given text that are measured.
MOST_TOKENS = 512
# Padded tokens of one forward pass.
_AT_ONCE = 1024


@dataclass(frozen=True)
class Activations:
    """Sums of squares (neurons,), float64 on the CPU, of an MLP's activations over `tokens` tokens."""

    tokens: int
    squares: Tensor

    @property
    def norms(self) -> Tensor:
        """L2 norm over the tokens (neurons,)."""
        return self.squares.sqrt()


# What is measured, by the name of the MLP's outgoing projection, whose inputs the activations are.
ByMlp = dict[str, Activations]
_MEASURED: weakref.WeakKeyDictionary[nn.Module, ByMlp] = weakref.WeakKeyDictionary()
# The newest text besides, and what is measured of both: one run asks several times.
_NEWEST: weakref.WeakKeyDictionary[nn.Module, tuple[str, ByMlp]] = weakref.WeakKeyDictionary()


@functools.cache
def passages() -> tuple[str, ...]:
    """Returns the calibration set."""
    return tuple(FILE.read_text(encoding="utf-8").strip().split("\n\n"))


def calibrate(lm: LanguageModel, text: str = "") -> ByMlp:
    """Returns the activations on the calibration set, measured once for each model, and on the start of `text` unless it is blank."""
    found = _MEASURED.get(lm.module)
    if found is None:
        found = _MEASURED[lm.module] = measure(lm, [lm.encode(passage)[: lm.context] for passage in passages()])
    if not text.strip():
        return found
    newest = _NEWEST.get(lm.module)
    if newest is None or newest[0] != text:
        own = measure(lm, [lm.encode(text)[: min(MOST_TOKENS, lm.context)]])
        newest = _NEWEST[lm.module] = text, merged(found, own)
    return newest[1]


def measure(lm: LanguageModel, sequences: Sequence[Sequence[int]]) -> ByMlp:
    """Returns the activations on token ids, by few forward passes. Raises PlaygroundError as `structure.mlps` does."""
    squares: dict[str, Tensor] = {}
    real = torch.empty(0, dtype=torch.bool)

    def note(name: str, layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        rows = inputs[0].flatten(0, -2).cpu()[real.flatten()].double()
        squares[name] = squares.get(name, 0.0) + rows.square().sum(0)

    # Hooks are set on a copy: the model's modules are shared with other runs.
    listening = structure.share(lm.module)
    for block in structure.mlps(listening):
        listening.get_submodule(block.outgoing).register_forward_pre_hook(functools.partial(note, block.outgoing))
    heard = replace(lm, module=listening)
    for batch in by_length(sequences, _AT_ONCE):
        lengths = torch.tensor([len(sequences[index]) for index in batch])
        # Padded on the right, where causal attention never looks; the padding itself isn't counted.
        ids = torch.zeros(len(batch), int(lengths.max()), dtype=torch.long)
        for row, index in enumerate(batch):
            ids[row, : len(sequences[index])] = torch.tensor(list(sequences[index]), dtype=torch.long)
        real = torch.arange(ids.shape[1]) < lengths[:, None]
        heard.forward(ids, use_cache=False, logits_to_keep=1)
    tokens = sum(map(len, sequences))
    # Copies, because tensors made in inference mode can't be used in a backward pass.
    return {name: Activations(tokens, total.clone()) for name, total in squares.items()}


def merged(one: Mapping[str, Activations], other: Mapping[str, Activations]) -> ByMlp:
    """Returns the activations over the tokens of both."""
    return {
        name: Activations(first.tokens + other[name].tokens, first.squares + other[name].squares)
        for name, first in one.items()
    }

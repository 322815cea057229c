"""Names layers and positions in the panels."""

from __future__ import annotations

from playground.lab.text import Label, Text
from playground.language.units import pieces
from playground.models.language_model import LanguageModel


def layer_names(lm: LanguageModel) -> tuple[Label, ...]:
    """Names the layers from 1."""
    return tuple(Text(zh=f"第 {layer} 层", en=f"layer {layer}") for layer in range(1, lm.layers + 1))


def tokens(lm: LanguageModel, ids: tuple[int, ...]) -> list[str]:
    """Returns what is read at each position; the rest of a split character is a dot."""
    return [piece.strip(" ") or ("␣" if piece else "·") for piece in pieces(lm, ids)]

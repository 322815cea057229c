"""One matrix's weights on the grid of a scheme: the counts of a histogram and the values that a weight may take.

Knows nothing of panels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from playground.compression.quantize import Quantized, Scheme, levels, quantize
from playground.models import structure
from playground.models.language_model import LanguageModel

BINS = 120


@dataclass(frozen=True)
class MatrixOnGrid:
    """A histogram of the weights of layer `layer` (from 1): `counts` (120) between `edges` (121). `levels`: the grid's values.

    `in_steps`: each weight is divided by the step of its group and shifted by its zero point, so that levels are codes; else
    weights and levels are in the weights' own unit.
    """

    layer: int
    in_steps: bool
    counts: tuple[int, ...]
    edges: tuple[float, ...]
    levels: tuple[float, ...]


def matrix_on_grid(lm: LanguageModel, scheme: Scheme, layer: int, matrix: str) -> MatrixOnGrid:
    """The weights of one matrix: "first" (query or its like), "up" or "down" (into and out of the MLP).

    `layer` beyond the last one is the last. With one scale for the tensor weights keep their unit, else they are in steps.
    """
    layer = min(layer, lm.layers)
    of_layer = list(structure.projections(lm.module).values())
    size = len(of_layer) // lm.layers
    place = {"first": 0, "up": size - 2, "down": size - 1}[matrix]
    weight = structure.weight_of(of_layer[(layer - 1) * size + place])
    rounded = quantize(weight, scheme)
    one_scale = scheme.granularity == "tensor"
    values = weight.float() if one_scale else in_steps(weight, rounded)
    grid = levels(rounded, scheme) if one_scale else range(scheme.lowest, scheme.highest + 1)
    counts, edges = np.histogram(values.flatten().cpu().numpy(), bins=BINS)
    return MatrixOnGrid(
        layer,
        not one_scale,
        tuple(int(count) for count in counts),
        tuple(float(edge) for edge in edges),
        tuple(float(level) for level in grid),
    )


def in_steps(weight: torch.Tensor, rounded: Quantized) -> torch.Tensor:
    """Returns the (rows, columns) codes that the weights would have before they are rounded."""
    columns = weight.shape[1]
    scale = rounded.scale.repeat_interleave(rounded.width, 1)[:, :columns]
    zero = rounded.zero.repeat_interleave(rounded.width, 1)[:, :columns]
    return weight.float() / scale + zero

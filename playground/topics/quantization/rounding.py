"""A private copy of the model with rounded weights and activations.

Knows nothing of panels.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from playground.compression.quantize import (
    Scheme,
    fake_quantize,
    fake_quantize_activations,
    signal_to_noise,
)
from playground.models import structure
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Rounded:
    """`lm`: the rounded model. `noise`: SNR in dB of each matrix by name, None where rounding changed nothing."""

    lm: LanguageModel
    noise: dict[str, float | None]
    bits_per_weight: float


def round_model(
    lm: LanguageModel,
    scheme: Scheme,
    *,
    head: bool = False,
    activations: str = "none",
    activation_bits: int = 8,
    checkpoint: Callable[[], None] = lambda: None,
    measure_noise: bool = False,
) -> Rounded:
    """The model with every matrix of its layers (and the head's) rounded, in a copy that shares all else.

    The base's tensors are left as they are: each rounded matrix is a new one. `checkpoint` is called before each matrix.
    """
    module = structure.share(lm.module)
    layers = structure.projections(module)
    if head:
        layers |= {structure.head_name(module): module.get_output_embeddings()}
    noise: dict[str, float | None] = {}
    bits = weights = 0.0
    for name, layer in layers.items():
        checkpoint()
        weight = structure.weight_of(layer)
        rounded = fake_quantize(weight, scheme)
        if measure_noise:
            decibels = signal_to_noise(weight, rounded)
            noise[name] = decibels if math.isfinite(decibels) else None
        bits += 8 * scheme.bytes_for(*weight.shape)
        weights += weight.numel()
        structure.set_weight(layer, rounded)
        if activations != "none":
            layer.register_forward_pre_hook(
                functools.partial(_round_input, bits=activation_bits, per_token=activations == "token")
            )
    return Rounded(dataclasses.replace(lm, module=module, recorder=module), noise, bits / weights)


def _round_input(layer: nn.Module, inputs: tuple[Tensor, ...], bits: int, per_token: bool) -> tuple[Tensor, ...]:
    return (fake_quantize_activations(inputs[0], bits, symmetric=False, per_token=per_token), *inputs[1:])

"""Counts the parameters of the layers' matrices three ways: stored, non-zero, effective. Knows nothing of panels."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from playground.compression import prune
from playground.compression.quantize import Scheme, fake_quantize
from playground.lab.variant import Variant
from playground.models import kernels, structure
from playground.models.language_model import LanguageModel
from playground.models.variants import simulated_scheme

SCHEMES = {"int8": kernels.INT8, "int4": kernels.INT4}


@dataclass(frozen=True)
class Count:
    """`stored`: numbers that have a place in memory. `nonzero`: those whose value isn't 0. `effective`: the bytes that the matrices
    would need in the cheapest lossless form (dense, or a bitmap with the non-zero values), in weights of the baseline's number
    type. By formula: no such format is built here."""

    stored: int
    nonzero: int
    effective: float

    @property
    def zeros(self) -> float:
        """Share (0 to 1) of the stored parameters that are 0."""
        return 1 - self.nonzero / self.stored


def scheme_of(variant: Variant) -> Scheme | None:
    """The rounding scheme of a variant; None for floats."""
    return simulated_scheme(variant.bits) if variant.quantization == "simulated" else SCHEMES.get(variant.quantization)


def count(floats: LanguageModel, scheme: Scheme | None) -> Count:
    """Counts the layers' matrices of a (pruned) model in floats, as if rounded by `scheme`.

    A bitmap costs one bit a weight; so does 2:4's own index, two bits for each of two kept in four.
    """
    stored = nonzero = 0
    bits = 0.0
    for layer in structure.projections(floats.module).values():
        weight = structure.weight_of(layer)
        total, kept = weight.numel(), nonzeros(weight, scheme)
        stored, nonzero = stored + total, nonzero + kept
        bits_each = scheme.bits if scheme else 8 * weight.element_size()
        dense = 8 * scheme.bytes_for(*weight.shape) if scheme else total * bits_each
        bits += min(dense, dense - (total - kept) * bits_each + total)
    return Count(stored, nonzero, bits / (8 * weight.element_size()))


def nonzeros(weight: Tensor, scheme: Scheme | None) -> int:
    """Counts the weights that aren't 0 after rounding, which may round small ones to 0."""
    return prune.nonzeros(fake_quantize(weight, scheme) if scheme else weight)

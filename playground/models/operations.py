"""Counts a forward pass's parameters, operations and bytes read, from shapes. Doesn't measure time.

Matrix products and attention are counted as in Kaplan et al. 2020 (arXiv:2001.08361): about two operations per weight and
token. Norms, activations and the softmax are ignored: a few per mille here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from playground.compression.prune import nonzeros
from playground.models import kernels, structure
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Parameters:
    """Number of weights, tied tensors counted once, and of those that aren't 0."""

    stored: int
    nonzero: int


@dataclass(frozen=True)
class Matrix:
    """A matrix of (outputs, inputs) and its bytes in memory."""

    outputs: int
    inputs: int
    held_bytes: int
    head: bool


@dataclass(frozen=True)
class Work:
    """Operations of one forward pass, and the bytes it must read with cold caches."""

    operations: float
    bytes_read: float

    @property
    def intensity(self) -> float:
        """Returns the arithmetic intensity: operations per byte."""
        return self.operations / self.bytes_read


def parameters(module: nn.Module, seen: dict[int, int] | None = None) -> Parameters:
    """Counts a module's parameters. `seen`: nonzero counts of tensors from earlier calls, by id, so that tensors shared by
    several models are scanned once; updated by this call."""
    seen = {} if seen is None else seen
    stored = nonzero = 0
    for tensor in module.parameters():
        if id(tensor) not in seen:
            seen[id(tensor)] = nonzeros(tensor)
        stored, nonzero = stored + tensor.numel(), nonzero + seen[id(tensor)]
    for layer in module.modules():
        if isinstance(layer, kernels.PackedLinear):
            stored, nonzero = stored + layer.out_features * layer.in_features, nonzero + layer.nonzero
            if isinstance(layer.bias, Tensor):
                stored, nonzero = stored + layer.bias.numel(), nonzero + int(layer.bias.count_nonzero())
    return Parameters(stored, nonzero)


def matrices(module: nn.Module) -> Iterator[Matrix]:
    """Yields the layers' matrices in order, then the output head's."""
    head = module.get_output_embeddings()
    packed = [layer for layer in module.modules() if isinstance(layer, kernels.PackedLinear) and layer is not head]
    for layer in [*(packed or structure.projections(module).values()), head]:
        if isinstance(layer, kernels.PackedLinear):
            outputs, inputs = layer.out_features, layer.in_features
        else:
            outputs, inputs = structure.weight_of(layer).shape
        yield Matrix(outputs, inputs, structure.own_bytes(layer), layer is head)


def work(lm: LanguageModel, tokens: int, context: int = 0) -> Work:
    """Counts the work of `tokens` new tokens after `context` cached ones, with logits for the last only.

    Bytes: every matrix once, the context's keys and values, one embedding row per token. Local layers attend within their
    window. Zero weights count like any others.
    """
    operations = bytes_read = 0.0
    for matrix in matrices(lm.module):
        operations += 2.0 * matrix.outputs * matrix.inputs * (1 if matrix.head else tokens)
        bytes_read += matrix.held_bytes
    width = int(getattr(lm.config, "head_dim", None) or lm.hidden_size // lm.heads)
    size = next(lm.module.parameters()).element_size()
    bytes_read += tokens * lm.hidden_size * size
    full, window = set(lm.full_layers), getattr(lm.config, "sliding_window", None)
    for layer in range(lm.layers):
        most = lm.context if layer in full or not window else int(window)
        pairs = sum(min(context + place, most) for place in range(1, tokens + 1))
        # Query times key, then attention weight times value.
        operations += 4.0 * lm.heads * width * pairs
        bytes_read += 2.0 * lm.key_value_heads * width * size * min(context, most)
    return Work(operations, bytes_read)

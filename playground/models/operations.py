"""What a forward pass must do: parameters, operations, bytes to read. Counted from shapes; knows no clock.

Counted are the matrix products and attention, as in Kaplan et al. 2020 (arXiv:2001.08361): about two operations a weight and
token. Norms, activations and the softmax are left out: a few per mille here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from playground.models import kernels, structure
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Parameters:
    """Numbers that the weights stand for, a tensor that is shared counted once; and those that aren't 0."""

    stored: int
    nonzero: int


@dataclass(frozen=True)
class Matrix:
    """A matrix of (outputs, inputs), and the bytes that it lies in."""

    outputs: int
    inputs: int
    held_bytes: int
    head: bool


@dataclass(frozen=True)
class Work:
    """One forward pass: operations, and bytes that it can't but read if the caches hold nothing."""

    operations: float
    bytes_read: float

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.operations / self.bytes_read


def parameters(module: nn.Module, seen: dict[int, int] | None = None) -> Parameters:
    """The parameters of a module. `seen`: what earlier calls counted in tensors that live on, by their ids, so that those
    that several models share are looked through once; this call's are added."""
    seen = {} if seen is None else seen
    stored = nonzero = 0
    for tensor in module.parameters():
        if id(tensor) not in seen:
            seen[id(tensor)] = int(tensor.count_nonzero())
        stored, nonzero = stored + tensor.numel(), nonzero + seen[id(tensor)]
    for layer in module.modules():
        if isinstance(layer, kernels.PackedLinear):
            stored, nonzero = stored + layer.out_features * layer.in_features, nonzero + layer.nonzero
            if isinstance(layer.bias, Tensor):
                stored, nonzero = stored + layer.bias.numel(), nonzero + int(layer.bias.count_nonzero())
    return Parameters(stored, nonzero)


def matrices(module: nn.Module) -> Iterator[Matrix]:
    """The layers' matrices in order, then the output head's."""
    head = module.get_output_embeddings()
    packed = [layer for layer in module.modules() if isinstance(layer, kernels.PackedLinear) and layer is not head]
    for layer in [*(packed or structure.projections(module).values()), head]:
        if isinstance(layer, kernels.PackedLinear):
            outputs, inputs = layer.out_features, layer.in_features
        else:
            outputs, inputs = structure.weight_of(layer).shape
        yield Matrix(outputs, inputs, structure.own_bytes(layer), layer is head)


def work(lm: LanguageModel, tokens: int, context: int = 0) -> Work:
    """Reading `tokens` tokens after `context` cached ones, with logits after the last alone.

    Bytes: every matrix once, the keys and values of the context, a row of the embedding for each token. A window bounds what
    a local layer attends to. Zeros are multiplied like any other number.
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
        # Query times key, then weight times value.
        operations += 4.0 * lm.heads * width * pairs
        bytes_read += 2.0 * lm.key_value_heads * width * size * min(context, most)
    return Work(operations, bytes_read)

"""Stores int8 layers of the same input contiguously, so that one matrix product computes all of them.

Each remains a separate layer, whose weights are a view of the shared tensor: nothing is copied.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from playground.models.kernels import Int8Linear


def lay_together(layers: Sequence[nn.Module]) -> None:
    """Moves the weights of int8 layers into one tensor, in order. Does nothing unless all are int8 layers of one input width."""
    found = _alike(layers)
    if not found:
        return
    sizes = [layer.out_features for layer in found]
    codes = torch.cat([layer.codes for layer in found]).split(sizes)
    scales = torch.cat([layer.scale for layer in found]).split(sizes)
    for layer, own_codes, own_scale in zip(found, codes, scales, strict=True):
        layer.codes, layer.scale = own_codes, own_scale


def at_once(layers: Sequence[nn.Module]) -> Callable[[Tensor], Sequence[Tensor]]:
    """Returns a function of inputs (…, in) to each layer's outputs (…, out): one product if they are contiguous, else one each."""
    found = _alike(layers)
    if not found or not _adjacent([layer.codes for layer in found]) or not _adjacent([layer.scale for layer in found]):
        return lambda x: [layer(x) for layer in layers]
    sizes = [layer.out_features for layer in found]
    whole = _joined(found)
    return lambda x: whole(x).split(sizes, -1)


def _alike(layers: Sequence[nn.Module]) -> list[Int8Linear]:
    """Returns the layers if all are int8, row-major, of one input width and without bias; else none."""
    found = [layer for layer in layers if isinstance(layer, Int8Linear)]
    plain = all(layer.bias is None and not layer.in_order for layer in found)
    one_width = len({(layer.in_features, layer.dtype, layer.codes.device) for layer in found}) == 1
    return found if plain and one_width and len(found) == len(layers) else []


def _adjacent(parts: Sequence[Tensor]) -> bool:
    end = parts[0].data_ptr()
    for part in parts:
        if part.data_ptr() != end or part.untyped_storage().data_ptr() != parts[0].untyped_storage().data_ptr():
            return False
        end += part.nbytes
    return True


def _joined(layers: Sequence[Int8Linear]) -> Int8Linear:
    """Returns one layer over the memory of contiguous layers."""
    whole = copy.copy(layers[0])
    # A shallow copy of a module shares its dictionaries.
    whole._buffers = dict(whole._buffers)
    whole.out_features = sum(layer.out_features for layer in layers)
    whole.codes = whole.codes.as_strided((whole.out_features, whole.codes.shape[1]), whole.codes.stride())
    whole.scale = whole.scale.as_strided((whole.out_features,), (1,))
    whole.nonzero = sum(layer.nonzero for layer in layers)
    return whole

"""Int8 layers that read the same input, laid one after another in memory, so that one product does for all of them.

Each stays a layer of its own, whose weights are a part of the whole: nothing is held twice.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from playground.models.kernels import Int8Linear


def lay_together(layers: Sequence[nn.Module]) -> None:
    """Moves the weights of int8 layers into one tensor, in order. Does nothing where they aren't int8 layers of one input."""
    found = _alike(layers)
    if not found:
        return
    sizes = [layer.out_features for layer in found]
    codes = torch.cat([layer.codes for layer in found]).split(sizes)
    scales = torch.cat([layer.scale for layer in found]).split(sizes)
    for layer, own_codes, own_scale in zip(found, codes, scales, strict=True):
        layer.codes, layer.scale = own_codes, own_scale


def at_once(layers: Sequence[nn.Module]) -> Callable[[Tensor], Sequence[Tensor]]:
    """Inputs (…, in) → the outputs (…, out) of every layer: by one product where they lie together, else by one each."""
    found = _alike(layers)
    if not found or not _adjacent([layer.codes for layer in found]) or not _adjacent([layer.scale for layer in found]):
        return lambda x: [layer(x) for layer in layers]
    sizes = [layer.out_features for layer in found]
    whole = _joined(found)
    return lambda x: whole(x).split(sizes, -1)


def _alike(layers: Sequence[nn.Module]) -> list[Int8Linear]:
    """The layers, where all are int8, of one input width, kept row by row and without a bias; else none."""
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
    """One layer on the memory of layers that lie together."""
    whole = copy.copy(layers[0])
    # A copy of a module has its dictionaries.
    whole._buffers = dict(whole._buffers)
    whole.out_features = sum(layer.out_features for layer in layers)
    whole.codes = whole.codes.as_strided((whole.out_features, whole.codes.shape[1]), whole.codes.stride())
    whole.scale = whole.scale.as_strided((whole.out_features,), (1,))
    whole.nonzero = sum(layer.nonzero for layer in layers)
    return whole

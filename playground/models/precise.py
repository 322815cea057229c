"""Gives a model's layers in float32: in bfloat16 what is computed of a text depends on the batch that it's in.

Knows no text, no head and no explanation method.
"""

from __future__ import annotations

import copy
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.models import structure
from playground.models.backbone import first_layers
from playground.models.kernels import PackedEmbedding, PackedLinear

# Rows of the output head that are in float32 at the same time: 84 MB for 640 columns.
_ROWS_AT_ONCE = 32_768

# Float32 copies of layers and norms, for as long as the original lives: 12 MB a layer in bfloat16 become 23 MB more.
_copies: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()


def precise_layers(module: nn.Module, layer: int) -> nn.Module | None:
    """Returns `first_layers` with float32 weights, for float32 `inputs_embeds`.

    None if the model can't be cut, or has packed layers, whose products are in the type of their kernel.
    """
    cut = first_layers(module, layer)
    if cut is None or any(isinstance(part, PackedLinear | PackedEmbedding) for part in cut.modules()):
        return None
    if all(parameter.dtype == torch.float32 for parameter in cut.parameters()):
        return cut
    layers = structure.layer_list_name(module)
    precise = copy.copy(cut)
    # A shallow copy shares the dictionary of children with the original.
    precise._modules = {
        name: nn.ModuleList([_in_float32(each) for each in part])
        if name == layers
        else part
        if part is None or isinstance(part, nn.Embedding)
        else _in_float32(part)
        for name, part in cut._modules.items()
    }
    return precise


def precise_logits(head: nn.Linear, states: Tensor) -> Tensor:
    """Returns logits (…, vocabulary), float32, of states (…, hidden), multiplied in float32.

    A head in bfloat16 rounds a logit of 20 to steps of 0.125, 13% of a probability.
    """
    if head.weight.dtype == torch.float32:
        logits: Tensor = head(states.float())
        return logits
    rows = head.weight.split(_ROWS_AT_ONCE)
    logits = torch.cat([functional.linear(states.float(), part.float()) for part in rows], -1)
    return logits if head.bias is None else logits + head.bias.float()


def _in_float32(part: nn.Module) -> nn.Module:
    found = _copies.get(part)
    if found is None:
        # A copy made in inference mode couldn't be differentiated through later.
        with torch.inference_mode(False):
            found = copy.deepcopy(part).float()
        _copies[part] = found
    return found

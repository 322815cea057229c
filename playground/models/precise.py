"""Gives a model's layers in float32: in bfloat16 what is computed of a text depends on the batch that it's in.

Knows no text, no head and no explanation method.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground import allocator
from playground.models import structure
from playground.models.backbone import first_layers
from playground.models.kernels import PackedEmbedding, PackedLinear

# Rows of the output head that are in float32 at the same time: 5 MB for 640 columns stay in the processor's caches. With 84 MB the product
# of a few states took ten times as long, all of it on writing and reading the copy.
_ROWS_AT_ONCE = 2048

# Float32 copies of layers and norms, for one run: 12 MB a layer in bfloat16 become 23 MB more, and making all takes 0.1 s.
_copies: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()
allocator.empty_between_runs(_copies.clear)


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


def precise_model(module: nn.Module) -> nn.Module:
    """Returns a causal LM whose layers and final norm are in float32, with its own embedding, read in float32, and its own head.

    `module` itself if it is in float32 already, or if `precise_layers` gives none.
    """
    base = module.base_model
    precise = precise_layers(module, int(module.config.num_hidden_layers))  # type: ignore[arg-type]
    if precise is None or precise is base:
        return module
    whole = copy.copy(module)
    whole._modules = {name: precise if part is base else part for name, part in module._modules.items()}
    own = module.get_input_embeddings()
    embedding = copy.copy(own)
    # A shallow copy shares the dictionary of hooks with the original.
    embedding._forward_hooks = OrderedDict(embedding._forward_hooks)
    embedding.register_forward_hook(lambda _, __, output: output.float())
    precise._modules = {name: embedding if part is own else part for name, part in precise._modules.items()}
    return whole


def precise_logits(head: nn.Linear, states: Tensor) -> Tensor:
    """Returns logits (…, vocabulary), float32, of states (…, hidden), multiplied in float32.

    A head in bfloat16 rounds a logit of 20 to steps of 0.125, 13% of a probability.
    """
    if head.weight.dtype == torch.float32:
        logits: Tensor = head(states.float())
        return logits
    parts, states = head.weight.split(_ROWS_AT_ONCE), states.float()
    if states.requires_grad:
        logits = torch.cat([functional.linear(states, part.float()) for part in parts], -1)
    else:
        # One copy that all parts are written to: new memory for each costs more than the product.
        copied = torch.empty_like(parts[0], dtype=torch.float32)
        logits = torch.cat([functional.linear(states, copied[: len(part)].copy_(part)) for part in parts], -1)
    return logits if head.bias is None else logits + head.bias.float()


def _in_float32(part: nn.Module) -> nn.Module:
    found = _copies.get(part)
    if found is None:
        # A copy made in inference mode couldn't be differentiated through later.
        with torch.inference_mode(False):
            found = copy.deepcopy(part).float()
        _copies[part] = found
    return found

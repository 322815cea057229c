"""Truncates a transformers causal LM to its first layers, sharing every parameter; knows no head and no text."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn

from playground.models import structure

# Names of the final norm in the model families of transformers.
_FINAL_NORMS = ("norm", "ln_f", "final_layernorm", "final_layer_norm")


def first_layers(module: nn.Module, layer: int) -> nn.Module | None:
    """Returns the model without its head and the layers above `layer`; its last hidden state is that layer's output.

    0 is the embedding alone; the last layer includes the final norm, as in transformers' `hidden_states`. None if the model
    isn't one list of layers followed by a norm.
    """
    base: nn.Module = module.base_model  # type: ignore[assignment]
    config: Any = module.config
    count = int(config.num_hidden_layers)
    if not 0 <= layer <= count:
        raise ValueError(f"the model has layers 0 to {count}, not {layer}")
    if layer == count:
        return base
    layers = structure.layer_list_name(module)
    norms = [name for name in _FINAL_NORMS if isinstance(getattr(base, name, None), nn.Module)]
    if layers is None or len(norms) != 1:
        return None
    cut = copy.copy(base)
    # A shallow copy shares the dictionary of children with the original, which must keep all its layers.
    cut._modules = dict(base._modules)
    cut._modules[layers] = nn.ModuleList(list(getattr(base, layers))[:layer])
    cut._modules[norms[0]] = nn.Identity()
    return cut


def final_norm(module: nn.Module) -> nn.Module:
    """Returns the norm before the output head. Raises NotImplementedError if it has none of a known name."""
    base: nn.Module = module.base_model  # type: ignore[assignment]
    for name in _FINAL_NORMS:
        norm = getattr(base, name, None)
        if isinstance(norm, nn.Module):
            return norm
    raise NotImplementedError(f"{type(base).__name__} has no final norm of a known name")

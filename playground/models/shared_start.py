"""Reads the tokens that many sequences start with once, and gives every batch of the sequences their keys and values. Knows no text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class SharedStart:
    """`length` tokens: their keys and values, each (1, heads, length, size), by layer."""

    length: int = 0
    layers: tuple[tuple[Tensor, Tensor], ...] = ()

    def options(self, ids: Tensor) -> dict[str, Any]:
        """Returns the options of transformers' `forward` under which it reads ids (batch, length) after these tokens."""
        if not self.length:
            return {"use_cache": False}
        positions = torch.arange(self.length, self.length + ids.shape[1], device=ids.device)[None]
        if not self.layers:
            return {"position_ids": positions, "use_cache": False}
        from transformers import DynamicCache  # docs/decisions/the-page-before-the-model.md

        cache = DynamicCache()
        for number, (keys, values) in enumerate(self.layers):
            cache.update(keys.expand(len(ids), -1, -1, -1), values.expand(len(ids), -1, -1, -1), number)
        return {"position_ids": positions, "past_key_values": cache, "use_cache": True}


@torch.inference_mode()
def read_start(base: nn.Module, ids: Tensor) -> SharedStart:
    """Reads token ids (length,) by a model without its head. Layers with a window keep all tokens, and mask the older ones."""
    if not len(ids):
        return SharedStart()
    from transformers import DynamicCache  # docs/decisions/the-page-before-the-model.md

    cache = base(input_ids=ids[None], past_key_values=DynamicCache(), use_cache=True).past_key_values
    return SharedStart(len(ids), tuple((layer.keys, layer.values) for layer in cache.layers))

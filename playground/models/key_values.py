"""Makes an empty KV cache; computes a cache's bytes, by formula and from its tensors. Doesn't measure time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import DynamicCache, PreTrainedConfig


@dataclass(frozen=True)
class KeyValueShape:
    """The dimensions of a KV cache. `window`: of the `layers` - `full_layers` local layers, None if there are none.

    `element_size`: bytes per number.
    """

    layers: int
    full_layers: int
    heads: int
    key_value_heads: int
    head_size: int
    element_size: int
    window: int | None

    @staticmethod
    def of(lm: LanguageModel) -> KeyValueShape:
        """Returns the shape of a model's cache."""
        window = getattr(lm.config, "sliding_window", None)
        full = len(lm.full_layers) if window else lm.layers
        return KeyValueShape(
            layers=lm.layers,
            full_layers=full,
            heads=lm.heads,
            key_value_heads=lm.key_value_heads,
            head_size=int(getattr(lm.config, "head_dim", None) or lm.hidden_size // lm.heads),
            element_size=next(lm.module.parameters()).element_size(),
            window=int(window) if window and full < lm.layers else None,
        )

    @property
    def bytes_per_token(self) -> int:
        """Returns 2 (a key and a value) × layers × key-value heads × head size × bytes per number."""
        return 2 * self.layers * self.key_value_heads * self.head_size * self.element_size

    def bytes_of(self, tokens: int) -> int:
        """Returns the bytes for one sequence. A local layer caches window - 1 tokens: with the next token they make up a window."""
        local = tokens if self.window is None else min(tokens, self.window - 1)
        layers = self.full_layers * tokens + (self.layers - self.full_layers) * local
        return layers * self.bytes_per_token // self.layers


def empty_cache(config: PreTrainedConfig | None = None) -> DynamicCache:
    """Returns a cache without tokens. With the model's `config` its local layers cache their window, without it every layer caches all."""
    from transformers import DynamicCache  # docs/decisions/the-page-before-the-model.md

    return DynamicCache(config=config)


def held_bytes(cache: DynamicCache) -> int:
    """Returns the bytes of a cache's keys and values."""
    tensors = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values) if tensor is not None]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

"""Bytes of the keys and values that a text leaves behind, by formula and as they lie in memory. Knows no clock."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import DynamicCache

from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class KeyValueShape:
    """What the size of a cache depends on. `window`: of the `layers` - `full_layers` local ones, None where there are none.

    `element_size`: bytes of one number.
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
        """A model's own."""
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
        """2 (a key and a value) × layers × key-value heads × head size × bytes of a number."""
        return 2 * self.layers * self.key_value_heads * self.head_size * self.element_size

    def bytes_of(self, tokens: int) -> int:
        """Of one sequence. A local layer keeps window - 1 tokens: the next one, and those that it may look at, are a window."""
        local = tokens if self.window is None else min(tokens, self.window - 1)
        layers = self.full_layers * tokens + (self.layers - self.full_layers) * local
        return layers * self.bytes_per_token // self.layers


def held_bytes(cache: DynamicCache) -> int:
    """Bytes of the numbers in a cache's keys and values."""
    tensors = [tensor for layer in cache.layers for tensor in (layer.keys, layer.values) if tensor is not None]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

"""Bytes of the KV cache by formula against its tensors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers import DynamicCache

from playground.models.key_values import KeyValueShape, held_bytes
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_gpt2, tiny_llama, wrap


def filled(lm: LanguageModel, lengths: list[int], rows: int = 1) -> DynamicCache:
    """Returns a cache after chunks of these lengths."""
    cache = DynamicCache(config=lm.config)
    for length in lengths:
        lm.forward(torch.ones(rows, length, dtype=torch.long), past_key_values=cache, use_cache=True, logits_to_keep=1)
    return cache


@pytest.mark.parametrize("make", [tiny_llama, tiny_gemma, tiny_gpt2, lambda: tiny_gemma().bfloat16()])
def test_the_formula_is_the_tensors_bytes(make: Callable[[], nn.Module]) -> None:
    lm = wrap(make())
    shape = KeyValueShape.of(lm)
    # Around the tiny Gemma's window of 8.
    for length in (1, 6, 7, 8, 9, 40):
        assert held_bytes(filled(lm, [length])) == shape.bytes_of(length)
    assert held_bytes(filled(lm, [5, 1, 1, 20])) == shape.bytes_of(27)
    assert held_bytes(filled(lm, [12], rows=3)) == 3 * shape.bytes_of(12)


def test_the_formula_by_hand() -> None:
    # Gemma 3 270M: 18 layers, 3 of them attending fully, one key-value head of 256, bfloat16.
    shape = KeyValueShape(18, 3, 4, 1, 256, 2, 512)
    assert shape.bytes_per_token == 2 * 18 * 1 * 256 * 2 == 18_432
    assert shape.bytes_of(100) == 1_843_200
    assert shape.bytes_of(1511) - shape.bytes_of(511) == 1000 * 2 * 3 * 256 * 2, "only the full layers grow"
    assert KeyValueShape(2, 2, 4, 2, 8, 4, None).bytes_of(3) == 3 * 2 * 2 * 2 * 8 * 4


def test_what_a_cache_holds_without_a_window_to_cut_it() -> None:
    lm = wrap(tiny_gemma())
    cache = DynamicCache()
    lm.forward(torch.ones(1, 40, dtype=torch.long), past_key_values=cache, use_cache=True)
    assert held_bytes(cache) == 40 * KeyValueShape.of(lm).bytes_per_token > KeyValueShape.of(lm).bytes_of(40)
    assert held_bytes(DynamicCache()) == 0


@pytest.mark.model
def test_the_real_models_bytes(real_lm: LanguageModel) -> None:
    shape = KeyValueShape.of(real_lm)
    assert (shape.layers, shape.full_layers, shape.key_value_heads, shape.head_size, shape.window) == (
        18,
        3,
        1,
        256,
        512,
    )
    for lengths in ([64], [500, 40]):
        assert held_bytes(filled(real_lm, lengths)) == shape.bytes_of(sum(lengths))

"""Parameters against the library's count, operations against torch's counter."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from playground.lab.variant import Variant
from playground.models import structure, variants
from playground.models.operations import matrices, parameters, work
from playground.models.variants import VariantStore
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest) -> VariantStore:
    return VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


def test_parameters_are_the_librarys_own_whatever_they_are_packed_in(store: VariantStore) -> None:
    for variant in (Variant(), Variant("int8"), Variant("int4"), Variant(pruning="unstructured")):
        found = parameters(store.get(variant).module)
        assert found.stored == store.base().module.num_parameters(), variant


def test_zeros_are_those_of_the_dequantized_weights(store: VariantStore) -> None:
    modules = [store.get(Variant(kind, 4, "unstructured", 0.5)).module for kind in ("none", "int8", "int4")]
    seen: dict[int, int] = {}
    for module in modules:
        found = parameters(module, seen)
        assert found == parameters(module)
        expected = sum(int((tensor != 0).sum()) for tensor in module.parameters())
        for layer in module.modules():
            if hasattr(layer, "dequantized"):
                # An int4 zero may deviate by the rounding of its offset.
                expected += int((layer.dequantized().abs() > 1e-6).sum())
                expected += 0 if layer.bias is None else int((layer.bias != 0).sum())
        assert found.nonzero == expected


def test_removed_neurons_are_no_parameters_and_zeroed_weights_are(store: VariantStore) -> None:
    kinds = ("none", "unstructured", "structured")
    base, zeroed, removed = (parameters(store.get(Variant(pruning=kind)).module) for kind in kinds)
    assert zeroed.stored == base.stored and zeroed.nonzero < base.nonzero
    assert removed.stored < base.stored


@pytest.mark.parametrize(("tokens", "context"), [(7, 0), (1, 9), (3, 5)])
def test_operations_against_torchs_counter(store: VariantStore, tokens: int, context: int) -> None:
    lm = store.base()
    eager = lm.recorder
    ids = torch.arange(tokens + context)[None]
    cache = eager(input_ids=ids[:, :context], use_cache=True).past_key_values if context else None
    with FlopCounterMode(display=False) as counter:
        eager(input_ids=ids[:, context:], past_key_values=cache, use_cache=True, logits_to_keep=1)
    width = lm.hidden_size // lm.heads
    # Eager attention also computes the masked upper triangle of a prefill.
    hidden = 4 * lm.heads * width * lm.layers * (tokens * (tokens - 1) // 2)
    assert work(lm, tokens, context).operations + hidden == counter.get_total_flops()


def test_a_window_bounds_attention(store: VariantStore) -> None:
    lm = store.base()
    before = work(lm, 1, 100)
    lm.config.layer_types = ["sliding_attention"] * lm.layers
    lm.config.sliding_window = 10
    after = work(lm, 1, 100)
    width = lm.hidden_size // lm.heads
    assert before.operations - after.operations == 4 * lm.heads * width * lm.layers * (101 - 10)
    assert before.bytes_read - after.bytes_read == 2 * lm.key_value_heads * width * 4 * lm.layers * 90


def test_bytes_read_by_a_step_are_the_matrices_and_the_cache(store: VariantStore) -> None:
    for variant in (Variant(), Variant("int8"), Variant("int4")):
        lm = store.get(variant)
        held = sum(matrix.held_bytes for matrix in matrices(lm.module))
        cache = 2 * lm.layers * lm.key_value_heads * (lm.hidden_size // lm.heads) * 20 * 4
        assert work(lm, 1, 20).bytes_read == held + cache + lm.hidden_size * 4
        assert held < structure.held_bytes(lm.module)

"""Decode steps against the library's."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from transformers import DynamicCache, Gemma3ForCausalLM

from playground.lab.variant import Variant
from playground.models import stepping
from playground.models.language_model import LanguageModel
from playground.models.stepping import GemmaText, LibraryText, go_on
from playground.models.variants import VariantStore, store
from tests.conftest import tiny_gemma, tiny_llama, wrap

LONG = [256, *range(30)]
SHORT = [256, 5, 9]


def in_bfloat16() -> nn.Module:
    return tiny_gemma().bfloat16()


def prefill(lm: LanguageModel, rows: list[list[int]]) -> tuple[DynamicCache, Tensor]:
    cache = DynamicCache(config=lm.config)
    out = lm.forward(torch.tensor(rows), past_key_values=cache, use_cache=True, logits_to_keep=1)
    return cache, out.logits[:, -1].float()


def both(lm: LanguageModel, rows: list[list[int]], most: int = 24) -> tuple[GemmaText, LibraryText]:
    assert stepping.fits(lm.module)
    own = go_on(lm, prefill(lm, rows)[0], most)
    assert isinstance(own, GemmaText)
    return own, LibraryText(lm, prefill(lm, rows)[0])


def agree(lm: LanguageModel, ours: Tensor, theirs: Tensor) -> None:
    """Asserts bit equality in bfloat16, and equality up to the order of sums in float32."""
    if lm.module.dtype is torch.bfloat16:
        assert torch.equal(ours, theirs)
    else:
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", [tiny_gemma, in_bfloat16])
@pytest.mark.parametrize("ids", [SHORT, LONG], ids=["within the window", "beyond it"])
def test_every_logit_is_the_librarys(make: Callable[[], nn.Module], ids: list[int]) -> None:
    lm = wrap(make())
    own, library = both(lm, [ids, ids[:1] + ids[:0:-1]])
    # From inside the window of 8 to beyond it.
    for token in range(20):
        tokens = torch.tensor([token, 200 - token])
        agree(lm, own.step(tokens), library.step(tokens))


@pytest.mark.parametrize("make", [tiny_gemma, tiny_llama])
def test_states_are_a_steps_but_for_the_head(make: Callable[[], nn.Module]) -> None:
    lm = wrap(make())
    first, second = (go_on(lm, prefill(lm, [SHORT, LONG[:3]])[0], 4) for _ in range(2))
    for token in range(3):
        tokens = torch.tensor([token, 9 - token])
        logits = lm.module.get_output_embeddings()(first.states(tokens))  # type: ignore[operator]
        torch.testing.assert_close(logits, second.step(tokens), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ids", [SHORT, LONG], ids=["within the window", "beyond it"])
@pytest.mark.parametrize("heads", [(2, 1), (4, 2)], ids=["one key head", "two"])
def test_grouped_queries_give_the_librarys_states_up_to_rounding(ids: list[int], heads: tuple[int, int]) -> None:
    config = copy.deepcopy(tiny_gemma().config)
    config.num_attention_heads, config.num_key_value_heads = heads
    lm = wrap(Gemma3ForCausalLM(config).eval().requires_grad_(False))
    grouped = go_on(lm, prefill(lm, [ids, ids[:1] + ids[:0:-1]])[0], 12, grouped=True)
    library = LibraryText(lm, prefill(lm, [ids, ids[:1] + ids[:0:-1]])[0])
    for token in range(12):
        tokens = torch.tensor([token, 200 - token])
        torch.testing.assert_close(grouped.states(tokens), library.states(tokens), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", [
    Variant(quantization="int8"), Variant(quantization="int4"), Variant(pruning="structured", sparsity=0.25),
    Variant(pruning="activations", sparsity=0.25), Variant("int8", pruning="activations", sparsity=0.25),
])  # fmt: skip
def test_variants_go_on_as_in_the_library(variant: Variant) -> None:
    base = wrap(tiny_gemma())
    lm = VariantStore(lambda progress: base).get(variant)
    own, library = both(lm, [LONG])
    for token in range(6):
        agree(lm, own.step(torch.tensor([token])), library.step(torch.tensor([token])))


def test_rows_are_chosen_and_repeated() -> None:
    lm = wrap(tiny_gemma())
    own, library = both(lm, [LONG, [256, *range(40, 70)]])
    for rows, tokens in (([1, 1, 0], [3, 4, 5]), ([2, 0], [6, 7]), ([1], [8])):
        own.select(torch.tensor(rows))
        library.select(torch.tensor(rows))
        agree(lm, own.step(torch.tensor(tokens)), library.step(torch.tensor(tokens)))


def test_a_step_is_counted_and_may_stop_the_run() -> None:
    counted: list[int] = []
    lm = wrap(tiny_gemma()).heard_by(counted.append)
    own, _ = both(lm, [LONG])
    counted.clear()
    own.step(torch.tensor([1]))
    own.select(torch.tensor([0, 0, 0]))
    own.step(torch.tensor([1, 2, 3]))
    assert counted == [1, 3]


def test_another_model_goes_on_through_the_library() -> None:
    lm = wrap(tiny_llama())
    assert isinstance(go_on(lm, prefill(lm, [LONG])[0], 3), LibraryText)


@pytest.mark.parametrize(
    "change",
    [
        {"attn_logit_softcapping": 30.0},
        {"final_logit_softcapping": 20.0},
        {"use_bidirectional_attention": True},
        {"hidden_activation": "silu"},
    ],
    ids=str,
)
def test_what_it_does_not_do_is_left_to_the_library(change: dict[str, object]) -> None:
    module = tiny_gemma()
    module.config = copy.deepcopy(module.config)
    for name, value in change.items():
        setattr(module.config, name, value)
    assert not stepping.fits(module)


@pytest.mark.model
@pytest.mark.parametrize("variant", [Variant(), Variant(quantization="int8")], ids=["baseline", "int8"])
def test_the_real_models_logits_too(variant: Variant, real_lm: LanguageModel) -> None:
    lm = store().get(variant)
    for text in ("从前有一座山，山上有一座庙，", "The most important thing in life is"):
        own, library = both(lm, [lm.encode(text)])
        token = 7
        for _ in range(12):
            ours, theirs = own.step(torch.tensor([token])), library.step(torch.tensor([token]))
            agree(lm, ours, theirs)
            token = int(ours.argmax())

"""Cached keys and values against a full forward pass, and independence of other visitors."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.generation.prefix_cache import PrefixCache
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap

PROMPT = (256, 97, 98, 99)
PATH = (PROMPT, (100,), (101,), (102,))


def counted(lm: LanguageModel) -> tuple[LanguageModel, list[int]]:
    """Returns the model, and a list of the tokens per forward pass."""
    passes: list[int] = []
    return lm.heard_by(passes.append), passes


@pytest.mark.parametrize("module", [tiny_llama(), tiny_gpt2()], ids=["llama", "gpt2"])
def test_logits_are_those_of_one_plain_pass(module: torch.nn.Module) -> None:
    lm, cache = wrap(module), PrefixCache()
    for length in range(1, len(PATH) + 1):
        prefix = cache.after(lm, PATH[:length])
        ids = [token for chunk in PATH[:length] for token in chunk]
        assert prefix.ids == tuple(ids)
        torch.testing.assert_close(prefix.logits.float(), lm.logits(ids)[-1], atol=1e-5, rtol=1e-4)  # type: ignore[union-attr]


def test_a_window_is_still_masked() -> None:
    """A layer with a window of 8 tokens gives the same output with all positions cached."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    shape = dict(
        vocab_size=259, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, head_dim=16
    )
    config = Gemma3TextConfig(**shape, num_key_value_heads=1, sliding_window=8, layer_types=["sliding_attention"] * 2 + ["full_attention"],
                              initializer_range=0.2, max_position_embeddings=128, bos_token_id=256, eos_token_id=257, pad_token_id=258)  # fmt: skip
    lm = wrap(Gemma3ForCausalLM(config).eval().requires_grad_(False))
    prompt, more = tuple(range(20)), [(token,) for token in range(30, 50)]
    prefix = PrefixCache().after(lm, [prompt, *more])
    torch.testing.assert_close(prefix.logits.float(), lm.logits(prefix.ids)[-1], atol=1e-5, rtol=1e-4)  # type: ignore[union-attr]


def test_only_what_is_new_goes_through_the_model(tiny_lm: LanguageModel) -> None:
    (lm, passes), cache = counted(tiny_lm), PrefixCache()
    cache.after(lm, PATH[:2])
    assert passes == [len(PROMPT), 1]
    cache.after(lm, PATH[:2])
    assert passes == [len(PROMPT), 1]
    cache.after(lm, (*PATH[:2], (7,)))
    cache.after(lm, PATH)
    assert passes == [len(PROMPT), 1, 1, 1, 1]
    assert cache.longest(lm, (*PATH, (5,)))[1] == len(PATH)


def test_what_is_kept_is_bit_for_bit_what_is_computed(tiny_lm: LanguageModel) -> None:
    fresh, kept = PrefixCache(), PrefixCache(most_bytes=10**9)
    for other in range(20):
        kept.after(tiny_lm, (PROMPT, (other,), (101,)))
    for length in (2, 1, 3, 4):
        kept.after(tiny_lm, PATH[:length])
    assert torch.equal(kept.after(tiny_lm, PATH).logits, fresh.after(tiny_lm, PATH).logits)  # type: ignore[arg-type]


def test_the_same_ids_in_other_chunks_are_another_prefix(tiny_lm: LanguageModel) -> None:
    (lm, passes), cache = counted(tiny_lm), PrefixCache()
    cache.after(lm, PATH)
    passes.clear()
    cache.after(lm, [sum(PATH, ())])
    assert passes == [len(PROMPT) + 3], "computed anew, in one chunk"


def test_models_share_nothing() -> None:
    one, other, cache = wrap(tiny_llama(0)), wrap(tiny_llama(1)), PrefixCache()
    expected = PrefixCache().after(other, PATH).logits
    cache.after(one, PATH)
    assert torch.equal(cache.after(other, PATH).logits, expected)  # type: ignore[arg-type]


def test_what_a_caller_does_to_its_copy_stays_there(tiny_lm: LanguageModel) -> None:
    cache = PrefixCache()
    expected = PrefixCache().after(tiny_lm, PATH).logits
    past = cache.after(tiny_lm, PATH[:2]).keys_and_values()
    tiny_lm.forward(torch.tensor([[1, 2, 3]]), past_key_values=past, use_cache=True)
    with torch.inference_mode():
        for layer in past.layers:
            layer.keys.zero_()  # type: ignore[union-attr]
    assert torch.equal(cache.after(tiny_lm, PATH).logits, expected)  # type: ignore[arg-type]


def test_a_loops_own_keys_and_values_can_be_kept(tiny_lm: LanguageModel) -> None:
    (lm, passes), cache = counted(tiny_lm), PrefixCache()
    past = cache.after(lm, PATH[:1]).keys_and_values()
    for chunk in PATH[1:]:
        lm.forward(torch.tensor([chunk]), past_key_values=past, use_cache=True, logits_to_keep=1)
    with pytest.raises(ValueError, match="of 6 tokens"):
        cache.keep(lm, PATH[:-1], past)
    cache.keep(lm, PATH, past)
    passes.clear()
    next_turn = cache.after(lm, (*PATH, (1, 2, 3)))
    assert passes == [3]
    assert torch.equal(next_turn.logits, PrefixCache().after(lm, (*PATH, (1, 2, 3))).logits)  # type: ignore[arg-type]
    passes.clear()
    asked = cache.after(lm, PATH)
    assert passes == [1], "kept without logits: its last chunk is computed again"
    assert torch.equal(asked.logits, PrefixCache().after(lm, PATH).logits)  # type: ignore[arg-type]


def test_the_bytes_are_bounded_and_the_least_used_go_first(tiny_lm: LanguageModel) -> None:
    lm, passes = counted(tiny_lm)
    one = PrefixCache()
    one.after(lm, PATH[:1])
    prompt_bytes = one.held_bytes
    one.after(lm, PATH[:2])
    step_bytes = one.held_bytes - prompt_bytes
    shape = lm.config
    size = 2 * shape.num_hidden_layers * shape.num_key_value_heads * shape.head_dim * 4
    assert step_bytes == size + 259 * 4
    cache = PrefixCache(most_bytes=prompt_bytes + 3 * step_bytes)
    for token in range(6):
        cache.after(lm, (PROMPT, (token,)))
        cache.after(lm, (PROMPT, (0,)))
        assert cache.held_bytes <= prompt_bytes + 3 * step_bytes
    passes.clear()
    for token in (0, 4, 5):
        cache.after(lm, (PROMPT, (token,)))
    assert passes == []
    cache.after(lm, (PROMPT, (1,)))
    assert passes == [1]


def test_a_prefix_larger_than_the_cache_is_still_computed(tiny_lm: LanguageModel) -> None:
    cache = PrefixCache(most_bytes=10)
    assert torch.equal(cache.after(tiny_lm, PATH).logits, PrefixCache().after(tiny_lm, PATH).logits)  # type: ignore[arg-type]
    assert cache.held_bytes == 0


def test_a_models_prefixes_go_with_it() -> None:
    cache = PrefixCache()
    lm = wrap(tiny_llama())
    cache.after(lm, PATH)
    assert cache.held_bytes > 0
    del lm
    gc.collect()
    assert cache.held_bytes == 0


def test_threads_get_what_each_gets_alone(tiny_lm: LanguageModel) -> None:
    paths = [(PROMPT, *((token,) for token in (a, b, c))) for a in range(3) for b in range(3) for c in range(3)]
    alone = [PrefixCache().after(tiny_lm, path).logits for path in paths]
    for most in (10**9, 40_000):  # the small one evicts while others read
        cache, together = PrefixCache(most), threading.Barrier(4)

        def visit(
            start: int, cache: PrefixCache = cache, together: threading.Barrier = together
        ) -> list[torch.Tensor | None]:
            together.wait()
            return [cache.after(tiny_lm, path).logits for path in (*paths[start:], *paths[:start])]

        with ThreadPoolExecutor(4) as visitors:
            for start, got in zip((0, 7, 13, 20), visitors.map(visit, (0, 7, 13, 20)), strict=True):
                for logits, expected in zip(got, (*alone[start:], *alone[:start]), strict=True):
                    assert torch.equal(logits, expected)  # type: ignore[arg-type]
        assert cache.held_bytes <= most


@pytest.mark.parametrize("chunks", [[], [()], [(1,), ()]])
def test_a_prefix_has_tokens(tiny_lm: LanguageModel, chunks: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="at least one chunk"):
        PrefixCache().after(tiny_lm, chunks)


@pytest.mark.model
def test_the_real_model_gives_the_same_bits_again(real_lm: LanguageModel) -> None:
    path = [
        real_lm.encode("从前有一座山，山上有一座庙，"),
        *((token,) for token in real_lm.encode("庙里有个老和尚")[1:]),
    ]
    cache = PrefixCache()
    for length in range(1, len(path) + 1):
        cache.after(real_lm, path[:length])
    assert torch.equal(cache.after(real_lm, path).logits, PrefixCache().after(real_lm, path).logits)  # type: ignore[arg-type]

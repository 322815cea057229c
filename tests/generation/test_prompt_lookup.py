"""Drafts, their verification and the resulting text, against transformers'."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from transformers import DynamicCache
from transformers.generation.candidate_generator import PromptLookupCandidateGenerator

from playground.generation.prefix_cache import PrefixCache
from playground.generation.prompt_lookup import Choice, draft, verify, write
from playground.lab.errors import Cancelled
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_gpt2, tiny_llama, wrap

MODELS = pytest.mark.parametrize("make", [tiny_llama, tiny_gemma, tiny_gpt2], ids=["llama", "gemma", "gpt2"])


def written(
    lm: LanguageModel, prompt: list[int], past: DynamicCache | None, max_tokens: int, **options: Any
) -> list[int]:
    return [token for step in write(lm, prompt, past, max_tokens=max_tokens, **options) for token in step.tokens]


def generate(lm: LanguageModel, prompt: list[int], max_tokens: int, **flags: Any) -> list[int]:
    ids = torch.tensor([prompt])
    out = lm.module.generate(  # type: ignore[operator]
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=max_tokens, pad_token_id=0, **flags
    )
    return out[0, len(prompt) :].tolist()  # type: ignore[no-any-return]


def random_prompts(count: int, alphabet: int = 6, most: int = 24) -> list[list[int]]:
    """Returns prompts of few different tokens, so that lookups succeed."""
    draw = random.Random(8)
    return [[256, *(draw.randrange(alphabet) for _ in range(draw.randint(1, most)))] for _ in range(count)]


# ---- drafts


@pytest.mark.parametrize(("ngram", "most"), [(1, 1), (2, 5), (3, 4), (6, 20)])
def test_drafts_are_transformers_own(ngram: int, most: int) -> None:
    library = PromptLookupCandidateGenerator(num_output_tokens=most, max_matching_ngram_size=ngram, max_length=10_000)
    found = 0
    for ids in random_prompts(200, alphabet=9):
        candidates, _ = library.get_candidates(torch.tensor([ids]))
        assert list(draft(ids, ngram, most)) == candidates[0, len(ids) :].tolist(), ids
        found += candidates.shape[1] > len(ids)
    assert 20 < found < 200, "some prompts have something to copy and some have not"


def test_drafts_by_hand() -> None:
    text = [1, 2, 3, 4, 9, 2, 3, 5, 2, 3]
    assert draft(text, 2, 3) == (4, 9, 2), "the first place that has 2, 3"
    assert draft([7, 1, 2, 8, 1], 3, 5) == (2, 8, 1), "no 2 8 1 and no 8 1 before: the single token is looked up"
    assert draft([1, 2, 3], 3, 5) == ()
    assert draft([5], 2, 5) == draft([], 2, 5) == draft([1, 1], 2, 0) == ()
    assert draft([4, 4, 4], 2, 9) == (4,), "a draft ends with the text"


def one_hot(*tokens: int) -> torch.Tensor:
    logits = torch.zeros(len(tokens), 600)
    for place, token in enumerate(tokens):
        logits[place, token] = 2.0
    logits[:, 599] = 1.5
    return logits


def test_a_drafted_token_stays_while_the_model_agrees() -> None:
    whole = verify(one_hot(3, 4, 5), [3, 4])
    assert (whole.tokens, whole.accepted) == ((3, 4, 5), 2), "all accepted, and one of the model's own"
    cut = verify(one_hot(3, 8, 5), [3, 4])
    assert (cut.tokens, cut.accepted, cut.drafted) == ((3, 8), 1, (3, 4)), "what follows a refused token is void"
    none = verify(one_hot(9, 4, 5), [3, 4])
    assert (none.tokens, none.accepted) == ((9,), 0)
    assert verify(one_hot(7), []).tokens == (7,)
    assert none.choices == (Choice(9, 2.0, 0.5),)


def test_the_step_of_rounding_at_a_logits_size() -> None:
    for logit in (20.0, -3.7, 0.26, 1.0):
        for number_type in (torch.bfloat16, torch.float32):
            here = torch.tensor(abs(logit), dtype=number_type)
            gap = torch.nextafter(here, torch.tensor(torch.inf, dtype=number_type)) - here
            assert Choice(1, float(here), 0.0).spacing(number_type) == float(gap)


# ---- the text


@MODELS
def test_cached_uncached_and_looked_up_are_generates_greedy_text(make: Callable[[], nn.Module]) -> None:
    lm = wrap(make())
    accepted = 0
    for number, prompt in enumerate(random_prompts(25)):
        expected = generate(lm, prompt, 20)
        assert written(lm, prompt, DynamicCache(), 20) == expected
        assert written(lm, prompt, None, 20) == expected
        ngram, drafted = 1 + number % 3, 1 + number % 7
        assert generate(lm, prompt, 20, prompt_lookup_num_tokens=drafted, max_matching_ngram_size=ngram) == expected
        for past in (DynamicCache(), None):
            steps = list(write(lm, prompt, past, max_tokens=20, ngram=ngram, drafted=drafted))
            assert [token for step in steps for token in step.tokens] == expected
            accepted += sum(step.accepted for step in steps)
    assert accepted > 20, "drafts were really accepted"


@MODELS
def test_the_cache_is_left_as_if_nothing_had_been_refused(make: Callable[[], nn.Module]) -> None:
    lm = wrap(make())
    for prompt in random_prompts(8):
        past, plain = DynamicCache(), DynamicCache()
        new = written(lm, prompt, past, 15, ngram=2, drafted=6)
        lm.forward(torch.tensor([[*prompt, *new[:-1]]]), past_key_values=plain, use_cache=True)
        for one, other in zip(past.layers, plain.layers, strict=True):
            torch.testing.assert_close(one.keys, other.keys, rtol=1e-3, atol=1e-4)
            torch.testing.assert_close(one.values, other.values, rtol=1e-3, atol=1e-4)


@MODELS
def test_a_kept_prefix_and_equal_rows_give_the_same_text(make: Callable[[], nn.Module]) -> None:
    lm = wrap(make())
    for prompt in random_prompts(8, most=20):
        prompt = [256, 3, 1, 4, 1, *prompt[1:]]
        expected = written(lm, prompt, DynamicCache(), 12)
        prefix = PrefixCache().after(lm, [prompt[:4]])
        assert written(lm, prompt, prefix.keys_and_values(), 12, ngram=2, drafted=4) == expected
        past = prefix.keys_and_values()
        past.batch_repeat_interleave(3)
        assert written(lm, prompt, past, 12, ngram=2, drafted=4, rows=3) == expected
        assert past.layers[0].keys.shape[0] == 3  # type: ignore[union-attr]


def test_an_end_token_ends_the_text_and_is_never_drafted() -> None:
    lm = wrap(tiny_llama())
    prompt = random_prompts(1)[0]
    text = written(lm, prompt, DynamicCache(), 20)
    ending = text[7]
    lm.module.generation_config.eos_token_id = ending  # type: ignore[union-attr]
    expected = generate(lm, prompt, 20)
    assert expected == text[: text.index(ending) + 1]
    for drafted in (0, 1, 5):
        steps = list(write(lm, prompt, DynamicCache(), max_tokens=20, ngram=2, drafted=drafted))
        assert [token for step in steps for token in step.tokens] == expected
        assert not any(ending in step.drafted for step in steps)


def test_passes_are_counted_and_may_stop_the_run() -> None:
    passes: list[int] = []
    lm = dataclasses.replace(wrap(tiny_llama()), on_forward=passes.append)
    for prompt in random_prompts(25):
        passes.clear()
        steps = list(write(lm, prompt, DynamicCache(), max_tokens=12, ngram=1, drafted=3))
        if len(steps) < 12:
            break
    assert len(passes) == len(steps) < 12
    assert passes[0] == len(prompt) + len(steps[0].drafted)
    assert passes[1:] == [1 + len(step.drafted) for step in steps[1:]], "with a cache only what is new"
    passes.clear()
    again = list(write(lm, prompt, None, max_tokens=5))
    assert passes == [len(prompt) + done for done in range(5)] and len(again) == 5, "without one the whole text"

    def stop(tokens: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        next(write(dataclasses.replace(lm, on_forward=stop), prompt, None, max_tokens=5))


def test_a_prompt_that_is_read_already_is_refused() -> None:
    lm = wrap(tiny_llama())
    prompt = random_prompts(1)[0]
    with pytest.raises(ValueError, match="last token"):
        next(write(lm, prompt, PrefixCache().after(lm, [prompt]).keys_and_values(), max_tokens=3))


TEXTS = ("姓名：张伟，城市：北京\n姓名：王芳，城市：上海\n姓名：李娜，", "x = x + 1\ny = y + 1\nz =")


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS)
def test_the_real_models_text_in_float32_is_generates(float_lm: LanguageModel, text: str) -> None:
    prompt = float_lm.encode(text)
    expected = generate(float_lm, prompt, 9)
    assert written(float_lm, prompt, DynamicCache(), 9, ngram=2, drafted=5) == expected
    assert written(float_lm, prompt, None, 9, ngram=2, drafted=5) == expected
    assert generate(float_lm, prompt, 9, prompt_lookup_num_tokens=5, max_matching_ngram_size=2) == expected


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS[:1])
def test_the_real_models_plain_greedy_text_is_generates_in_its_own_number_type(
    real_lm: LanguageModel, text: str
) -> None:
    prompt = real_lm.encode(text)
    assert written(real_lm, prompt, DynamicCache(), 9) == generate(real_lm, prompt, 9)

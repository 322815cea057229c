"""A tiny model, the settings and findings of a run on it, and log p(answer | prompt) by one plain call, for the tests of context."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.panels import merged
from playground.lab.text import Language
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.language_model import LanguageModel
from playground.topics.context.findings import Findings
from playground.topics.context.lab import run
from playground.topics.context.settings import DEFAULT_A, DEFAULT_B, DEFAULT_QUESTION, Context, Result, Settings
from tests.conftest import byte_tokenizer, tiny_llama, wrap

LANGUAGES = pytest.mark.parametrize("language", Language, ids=str)


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_llama(max_position_embeddings=4096))


def store_of(**shape: object) -> variants.VariantStore:
    return variants.VariantStore(
        lambda progress: variants.wrap("tiny", tiny_llama(**shape), byte_tokenizer(), Variant())
    )


@pytest.fixture(scope="module")
def store() -> variants.VariantStore:
    return store_of(max_position_embeddings=4096)


def settings_in(language: Language, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "question": DEFAULT_QUESTION.in_(language),
        "a": Context(DEFAULT_A.in_(language)),
        "b": Context(DEFAULT_B.in_(language)),
        "distractors": 2, "orders": 2, "examples": 1, "draws": 1,
    }  # fmt: skip
    return Settings(**(values | changes))


def finish(store: variants.VariantStore, settings: Settings) -> Result:
    return functools.reduce(merged, run(settings, Bench(store)))


def find(store: variants.VariantStore, settings: Settings) -> Findings:
    found = finish(store, settings).findings
    assert found is not None
    return found


@pytest.fixture(scope="module")
def found(store: variants.VariantStore) -> Findings:
    return find(store, settings_in(Language.EN))


def ids_of(lm: LanguageModel, text: str) -> list[int]:
    return list(lm.tokenizer.encode(text, add_special_tokens=False))


def alone(lm: LanguageModel, prompt: Sequence[int], answer: Sequence[int]) -> float:
    """log p(answer | prompt) by one call of transformers' own model."""
    with torch.inference_mode():
        logits = lm.module(input_ids=torch.tensor([[*prompt, *answer]])).logits[0].double()
    rows = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    return float(rows.gather(1, torch.tensor(list(answer))[:, None]).sum())

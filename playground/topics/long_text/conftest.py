"""A random model with local and full attention, a short text and the findings of its run, for the tests of long texts."""

from __future__ import annotations

import functools

import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from playground.lab.bench import Bench
from playground.lab.panels import merged
from playground.models.language_model import LanguageModel
from playground.topics.long_text import reading
from playground.topics.long_text.findings import Findings
from playground.topics.long_text.lab import run
from playground.topics.long_text.settings import Result, Settings
from tests.conftest import wrap
from tests.fakes import OneModel

TEXT = "The harbour gate opens at nine. 港口的门九点开。Nobody but the watch may know the word! 口令每天都换。" * 3
SMALL = Settings(text=TEXT, window=64, stride=16, longest=64, depths=2, chunk=40)


def nothing() -> None:
    """A checkpoint that never stops."""


@functools.cache
def local_lm(context: int = 4096, layers: int = 5) -> LanguageModel:
    """Random Gemma 3 with room for long texts: the third of five layers attends fully, the others to a window of 24."""
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=259, hidden_size=32, intermediate_size=48, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=context, sliding_window=24,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention"][-layers:],
        bos_token_id=256, eos_token_id=257, pad_token_id=258, initializer_range=0.2,
    )  # fmt: skip
    return wrap(Gemma3ForCausalLM(config).eval().requires_grad_(False))


def finish(lm: LanguageModel, settings: Settings) -> Result:
    result: Result | None = None
    for new in run(settings, Bench(OneModel(lm), seconds=600)):  # type: ignore[arg-type]
        result = merged(result, new)
    assert result is not None
    return result


@functools.cache
def found_of(settings: Settings) -> Findings:
    found = finish(local_lm(), settings).findings
    assert found is not None
    return found


def ids_of(text: str) -> list[int]:
    return list(local_lm().tokenizer.encode(text, add_special_tokens=False))


def naive(lm: LanguageModel, context: list[int], target: int) -> float:
    """−log p of a token by one forward pass over nothing but its context."""
    return -float(lm.logits([*reading.start_of(lm), *context])[-1].log_softmax(-1)[target])

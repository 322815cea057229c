"""Log-probabilities against transformers' loss, KL against torch's, long texts against one forward pass."""

from __future__ import annotations

import math

import pytest
import torch

from playground.evaluation import perplexity as subject
from playground.evaluation.perplexity import kl_per_token, perplexity, token_log_probabilities
from playground.lab.errors import PlaygroundError
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(request.param())


def test_a_perplexity_past_a_million_is_broken() -> None:
    assert subject.readable(5.0841e11) is subject.readable(1_000_001.0) is subject.BROKEN
    assert [subject.readable(value) for value in (26.35, 1e6, None)] == [26.35, 1e6, None]
    assert all("10⁶" in subject.BROKEN.in_(language) for language in ("zh", "en"))


def ids_of(lm: LanguageModel, length: int = 40) -> list[int]:
    return lm.encode("模型 predicts the next token, 一个接一个。" * 5)[:length]


def test_perplexity_is_the_exponential_of_transformers_loss(lm: LanguageModel) -> None:
    ids = torch.tensor([ids_of(lm)])
    with torch.inference_mode():
        loss = lm.module(input_ids=ids, labels=ids).loss.item()
    assert perplexity(lm, ids[0].tolist()) == pytest.approx(math.exp(loss), rel=1e-4)
    assert -token_log_probabilities(lm, ids[0].tolist()).mean().item() == pytest.approx(loss, rel=1e-4)


def test_pieces_with_the_cache_equal_one_pass(lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ids_of(lm, 61)
    whole = token_log_probabilities(lm, ids)
    pieces = torch.cat(list(subject.next_token_log_probabilities(lm, ids[:-1], chunk=7)))
    torch.testing.assert_close(pieces.gather(1, torch.tensor(ids[1:])[:, None])[:, 0], whole, rtol=1e-4, atol=1e-4)


def test_kl_against_torch(lm: LanguageModel) -> None:
    other, ids = wrap(type(lm.module)(lm.config).eval()), ids_of(lm)
    p, q = (one.logits(ids[:-1]).log_softmax(-1) for one in (lm, other))
    expected = torch.nn.functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)
    torch.testing.assert_close(kl_per_token(lm, other, ids), expected, rtol=1e-4, atol=1e-5)
    assert kl_per_token(lm, lm, ids).abs().max() == 0


def test_too_short_and_too_long(lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError, match="short"):
        perplexity(lm, [1])
    assert token_log_probabilities(lm, [1]).shape == kl_per_token(lm, lm, [1]).shape == (0,)
    with pytest.raises(PlaygroundError, match="context"):
        perplexity(lm, [1] * (lm.context + 2))


@pytest.mark.model
def test_the_real_model_reads_a_long_text_in_pieces(real_lm: LanguageModel) -> None:
    ids = real_lm.encode("语言模型根据前文预测下一个词元。The model predicts the next token. " * 20)[:300]
    with torch.inference_mode():
        logits = real_lm.module(input_ids=torch.tensor([ids])).logits[0].float()
    expected = logits[:-1].log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    found = token_log_probabilities(real_lm, ids)
    # The order of bfloat16 sums differs.
    assert (found - expected).abs().mean() < 0.05
    assert perplexity(real_lm, ids) == pytest.approx(math.exp(-expected.mean()), rel=0.03)

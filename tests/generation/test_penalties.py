"""Each stage against transformers' logits processor of the same name; presence and frequency against OpenAI's formula by hand."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from playground.generation import penalties
from playground.generation.settings import Decoding

IDS = [5, 9, 5, 7, 9, 5, 7]


def logits(seed: int = 0, vocabulary: int = 5000, scale: float = 3.0) -> torch.Tensor:
    return torch.randn(vocabulary, generator=torch.Generator().manual_seed(seed)) * scale


def theirs(processor: object, ids: list[int], x: torch.Tensor) -> torch.Tensor:
    return processor(torch.tensor([ids]), x.clone()[None])[0]  # type: ignore[operator,no-any-return]


@pytest.mark.parametrize("penalty", [0.7, 1.2, 2.0])
def test_repetition_divides_positive_and_multiplies_negative(penalty: float) -> None:
    x = logits()
    assert x[IDS].min() < 0 < x[IDS].max()
    assert torch.equal(penalties.repetition(x, IDS, penalty), theirs(RepetitionPenaltyLogitsProcessor(penalty), IDS, x))


def test_presence_and_frequency_follow_the_formula() -> None:
    # mu[j] -> mu[j] - c[j] * alpha_frequency - float(c[j] > 0) * alpha_presence (OpenAI API reference)
    x = logits()
    ours = penalties.frequency(penalties.presence(x, IDS, 0.6), IDS, 0.4)
    for token in range(20):
        count = IDS.count(token)
        assert float(ours[token]) == pytest.approx(float(x[token]) - count * 0.4 - (count > 0) * 0.6, abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8])
def test_no_repeat_bans_what_would_complete_an_ngram_twice(size: int) -> None:
    assert torch.equal(
        penalties.no_repeat(logits(), IDS, size), theirs(NoRepeatNGramLogitsProcessor(size), IDS, logits())
    )


@pytest.mark.parametrize("k", [1, 10, 9999])
def test_top_k(k: int) -> None:
    assert torch.equal(penalties.top_k(logits(), k), theirs(TopKLogitsWarper(k), IDS, logits()))


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.99, 0.9999])
@pytest.mark.parametrize("scale", [0.01, 1.0, 5.0])
def test_top_p_over_flat_and_peaked_distributions(p: float, scale: float) -> None:
    # Flat distributions need far more tokens than those sorted first.
    x = logits(scale=scale)
    ours, reference = penalties.top_p(x, p) > -torch.inf, theirs(TopPLogitsWarper(p), IDS, x) > -torch.inf
    # Rounding of the two cumulative sums may move the cutoff by one token in thousands.
    assert abs(int(ours.sum()) - int(reference.sum())) <= max(0, int(reference.sum()) // 500)
    assert int((ours ^ reference).sum()) <= max(0, int(reference.sum()) // 500)


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_min_p(share: float) -> None:
    assert torch.equal(penalties.min_p(logits(), share), theirs(MinPLogitsWarper(share), IDS, logits()))


def chain_of(decoding: Decoding) -> tuple[penalties.Stage, ...]:
    """All stages of a step, as `decode` runs them."""
    return penalties.penalty_chain(decoding) + penalties.sampling_chain(decoding)


def test_a_whole_chain_equals_the_list_of_processors() -> None:
    decoding = Decoding(
        strategy="sample", temperature=0.7, top_k=300, top_p=0.9, min_p=0.02, repetition_penalty=1.3, no_repeat_ngram=3
    )
    chain = LogitsProcessorList([
        RepetitionPenaltyLogitsProcessor(1.3), NoRepeatNGramLogitsProcessor(3), TemperatureLogitsWarper(0.7),
        TopKLogitsWarper(300), TopPLogitsWarper(0.9), MinPLogitsWarper(0.02),
    ])  # fmt: skip
    for seed in range(20):
        x = logits(seed)
        ours = penalties.run(chain_of(decoding), x, IDS)[-1]
        assert torch.equal(ours, theirs(chain, IDS, x)), seed


def test_neutral_settings_have_no_stage_and_leave_the_logits_alone() -> None:
    assert chain_of(Decoding()) == ()
    assert chain_of(Decoding(strategy="sample")) == ()
    # Truncation applies only to sampling: greedy search ignores it.
    assert chain_of(Decoding(top_k=5, temperature=0.5)) == ()


@pytest.mark.parametrize("ids", [[], [3]])
def test_short_histories(ids: list[int]) -> None:
    decoding = Decoding(repetition_penalty=1.5, presence_penalty=1.0, frequency_penalty=1.0, no_repeat_ngram=3)
    final = penalties.run(chain_of(decoding), logits(), ids)[-1]
    assert torch.equal(final != logits(), torch.isin(torch.arange(5000), torch.tensor(ids, dtype=torch.long)))


def test_causes_are_the_positions_that_a_penalty_acted_for() -> None:
    repetition, ngram = penalties.penalty_chain(Decoding(repetition_penalty=1.2, no_repeat_ngram=3))
    assert repetition.causes(IDS, 5) == [0, 2, 5]
    assert repetition.causes(IDS, 4) == []
    # The last two tokens are 5, 7, which also occur at 2, 3, followed by 9 at 4.
    assert ngram.causes(IDS, 9) == [4]
    assert ngram.causes(IDS, 5) == []

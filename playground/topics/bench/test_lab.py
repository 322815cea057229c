"""The bench on a tiny random model: against plain calls of the library, and against itself with equal toggles."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy import stats

from playground.evaluation.perplexity import perplexity
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import cut
from playground.explanation.values import next_token_target
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.panels import merged
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import structure
from playground.models.language_model import LanguageModel
from playground.models.variants import VariantStore
from playground.topics.bench.cases import EXAMPLES
from playground.topics.bench.explanations import MOST_UNITS, target_of
from playground.topics.bench.findings import Findings
from playground.topics.bench.interview import PREDICTION, follow_ups, verdict
from playground.topics.bench.lab import TOPIC
from playground.topics.bench.settings import Result, Settings
from tests.conftest import tiny_llama, wrap

TEXT = "雨停了。The rain is over, 我们走吧"
QUICK: dict[str, Any] = {
    "text": TEXT, "explain": "next", "unit": "word", "samples": 32, "max_tokens": 8,
    "a.quantization": "none", "b.quantization": "none",
}  # fmt: skip
SIDES: list[dict[str, Any]] = [
    {},
    {"quantization": "int8"},
    {"quantization": "simulated", "bits": 3, "repetition_penalty": 1.3},
    {"pruning": "wanda", "sparsity": 0.5, "strategy": "sample", "temperature": 0.8},
    {"pruning": "structured", "sparsity": 0.25, "strategy": "beam", "beams": 3},
]


@pytest.fixture(scope="module")
def models(tiny_lm: LanguageModel) -> VariantStore:
    return VariantStore(lambda progress: tiny_lm)


def finish(models: VariantStore, **changes: Any) -> tuple[Settings, Result]:
    settings = validate(Settings, QUICK | {name.replace("__", "."): value for name, value in changes.items()}, "zh")
    result = None
    for new in TOPIC.results(settings, Bench(models)):
        result = merged(result, new)
    assert result is not None
    return settings, result


def find(models: VariantStore, **changes: Any) -> tuple[Settings, Findings]:
    settings, result = finish(models, **changes)
    assert result.findings is not None
    return settings, result.findings


@pytest.mark.parametrize("side", SIDES)
def test_equal_toggles_give_equal_numbers(models: VariantStore, side: dict[str, Any]) -> None:
    settings, found = find(models, **{f"{name}__{key}": value for name in "ab" for key, value in side.items()})
    assert found.reading.shared
    assert found.reading.divergence == 0
    assert found.reading.a == found.reading.b
    assert found.generated.a == found.generated.b
    assert found.explained.a == found.explained.b
    assert found.measured.a_ms_per_token == found.measured.b_ms_per_token
    outcome = PREDICTION.outcome(settings, found)
    assert outcome and outcome.answer == "never"


def test_two_runs_give_the_same_findings_but_for_their_times_and_json_both_ways(models: VariantStore) -> None:
    (_, first), (_, second) = (find(models, b__quantization="int8") for _ in range(2))
    assert first.measured.a_ms_per_token is not None
    assert replace(first, measured=second.measured) == second
    assert decode(Findings, encode(first)) == first


def test_perplexity_is_the_librarys_own_loss(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, found = find(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    loss = tiny_lm.module(input_ids=ids, labels=ids).loss
    assert found.reading.a.perplexity == pytest.approx(float(loss.exp()), rel=1e-4)


def test_divergence_is_that_of_plain_log_softmax(models: VariantStore, tiny_lm: LanguageModel) -> None:
    settings, found = find(models, a__quantization="int8", b__quantization="simulated", b__bits=3)
    a, b = models.get(settings.a.weights), models.get(settings.b.weights)
    ids = tiny_lm.encode(TEXT)
    of_base, of_a, of_b = (lm.logits(ids)[:-1].double().log_softmax(-1) for lm in (tiny_lm, a, b))

    def mean(of_p: torch.Tensor, of_q: torch.Tensor) -> float:
        """KL(p ‖ q), nats per token."""
        return float(torch.nn.functional.kl_div(of_q, of_p, reduction="none", log_target=True).sum(-1).mean())

    assert found.reading.divergence == pytest.approx(mean(of_a, of_b), abs=1e-5)
    assert found.reading.a.to_base == pytest.approx(mean(of_base, of_a), abs=1e-5)
    assert found.reading.b.to_base == pytest.approx(mean(of_base, of_b), abs=1e-5)
    assert found.reading.perplexity_ratio == pytest.approx(
        float((of_a.gather(1, torch.tensor(ids[1:])[:, None]) - of_b.gather(1, torch.tensor(ids[1:])[:, None])).mean().exp()),
        rel=1e-4,
    )  # fmt: skip


def test_zeroed_weights_hold_as_many_bytes_and_removed_ones_fewer(models: VariantStore) -> None:
    _, zeroed = find(models, b__pruning="unstructured", b__sparsity=0.5)
    assert zeroed.reading.a.weight_bytes == pytest.approx(zeroed.reading.b.weight_bytes, rel=1e-3)
    _, removed = find(models, b__pruning="structured", b__sparsity=0.5)
    assert removed.reading.b.weight_bytes < 0.95 * removed.reading.a.weight_bytes


def test_greedy_output_is_generates_own(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, found = find(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    out = tiny_lm.module.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]
    # The unfinished character that a stream withholds at its end.
    assert found.generated.a.rstrip("\ufffd") == tiny_lm.decode(out.tolist()).rstrip("\ufffd")
    assert found.generated.a_tokens == sum(int(token) not in tiny_lm.end_ids for token in out)


def test_lime_explains_the_likeliest_token_and_is_compared_with_leaving_one_out(
    models: VariantStore, tiny_lm: LanguageModel
) -> None:
    _, found = find(models)
    logits = tiny_lm.module(torch.tensor([tiny_lm.encode(TEXT)])).logits[0, -1]
    lime = found.explained.a
    assert lime.value == pytest.approx(float(logits.softmax(-1).max()), abs=1e-5)
    parts = cut(TEXT, "word", tiny_lm)
    assert found.explained.units == parts.names
    alone = leave_one_out(parts, next_token_target(tiny_lm, int(logits.argmax())).value).weights
    expected = stats.spearmanr([abs(weight) for weight in lime.weights], abs(alone)).statistic
    assert lime.agreement == pytest.approx(float(expected))


def test_the_likeliest_token_is_that_of_the_value_that_is_explained() -> None:
    """In bfloat16 near ties have another favourite."""
    lm = wrap(tiny_llama(1).to(torch.bfloat16))
    whole = wrap(copy.deepcopy(lm.module).float())
    other = 0
    for text in (f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"):
        ids = lm.encode(text)
        best = whole.next_logits([ids])[0].softmax(-1).max()
        other += int(lm.next_logits([ids])[0].argmax() != whole.next_logits([ids])[0].argmax())
        value = target_of(validate(Settings, {"text": text, "explain": "next"}, "en"), lm).value([text])[0]
        assert value == pytest.approx(float(best), abs=1e-5)
    assert other > 0, "some text tells both apart"


def test_a_struck_word_gives_both_sides_values_of_the_text_without_it(
    models: VariantStore, tiny_lm: LanguageModel
) -> None:
    settings, found = find(models, b__quantization="int8")
    settings, struck = find(models, b__quantization="int8", struck="2|4")
    parts = cut(TEXT, "word", tiny_lm)
    shorter = parts.keep([unit not in (2, 4) for unit in range(len(parts))])
    for name, lm in (("a", tiny_lm), ("b", models.get(settings.b.weights, TEXT))):
        before, after = getattr(found.explained, name), getattr(struck.explained, name)
        token = int(lm.next_logits([lm.encode(TEXT)])[0].argmax())
        probabilities = torch.softmax(lm.next_logits([lm.encode(shorter)])[0].float(), -1)
        assert after.struck is not None
        assert after.struck.text == shorter
        assert after.struck.value == pytest.approx(float(probabilities[token]), rel=1e-3)
        assert after.struck.whole == before.value
        kept = [weight for unit, weight in enumerate(before.weights) if unit not in (2, 4)]
        assert after.struck.predicted == pytest.approx(before.intercept + sum(kept))
        assert replace(after, struck=None) == before


def test_a_penalty_leaves_the_weights_figures_alone(models: VariantStore) -> None:
    settings, found = find(models, b__repetition_penalty=3.0, max_tokens=24)
    assert found.reading.a == found.reading.b
    assert found.reading.divergence == 0
    parting = found.generated.parting
    assert parting is not None
    assert parting.a != parting.b
    outcome = PREDICTION.outcome(settings, found)
    assert outcome
    assert outcome.answer == ("1-2" if parting.token <= 2 else "3-8" if parting.token <= 8 else "later")
    assert any("困惑度为什么没有变" in item.question.zh for item in follow_ups(settings, found))


def test_wanda_is_calibrated_on_the_text_itself(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, found = find(models, b__pruning="wanda", b__sparsity=0.5)
    ids = tiny_lm.encode(TEXT)
    wanda = Variant(pruning="wanda", sparsity=0.5)
    by_itself, by_another = (perplexity(models.get(wanda, text), ids) for text in (TEXT, "Nothing of the kind"))
    assert found.reading.b.perplexity == pytest.approx(by_itself, rel=1e-5)
    assert found.reading.b.perplexity != pytest.approx(by_another, rel=1e-5)


def test_by_default_the_sides_differ_in_one_thing() -> None:
    settings = Settings()
    changed = {
        item.name
        for item in dataclasses.fields(settings.a)
        if getattr(settings.a, item.name) != getattr(settings.b, item.name)
    }
    assert changed == {"quantization"}


def test_the_largest_divergence_is_that_of_plain_log_softmax(models: VariantStore, tiny_lm: LanguageModel) -> None:
    settings, found = find(models, b__quantization="simulated", b__bits=3)
    ids = tiny_lm.encode(TEXT)
    of_a, of_b = (
        models.get(side.weights).logits(ids)[:-1].double().log_softmax(-1) for side in (settings.a, settings.b)
    )
    each = torch.nn.functional.kl_div(of_b, of_a, reduction="none", log_target=True).sum(-1)
    largest = found.reading.largest
    assert largest is not None
    assert found.reading.tokens == len(ids) - 1
    # The first predicted token is the text's second.
    assert largest.token == int(each.argmax()) + 2
    assert largest.divergence == pytest.approx(float(each.max()), abs=1e-5)
    assert largest.share == pytest.approx(float(each.max() / each.sum()), rel=1e-3)
    _, equal = find(models)
    assert equal.reading.largest is None


def test_the_sink_is_the_first_tokens_share_of_the_librarys_attention(
    models: VariantStore, tiny_lm: LanguageModel
) -> None:
    _, found = find(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    attention = torch.stack(tiny_lm.recorder(ids, output_attentions=True).attentions)[:, 0]
    expected = float(attention[:, :, 1:, 0].mean())
    assert found.sinks.a == pytest.approx(expected, abs=1e-4)
    assert found.sinks.a == found.sinks.b


def test_a_long_text_is_explained_to_its_end(models: VariantStore) -> None:
    _, result = finish(models, text="雨停了。" * 30 + "很好", unit="character", samples=96, max_tokens=1)
    assert result.findings is not None and result.lime is not None
    units = result.findings.explained.units
    assert len(units) == MOST_UNITS
    assert units[-1].endswith("好")
    assert result.lime.a.caveat is not None and str(MOST_UNITS) in result.lime.a.caveat.zh


def test_lime_has_an_interval_around_each_weight(models: VariantStore) -> None:
    _, found = find(models, b__quantization="int8")
    for side in (found.explained.a, found.explained.b):
        assert all(low <= weight <= high for low, weight, high in zip(side.low, side.weights, side.high, strict=True))


def test_sides_with_other_likeliest_tokens_explain_other_numbers(models: VariantStore, tiny_lm: LanguageModel) -> None:
    for b in ({"b__pruning": "structured", "b__sparsity": 0.75}, {"b__quantization": "simulated", "b__bits": 2}):
        settings, found = find(models, **b)
        ids = [tiny_lm.encode(TEXT)]
        a_token, b_token = (
            int(models.get(side.weights).next_logits(ids)[0].argmax()) for side in (settings.a, settings.b)
        )
        assert found.explained.same_target == (a_token == b_token)


@pytest.mark.parametrize("text", ["🙂", "🙂🙃🎉", "。。。！？", "a", "好\n\n好", "1 2 3"])
def test_odd_texts_give_a_whole_result(models: VariantStore, text: str) -> None:
    settings, result = finish(models, text=text, b__quantization="int8")
    assert result.outputs and result.attention and result.lime and result.findings
    assert verdict(settings, result.findings)


@pytest.mark.model
def test_the_real_bench_explains_both_sides() -> None:
    from playground import catalog

    for event in catalog.events(TOPIC, validate(Settings, {}, "zh")):
        last = event
    found = last.result.findings  # type: ignore[union-attr]
    assert len(found.explained.a.weights) == len(found.explained.b.weights) == len(found.explained.units) >= 10
    assert found.reading.b.weight_bytes < found.reading.a.weight_bytes


@pytest.mark.model
@pytest.mark.parametrize("language", Language)
def test_wanda_calibrated_on_the_news_does_worse(real_lm: LanguageModel, language: Language) -> None:
    news = next(example for example in EXAMPLES if example.label.en == "News")
    models, wanda = VariantStore(lambda progress: real_lm), Variant(pruning="wanda", sparsity=0.5)
    text, other = validate(Settings, {}, language).text, news.values["text"].in_(language)
    ids = real_lm.encode(text)
    by_itself, by_another = (perplexity(models.get(wanda, calibration), ids) for calibration in (text, other))
    assert 1.8 < by_another / by_itself < 2.0


@pytest.mark.model
def test_half_of_the_layers_matrices_is_a_fifth_of_all_weights(real_lm: LanguageModel) -> None:
    pruned = sum(layer.weight.numel() for layer in structure.projections(real_lm.module).values())
    assert round(100 * pruned / 2 / sum(parameter.numel() for parameter in real_lm.module.parameters())) == 19

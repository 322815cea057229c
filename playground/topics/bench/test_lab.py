"""The bench on a tiny random model: against plain calls of the library, and against itself with equal toggles."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.codec import encode
from playground.lab.panels import Metric
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.models.variants import VariantStore
from playground.topics.bench.figures import BETWEEN, BYTES, PERPLEXITY, TO_BASE
from playground.topics.bench.lab import TOPIC, Result, Settings, run
from playground.topics.bench.talk import followups, where_they_part

TEXT = "雨停了。The rain is over, 我们走吧"
QUICK: dict[str, Any] = {
    "text": TEXT, "explain": "next", "unit": "word", "samples": 32, "max_tokens": 8,
    "a.quantization": "none", "b.quantization": "none", "b.repetition_penalty": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def models(tiny_lm: LanguageModel) -> VariantStore:
    return VariantStore(lambda progress: tiny_lm)


def finish(models: VariantStore, **changes: Any) -> tuple[Settings, Result]:
    settings = validate(Settings, QUICK | {name.replace("__", "."): value for name, value in changes.items()}, "zh")
    *_, result = run(settings, Bench(models))
    return settings, result


def sides(metric: Metric) -> tuple[Any, Any]:
    return metric.a, metric.b


@pytest.mark.parametrize(
    "side",
    [
        {},
        {"quantization": "int8"},
        {"quantization": "simulated", "bits": 3, "repetition_penalty": 1.3},
        {"pruning": "wanda", "sparsity": 0.5, "strategy": "sample", "temperature": 0.8},
        {"pruning": "structured", "sparsity": 0.25, "strategy": "beam", "beams": 3},
    ],
)
def test_equal_toggles_give_equal_numbers(models: VariantStore, side: dict[str, Any]) -> None:
    both = {f"{name}__{key}": value for name in "ab" for key, value in side.items()}
    _, result = finish(models, **both)
    assert result.figures and result.outputs and result.attention and result.lime and result.divergence
    for metric in result.figures.items:
        assert metric.b is None or metric.a == metric.b, metric.label
    assert result.figures.find(BETWEEN).a == 0
    for pair in (result.outputs, result.attention, result.lime):
        assert encode(pair.a) == encode(pair.b)
    outcome = where_they_part(result)
    assert outcome and outcome.answer == "never"


def test_perplexity_is_the_librarys_own_loss(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, result = finish(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    loss = tiny_lm.module(input_ids=ids, labels=ids).loss
    assert result.figures.find(PERPLEXITY).a == pytest.approx(float(loss.exp()), rel=1e-4)


def test_divergence_is_that_of_plain_log_softmax(models: VariantStore, tiny_lm: LanguageModel) -> None:
    settings, result = finish(models, a__quantization="int8", b__quantization="simulated", b__bits=3)
    a, b = models.get(settings.a.weights), models.get(settings.b.weights)
    ids = tiny_lm.encode(TEXT)
    of_base, of_a, of_b = (lm.logits(ids)[:-1].double().log_softmax(-1) for lm in (tiny_lm, a, b))
    expected = torch.nn.functional.kl_div(of_b, of_a, reduction="none", log_target=True).sum(-1)
    assert result.divergence is not None
    assert result.divergence.rows[0].values[0] is None
    assert result.divergence.rows[0].values[1:] == pytest.approx(expected.tolist(), abs=1e-5)
    assert result.figures.find(BETWEEN).a == pytest.approx(float(expected.mean()), abs=1e-5)
    to_base = [
        float(torch.nn.functional.kl_div(of, of_base, reduction="none", log_target=True).sum(-1).mean())
        for of in (of_a, of_b)
    ]
    assert sides(result.figures.find(TO_BASE)) == pytest.approx(to_base, abs=1e-5)


def test_zeroed_weights_hold_as_many_bytes_and_removed_ones_fewer(models: VariantStore) -> None:
    _, zeroed = finish(models, b__pruning="unstructured", b__sparsity=0.5)
    a, b = sides(zeroed.figures.find(BYTES))
    assert a == pytest.approx(b, rel=1e-3)
    _, removed = finish(models, b__pruning="structured", b__sparsity=0.5)
    a, b = sides(removed.figures.find(BYTES))
    assert b < 0.95 * a


def test_greedy_output_is_generates_own(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, result = finish(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    out = tiny_lm.module.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]
    assert result.outputs is not None
    # The unfinished character that a stream withholds at its end.
    whole = tiny_lm.decode(out.tolist()).rstrip("\ufffd")
    assert "".join(token.text for token in result.outputs.a.tokens).rstrip("\ufffd") == whole


def test_a_penalty_leaves_the_weights_figures_alone(models: VariantStore) -> None:
    settings, result = finish(models, b__repetition_penalty=3.0, max_tokens=24)
    a, b = sides(result.figures.find(PERPLEXITY))
    assert a == b and result.figures.find(BETWEEN).a == 0
    assert result.outputs is not None and result.outputs.a.divergence is not None
    index = result.outputs.a.divergence
    words = [pair.tokens[index].text for pair in (result.outputs.a, result.outputs.b)]
    assert words[0] != words[1]
    outcome = where_they_part(result)
    assert outcome and outcome.answer == ("1-2" if index < 2 else "3-8" if index < 8 else "later")
    assert any("困惑度为什么没有变" in item.question.zh for item in followups(settings, result))


def test_panels_come_one_after_another_and_stay(models: VariantStore) -> None:
    settings = validate(Settings, QUICK | {"b.quantization": "int8"}, "zh")
    seen: list[str] = []
    for result in run(settings, Bench(models)):
        there = [name for name, value in vars(result).items() if value is not None]
        assert set(seen) <= set(there)
        seen = there
    assert len(seen) == 5


@pytest.mark.parametrize("text", ["🙂", "🙂🙃🎉", "。。。！？", "a", "好\n\n好", "1 2 3"])
def test_odd_texts_give_a_whole_result(models: VariantStore, text: str) -> None:
    _, result = finish(models, text=text, b__quantization="int8")
    assert result.outputs and result.attention and result.lime


@pytest.mark.model
def test_the_real_bench_explains_both_sides() -> None:
    from playground import catalog

    for event in catalog.events(TOPIC.slug, {}, "zh"):
        last = event
    result = last.result  # type: ignore[union-attr]
    assert len(result.lime.a.contributions) == len(result.lime.b.contributions) >= 10
    a, b = sides(result.figures.find(BYTES))
    assert b < a

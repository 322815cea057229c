"""The bench's drawings: equal sides look equal, each is there in turn, and the ribbon shows KL token by token."""

from __future__ import annotations

import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.codec import encode
from playground.lab.panels import panels_of
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.models.variants import VariantStore
from playground.topics.bench.findings import Generated, Measured, Parting, Reader, Reading
from playground.topics.bench.lab import run
from playground.topics.bench.panels import figures
from playground.topics.bench.settings import Result, Settings
from playground.topics.bench.test_lab import QUICK, SIDES, TEXT, finish


@pytest.fixture(scope="module")
def models(tiny_lm: LanguageModel) -> VariantStore:
    return VariantStore(lambda progress: tiny_lm)


@pytest.mark.parametrize("side", SIDES)
def test_equal_toggles_give_equal_panels(models: VariantStore, side: dict[str, object]) -> None:
    _, result = finish(models, **{f"{name}__{key}": value for name in "ab" for key, value in side.items()})
    assert result.figures
    for metric in result.figures.items:
        assert metric.b is None or metric.a == metric.b, metric.label
    for pair in (result.outputs, result.attention, result.lime):
        assert pair is not None
        assert encode(pair.a) == encode(pair.b)


def test_the_ribbon_shows_plain_log_softmax_by_token(models: VariantStore, tiny_lm: LanguageModel) -> None:
    settings, result = finish(models, a__quantization="int8", b__quantization="simulated", b__bits=3)
    of_a, of_b = (
        models.get(side.weights).logits(tiny_lm.encode(TEXT))[:-1].double().log_softmax(-1)
        for side in (settings.a, settings.b)
    )
    expected = torch.nn.functional.kl_div(of_b, of_a, reduction="none", log_target=True).sum(-1)
    assert result.divergence is not None
    (row,) = result.divergence.rows
    assert row.values[0] is None
    assert row.values[1:] == pytest.approx(expected.tolist(), abs=1e-5)


def test_both_sides_open_the_same_head(models: VariantStore) -> None:
    _, result = finish(models, b__quantization="simulated", b__bits=2)
    assert result.attention is not None
    assert encode(result.attention.a) != encode(result.attention.b)
    assert (result.attention.a.layer, result.attention.a.head) == (result.attention.b.layer, result.attention.b.head)


def test_the_outputs_mark_the_parting_that_the_findings_name(models: VariantStore) -> None:
    _, result = finish(models, b__repetition_penalty=3.0, max_tokens=24)
    assert result.findings is not None
    parting = result.findings.generated.parting
    assert parting is not None
    assert result.outputs is not None
    assert result.outputs.a.divergence == result.outputs.b.divergence == parting.token - 1
    assert result.outputs.a.tokens[parting.token - 1].text == parting.a
    assert result.outputs.b.tokens[parting.token - 1].text == parting.b


def test_the_strip_has_every_figure_that_is_known() -> None:
    reading = Reading(Reader(3.0, 0.25, 2_000_000), Reader(4.5, 0.5, 1_000_000), 0.125, shared=False)
    first = figures(reading)
    assert [(item.a, item.b) for item in first.items] == [(3.0, 4.5), (0.125, None), (0.25, 0.5), (2.0, 1.0)]
    whole = figures(reading, Generated("ab", "ac", 2, 2, Parting(2, "b", "c")), Measured(8.0, 5.0))
    assert [(item.a, item.b) for item in whole.items][4] == (8.0, 5.0)
    assert whole.items[4].measured
    assert "2" in whole.items[5].a.en  # type: ignore[union-attr]
    short = figures(Reading(Reader(None, None, 1), Reader(None, None, 1), None, shared=True))
    assert len(short.items) == 1


def test_panels_come_in_turn_and_each_yield_brings_what_is_new(models: VariantStore) -> None:
    parts = list(run(validate(Settings, QUICK | {"b.quantization": "int8"}, "zh"), Bench(models)))
    names = [item.name for item in panels_of(Result)]
    brought = [{name for name in names if getattr(part, name) is not None} for part in parts]
    assert brought[:2] == [{"figures"}, {"figures", "divergence"}]
    assert parts[0].figures is not None
    assert [(item.a, item.b) for item in parts[0].figures.items] == [(models.base().weight_bytes / 1e6, None)]
    assert {"outputs"} in brought
    assert {"attention"} in brought
    assert {"lime"} in brought
    assert set().union(*brought) == set(names)
    assert [part.findings is not None for part in parts] == [False] * (len(parts) - 1) + [True]

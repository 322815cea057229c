"""Topic 16 against independent references; the tiny model has no sentiment probe, so there the target is the next token."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
import pytest
import torch
from lime.lime_text import LimeTextExplainer

from playground.explanation.removal import cut
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.explainability.lab import TOPIC, run
from playground.topics.explainability.methods import MOST_UNITS
from playground.topics.explainability.settings import Result, Settings

TEXT = "the room is clean, 很好"


@dataclasses.dataclass(frozen=True)
class OneModel:
    """The same model under every variant."""

    lm: LanguageModel

    def get(
        self,
        variant: Variant,
        calibration: str,
        on_forward: Callable[[int], None],
        progress: Callable[[float, Text], None],
    ) -> LanguageModel:
        return self.lm.heard_by(on_forward)

    writable: Any = None


def finish(lm: LanguageModel, **values: Any) -> Result:
    settings = validate(Settings, values, "en")
    *_, last = run(settings, Bench(OneModel(lm), seconds=600))
    return last


@pytest.fixture(scope="module")
def result(tiny_lm: LanguageModel) -> Result:
    return finish(tiny_lm, text=TEXT, target="next", token="A", samples=512)


def probability_of_a(lm: LanguageModel, text: str) -> float:
    """By one plain call of the module."""
    with torch.no_grad():
        return float(
            torch.softmax(lm.module(torch.tensor([lm.encode(text)])).logits[0, -1].float(), -1)[lm.encode("A")[-1]]
        )


def test_every_panel_is_filled_step_by_step(tiny_lm: LanguageModel) -> None:
    settings = validate(Settings, {"text": TEXT, "target": "next"}, "en")
    seen = list(run(settings, Bench(OneModel(tiny_lm), seconds=600)))
    assert seen[0].attention is not None
    assert seen[0].lime is None
    assert all(getattr(seen[-1], item.name) is not None for item in dataclasses.fields(Result))


def test_shapley_equals_the_mean_over_all_orders_of_single_calls(tiny_lm: LanguageModel, result: Result) -> None:
    parts = cut(TEXT, "word")
    known = {mask: probability_of_a(tiny_lm, parts.keep(mask)) for mask in itertools.product([0, 1], repeat=len(parts))}
    total = np.zeros(len(parts))
    for order in itertools.permutations(range(len(parts))):
        mask = [0] * len(parts)
        for unit in order:
            before = known[tuple(mask)]
            mask[unit] = 1
            total[unit] += known[tuple(mask)] - before
    panel = result.shapley
    assert panel is not None
    weights = [item.weight for item in panel.contributions]
    assert [item.text for item in panel.contributions] == ["the", "room", "is", "clean", "很", "好"]
    np.testing.assert_allclose(weights, total / factorial(len(parts)), atol=1e-5)
    assert sum(weights) == pytest.approx(known[(1,) * 6] - known[(0,) * 6], abs=1e-5)


def test_lime_comes_out_as_the_package_s_on_the_same_texts(tiny_lm: LanguageModel) -> None:
    panel = finish(tiny_lm, text=TEXT, target="next", token="A", samples=16).lime
    assert panel is not None
    parts = cut(TEXT, "word")
    spans = [TEXT[start:end] for start, end in parts.spans]
    masks, values = [], []
    for number in range(panel.seeds):
        explainer = LimeTextExplainer(split_expression=lambda _: spans, bow=False, mask_string="", random_state=number)

        def classify(texts: list[str]) -> np.ndarray:
            found = np.array([probability_of_a(tiny_lm, text) for text in texts])
            values.extend(found)
            return np.stack([1 - found, found], 1)

        explainer.explain_instance(TEXT, classify, num_samples=16 // panel.seeds)
        masks.extend(_masks_of(explainer, 16 // panel.seeds, number, len(parts)))
    base = LimeTextExplainer(random_state=0).base
    rows = np.array(masks, float)
    distances = 100 * (1 - np.sqrt(rows.mean(1)))
    labels = np.array(values)[:, None]
    _, weights, score, _ = base.explain_instance_with_data(
        rows, labels, distances, 0, len(parts), feature_selection="none"
    )
    assert [item.weight for item in panel.contributions] == pytest.approx(
        [dict(weights)[unit] for unit in range(len(parts))], abs=1e-6
    )
    assert panel.fit == pytest.approx(score, abs=1e-3)


def _masks_of(explainer: LimeTextExplainer, samples: int, seed: int, units: int) -> np.ndarray:
    """What the package drew, drawn again by its own method."""
    from lime.lime_text import IndexedString

    explainer.random_state = np.random.RandomState(seed)
    words = [f"w{unit}" for unit in range(units)]
    indexed = IndexedString(" ".join(words), bow=False, split_expression=lambda _: words, mask_string="")
    data, _, _ = explainer._LimeTextExplainer__data_labels_distances(
        indexed, lambda texts: np.zeros((len(texts), 1)), samples
    )
    return data


def test_leaving_out_equals_single_calls(tiny_lm: LanguageModel, result: Result) -> None:
    parts = cut(TEXT, "word")
    whole = probability_of_a(tiny_lm, TEXT)
    alone = [whole - probability_of_a(tiny_lm, parts.keep([other != unit for other in range(6)])) for unit in range(6)]
    assert result.left_out is not None
    assert [item.weight for item in result.left_out.contributions] == pytest.approx(alone, abs=1e-5)


def test_attention_is_what_the_model_returns(tiny_lm: LanguageModel, result: Result) -> None:
    with torch.no_grad():
        out = tiny_lm.recorder(torch.tensor([tiny_lm.encode(TEXT)]), output_attentions=True)
    assert result.attention is not None
    np.testing.assert_allclose(result.attention.weights(), torch.stack(out.attentions)[:, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(result.attention.weights().sum(-1), 1, atol=1e-3)


def test_the_perturbed_sentences_have_the_probabilities_that_the_model_gives(
    tiny_lm: LanguageModel, result: Result
) -> None:
    assert result.perturbed is not None
    assert len(result.perturbed.rows) == 4
    for text, value, change in result.perturbed.rows:
        assert value == pytest.approx(probability_of_a(tiny_lm, "" if text == "∅" else str(text)), abs=1e-6)
        assert change == pytest.approx(value - probability_of_a(tiny_lm, TEXT), abs=1e-6)


def test_curves_begin_and_end_at_the_whole_text_and_at_none(tiny_lm: LanguageModel, result: Result) -> None:
    whole, none = probability_of_a(tiny_lm, TEXT), probability_of_a(tiny_lm, cut(TEXT, "word").keep([0] * 6))
    assert result.deletion is not None
    assert result.insertion is not None
    for line in result.deletion.lines:
        assert (line.y[0], line.y[-1]) == pytest.approx((whole, none), abs=1e-5)
    for line in result.insertion.lines:
        assert (line.y[0], line.y[-1]) == pytest.approx((none, whole), abs=1e-5)


def test_the_lens_ends_with_the_model_s_own_choice(tiny_lm: LanguageModel, result: Result) -> None:
    probabilities = torch.softmax(tiny_lm.logits(tiny_lm.encode(TEXT)), -1)
    assert result.lens is not None
    assert result.lens.values[0] == pytest.approx(probabilities.max(-1).values[-14:].tolist(), abs=1e-6)


def test_a_chinese_sentence_split_at_spaces_is_one_feature_and_not_reliable(tiny_lm: LanguageModel) -> None:
    found = finish(tiny_lm, text="房间很干净，但是服务差。", target="next", samples=16)
    assert found.spaces is not None
    assert len(found.spaces.contributions) == 1
    assert not found.spaces.reliable
    assert found.splits is not None
    assert [row[2] for row in found.splits.rows][:3] == [1, 2, 6]


def test_the_token_typed_is_the_target_and_blank_means_the_likeliest(tiny_lm: LanguageModel, result: Result) -> None:
    assert result.shapley is not None
    assert result.shapley.value == pytest.approx(probability_of_a(tiny_lm, TEXT), abs=1e-6)
    likeliest = finish(tiny_lm, text=TEXT, target="next", samples=16).shapley
    assert likeliest is not None
    assert likeliest.value == pytest.approx(
        float(torch.softmax(tiny_lm.logits(tiny_lm.encode(TEXT))[-1], -1).max()), abs=1e-6
    )


@pytest.mark.parametrize("unit", ["word", "character", "token"])
@pytest.mark.parametrize("text", ["👍👍", "。！？", "单", "a", "<b>x</b> \u0301", "\u200b"])
def test_odd_texts_give_whole_results(text: str, unit: str, tiny_lm: LanguageModel) -> None:
    found = finish(tiny_lm, text=text, unit=unit, target="next", samples=16)
    assert all(getattr(found, item.name) is not None for item in dataclasses.fields(Result))


def test_too_many_units_are_refused_by_name(tiny_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(tiny_lm, text="字" * (MOST_UNITS + 1), unit="character", target="next")
    assert caught.value.field == "text"
    assert str(MOST_UNITS) in caught.value.message.zh
    assert "文本" in caught.value.message.zh


def test_a_model_without_a_probe_can_not_be_asked_for_sentiment(tiny_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(tiny_lm, text=TEXT, target="positive")
    assert caught.value.field == "target"


@pytest.mark.parametrize("heaviest", range(6))
def test_the_prediction_names_the_third_of_the_heaviest_word(result: Result, heaviest: int) -> None:
    assert result.shapley is not None
    moved = (
        dataclasses.replace(item, weight=-0.9 if place == heaviest else 0.1)
        for place, item in enumerate(result.shapley.contributions)
    )
    outcome = TOPIC.prediction.outcome(Result(shapley=dataclasses.replace(result.shapley, contributions=tuple(moved))))
    assert outcome is not None
    assert outcome.answer == ["first", "first", "middle", "middle", "last", "last"][heaviest]


@pytest.mark.model
def test_the_probe_is_explained_on_the_real_model(real_lm: LanguageModel) -> None:
    text = "房间很干净，但是服务态度太差了。"
    found = finish(real_lm, text=text, target="negative", samples=64)
    probe = sentiment.load()
    parts = cut(text, "word")
    whole, none = probe.probabilities(real_lm, [text, parts.keep([0] * len(parts))])[:, 0]
    assert found.shapley is not None
    assert found.shapley.value == pytest.approx(whole, abs=0.01)
    assert sum(item.weight for item in found.shapley.contributions) == pytest.approx(whole - none, abs=0.02)
    assert found.integrated is not None
    assert found.integrated.value == pytest.approx(whole, abs=0.02)

"""The drawings of explainability against what they draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from playground.lab.codec import encode
from playground.lab.panels import panels_of
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.explainability.attributions import NAMES
from playground.topics.explainability.lab import LENS_POSITIONS
from playground.topics.explainability.settings import Result
from playground.topics.explainability.test_lab import TEXT, finish, probability_of_a


@pytest.fixture(scope="module")
def result(tiny_lm: LanguageModel) -> Result:
    return finish(tiny_lm, text=TEXT, target="next", token="A", samples=512)


def test_attention_is_what_the_model_returns(tiny_lm: LanguageModel, result: Result) -> None:
    with torch.no_grad():
        out = tiny_lm.recorder(torch.tensor([tiny_lm.encode(TEXT)]), output_attentions=True)
    assert result.attention is not None
    np.testing.assert_allclose(result.attention.weights(), torch.stack(out.attentions)[:, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(result.attention.weights().sum(-1), 1, atol=1e-3)


def test_every_method_s_panel_has_its_weights_and_its_agreement(result: Result) -> None:
    assert result.findings is not None
    for name in NAMES:
        panel, method = getattr(result, name), result.findings.methods[name]
        assert tuple(item.weight for item in panel.contributions) == method.weights
        assert tuple(item.text for item in panel.contributions) == result.findings.units
        assert panel.agreement == method.agreement
        assert panel.reliable == method.reliable


def test_the_map_of_methods_has_each_row_over_its_largest_size(result: Result) -> None:
    assert result.findings is not None
    assert result.comparison is not None
    for name, row in zip(NAMES, result.comparison.values, strict=True):
        weights = np.array(result.findings.methods[name].weights)
        np.testing.assert_allclose(row, weights / abs(weights).max())


def test_the_map_of_agreement_has_spearman_by_the_order_of_the_page(result: Result) -> None:
    assert result.findings is not None
    assert result.agreement is not None
    assert result.agreement.rows == tuple(NAMES.values())
    spearman = result.findings.spearman
    assert result.agreement.values == tuple(tuple(spearman[a][b] for b in NAMES) for a in NAMES)
    assert "排名" not in str(result.agreement.caveat)


def test_the_perturbed_sentences_have_the_probabilities_that_the_model_gives(
    tiny_lm: LanguageModel, result: Result
) -> None:
    assert result.perturbed is not None
    assert len(result.perturbed.rows) == 4
    for text, value, change in result.perturbed.rows:
        assert value == pytest.approx(probability_of_a(tiny_lm, "" if text == "∅" else str(text)), abs=1e-6)
        assert change == pytest.approx(value - probability_of_a(tiny_lm, TEXT), abs=1e-6)


def test_the_legends_of_the_curves_have_the_areas(result: Result) -> None:
    assert result.findings is not None
    for lines, areas in (
        (result.deletion, result.findings.deletion),
        (result.insertion, result.findings.insertion),
    ):
        assert lines is not None
        names = [str(getattr(line.name, "en", line.name)) for line in lines.lines]
        shown = [float(name.rsplit(" ", 1)[1]) for name in names]
        assert shown == pytest.approx([areas.random, *areas.methods.values()], abs=6e-4)


def test_the_lens_has_the_last_layer_on_top(tiny_lm: LanguageModel, result: Result) -> None:
    probabilities = torch.softmax(tiny_lm.logits(tiny_lm.encode(TEXT)), -1)
    assert result.lens is not None
    assert result.findings is not None
    assert result.lens.values[0] == pytest.approx(probabilities.max(-1).values[-LENS_POSITIONS:].tolist(), abs=1e-6)
    assert tuple(row[-1] for row in reversed(result.lens.texts)) == result.findings.lens.choices


def test_the_table_of_splits_counts_what_it_lists(tiny_lm: LanguageModel) -> None:
    result = finish(tiny_lm, text="房间很干净，但是服务差。", target="next", samples=16)
    assert result.splits is not None
    for _, _, count, features in result.splits.rows:
        assert count == len(str(features).split(" | "))
    assert [row[2] for row in result.splits.rows][:4] == [1, 2, 6, 10]
    assert result.spaces is not None
    assert len(result.spaces.contributions) == 1
    assert not result.spaces.reliable


def shown(panel: Any, language: str) -> str:
    """All that a panel says besides its title, in one language."""

    def texts(data: Any) -> Iterator[str]:
        if isinstance(data, dict) and data.keys() == {"zh", "en"}:
            yield data[language]
        elif isinstance(data, dict | list):
            for item in data.values() if isinstance(data, dict) else data:
                yield from texts(item)

    return " ".join(texts(encode(panel)))


# What is about no model: how a text is cut.
UNEXPLAINED = {"splits"}


def test_every_panel_says_that_the_model_itself_is_explained_on_the_bare_text_in_all_layers(result: Result) -> None:
    for item in panels_of(Result):
        if item.name not in UNEXPLAINED:
            panel = getattr(result, item.name)
            assert re.search(r"原文.*全部 3 层", shown(panel, "zh")), item.name
            if item.name != "attention":
                assert "模型自己" in shown(panel, "zh"), item.name
                assert re.search("model'?s? (own|itself)", shown(panel, "en")), item.name
            assert re.search("bare text.*all 3 layers", shown(panel, "en")), item.name


@pytest.mark.model
def test_every_panel_says_that_a_probe_is_explained_on_the_framed_text_at_its_layer(real_lm: LanguageModel) -> None:
    result = finish(real_lm, text="好吃", target="positive", samples=16, steps=4)
    layer = sentiment.load().layer
    for item in panels_of(Result):
        panel = getattr(result, item.name)
        zh, en = shown(panel, "zh"), shown(panel, "en")
        if item.name == "lens":
            assert (
                "模型自己，原文，全部 18 层" in zh
                and "the model itself on the bare text, all 18 layers, and no probe" in en
            )
        elif item.name not in UNEXPLAINED:
            assert "探针" in zh and "提示语" in zh and f"第 {layer} 层" in zh, item.name
            assert "probe" in en and "in a prompt" in en and f"layer {layer}" in en, item.name

"""Topic 16 against independent references; the tiny model has no sentiment probe, so there the target is the next token."""

from __future__ import annotations

import dataclasses
import itertools
from math import factorial
from typing import Any

import numpy as np
import pytest
import torch
from lime.lime_text import LimeTextExplainer
from scipy import stats

from playground.explanation.agreement import deletion, insertion
from playground.explanation.logit_lens import Lens
from playground.explanation.removal import cut
from playground.explanation.striking import drawn
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.validation import validate
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.explainability.attributions import MOST_UNITS, NAMES, prepare
from playground.topics.explainability.curves import METHODS, walk_all
from playground.topics.explainability.findings import AtSpaces, Features, Findings, Layers, layers
from playground.topics.explainability.interview import follow_ups, verdict
from playground.topics.explainability.lab import TOPIC, run
from playground.topics.explainability.settings import Result, Settings
from tests.fakes import OneModel, finished

TEXT = "the room is clean, 很好"


def finish(lm: LanguageModel, **values: Any) -> Result:
    settings = validate(Settings, values, "en")
    result = None
    for new in run(settings, Bench(OneModel(lm), seconds=600)):
        result = merged(result, new)
    assert result is not None
    return result


def find(lm: LanguageModel, **values: Any) -> Findings:
    findings = finish(lm, **values).findings
    assert findings is not None
    return findings


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return find(tiny_lm, text=TEXT, target="next", token="A", samples=512)


def probability_of_a(lm: LanguageModel, text: str) -> float:
    """By one plain call of the module."""
    with torch.no_grad():
        return float(
            torch.softmax(lm.module(torch.tensor([lm.encode(text)])).logits[0, -1].float(), -1)[lm.encode("A")[-1]]
        )


def test_every_panel_is_filled_step_by_step(tiny_lm: LanguageModel) -> None:
    settings = validate(Settings, {"text": TEXT, "target": "next"}, "en")
    parts = list(run(settings, Bench(OneModel(tiny_lm), seconds=600)))
    names = {item.name for item in panels_of(Result)}
    brought = [{name for name in names if getattr(part, name) is not None} for part in parts]
    assert brought[0] == {"attention"}
    assert brought[1] == {"left_out", "lime"}
    assert set().union(*brought) == names
    assert parts[-1].findings is not None


def test_a_struck_word_gives_the_value_of_the_text_typed_without_it(tiny_lm: LanguageModel, found: Findings) -> None:
    """Against a plain call of the module on the shorter text, and against a whole run on it."""
    values = {"text": TEXT, "target": "next", "token": "A", "samples": 512}
    for written, shorter in (("2:is", "the room clean, 很好"), ("0|4:很", "room is clean,好"), ("0|1|2|3|4|5", ",")):
        result = finished(TOPIC, tiny_lm, {**values, "struck": written})
        struck = result.findings.struck
        assert struck is not None
        assert struck.text == shorter
        assert struck.whole == found.value
        assert struck.value == pytest.approx(probability_of_a(tiny_lm, shorter), rel=1e-4)
        lime = found.methods["lime"]
        assert lime.intercept is not None
        kept = [weight for unit, weight in enumerate(lime.weights) if unit not in struck.units]
        assert struck.predicted == pytest.approx(lime.intercept + sum(kept))
        assert dataclasses.replace(result.findings, struck=None) == found
        shown = drawn(struck)
        showing = {name for name in ("attention", *NAMES) if getattr(result, name).struck == shown}
        assert showing == {"attention", *NAMES}
    assert struck.value == pytest.approx(find(tiny_lm, **{**values, "text": ","}).value, rel=1e-4)


def test_attention_knows_whose_unit_each_piece_is(tiny_lm: LanguageModel) -> None:
    attention = finish(tiny_lm, text=TEXT, target="next").attention
    assert attention is not None
    assert attention.units == cut(TEXT, "word").names
    read = [""] * len(attention.units)
    for piece, owner in zip(attention.pieces, attention.owners, strict=True):
        if owner >= 0:
            read[owner] += piece
    assert [text.strip() for text in read] == list(attention.units)


def test_two_runs_give_the_same_findings_and_json_both_ways(tiny_lm: LanguageModel, found: Findings) -> None:
    assert find(tiny_lm, text=TEXT, target="next", token="A", samples=512) == found
    assert decode(Findings, encode(found)) == found


def test_shapley_equals_the_mean_over_all_orders_of_single_calls(tiny_lm: LanguageModel, found: Findings) -> None:
    parts = cut(TEXT, "word")
    known = {mask: probability_of_a(tiny_lm, parts.keep(mask)) for mask in itertools.product([0, 1], repeat=len(parts))}
    total = np.zeros(len(parts))
    for order in itertools.permutations(range(len(parts))):
        mask = [0] * len(parts)
        for unit in order:
            before = known[tuple(mask)]
            mask[unit] = 1
            total[unit] += known[tuple(mask)] - before
    weights = found.methods["shapley"].weights
    assert found.units == ("the", "room", "is", "clean", "很", "好")
    np.testing.assert_allclose(weights, total / factorial(len(parts)), atol=1e-5)
    assert sum(weights) == pytest.approx(known[(1,) * 6] - known[(0,) * 6], abs=1e-5)


def test_lime_comes_out_as_the_package_s_on_the_same_texts(tiny_lm: LanguageModel) -> None:
    lime = find(tiny_lm, text=TEXT, target="next", token="A", samples=16).methods["lime"]
    parts = cut(TEXT, "word")
    spans = [TEXT[start:end] for start, end in parts.spans]
    masks, values = [], []
    # Sixteen samples are eight rounds of two, each from a seed of its own.
    for number in range(8):
        explainer = LimeTextExplainer(split_expression=lambda _: spans, bow=False, mask_string="", random_state=number)

        def classify(texts: list[str]) -> np.ndarray:
            # The package leaves the space that then begins the text.
            found = np.array([probability_of_a(tiny_lm, text.strip(" ")) for text in texts])
            values.extend(found)
            return np.stack([1 - found, found], 1)

        explainer.explain_instance(TEXT, classify, num_samples=2)
        masks.extend(_masks_of(explainer, 2, number, len(parts)))
    base = LimeTextExplainer(random_state=0).base
    rows = np.array(masks, float)
    distances = 100 * (1 - np.sqrt(rows.mean(1)))
    labels = np.array(values)[:, None]
    _, weights, score, _ = base.explain_instance_with_data(
        rows, labels, distances, 0, len(parts), feature_selection="none"
    )
    assert (lime.samples, lime.distinct) == (16, len(np.unique(rows, axis=0)))
    assert lime.weights == pytest.approx([dict(weights)[unit] for unit in range(len(parts))], abs=1e-6)
    assert lime.fit == pytest.approx(score, abs=1e-3)


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


def test_leaving_out_equals_single_calls(tiny_lm: LanguageModel, found: Findings) -> None:
    parts = cut(TEXT, "word")
    whole = probability_of_a(tiny_lm, TEXT)
    alone = [whole - probability_of_a(tiny_lm, parts.keep([other != unit for other in range(6)])) for unit in range(6)]
    assert found.methods["left_out"].weights == pytest.approx(alone, abs=1e-5)


def test_mean_attention_and_the_sink_are_what_the_model_returns(tiny_lm: LanguageModel, found: Findings) -> None:
    with torch.no_grad():
        out = tiny_lm.recorder(torch.tensor([tiny_lm.encode(TEXT)]), output_attentions=True)
    last = torch.stack(out.attentions)[:, 0, :, -1].mean((0, 1)).numpy()
    assert found.sink == pytest.approx(float(last[0]), abs=1e-5)
    # One token a byte, after the beginning of text: "the" is the first three.
    assert found.methods["mean"].weights[0] == pytest.approx(float(last[1:4].sum()), abs=1e-5)


def test_correlations_are_scipys_by_size(found: Findings) -> None:
    for a, b in itertools.product(found.methods, repeat=2):
        sizes = [[abs(weight) for weight in found.methods[name].weights] for name in (a, b)]
        assert found.spearman[a][b] == pytest.approx(float(stats.spearmanr(*sizes).statistic))
    assert found.methods["lime"].agreement == found.spearman["lime"]["shapley"]
    assert found.methods["shapley"].agreement is None


def test_the_integral_is_complete_to_within_its_gap(tiny_lm: LanguageModel, found: Findings) -> None:
    few, many = (find(tiny_lm, text=TEXT, target="next", token="A", samples=16, steps=steps) for steps in (4, 128))
    assert abs(many.integral.gap) < abs(few.integral.gap)
    assert abs(many.integral.gap) < 1e-3
    assert many.integral.baseline == pytest.approx(found.integral.baseline, abs=1e-6)
    # The text's only token outside the units is the comma, of which the sum over units knows nothing.
    assert sum(many.methods["integrated"].weights) == pytest.approx(
        many.value - many.integral.baseline + many.integral.gap, abs=0.05
    )


def test_the_perturbed_texts_are_the_text_with_units_removed(found: Findings) -> None:
    parts = cut(TEXT, "word")
    possible = {parts.keep(mask) for mask in itertools.product([0, 1], repeat=len(parts))}
    assert len(found.perturbed) == len(set(found.perturbed)) == 12
    assert set(found.perturbed) <= possible - {TEXT}


def test_curves_begin_and_end_at_the_whole_text_and_at_none(tiny_lm: LanguageModel, found: Findings) -> None:
    whole, none = probability_of_a(tiny_lm, TEXT), probability_of_a(tiny_lm, cut(TEXT, "word").keep([0] * 6))
    task = prepare(tiny_lm, validate(Settings, {"text": TEXT, "target": "next", "token": "A"}, "en"))
    weights = {name: SimpleWeights(np.array(method.weights)) for name, method in found.methods.items()}
    for walk, ends, areas in (
        (deletion, (whole, none), found.deletion),
        (insertion, (none, whole), found.insertion),
    ):
        curves = walk_all(task, weights, walk)  # type: ignore[arg-type]
        for curve in (*curves.methods.values(), curves.random.mean):
            assert (curve.y[0], curve.y[-1]) == pytest.approx(ends, abs=1e-5)
        for name, curve in curves.methods.items():
            heights = [(one + other) / 2 for one, other in itertools.pairwise(curve.y)]
            assert areas.methods[name] == pytest.approx(sum(heights) / len(heights), abs=1e-6)
        assert set(areas.methods) == set(METHODS)
        assert areas.random_low <= areas.random <= areas.random_high


@dataclasses.dataclass(frozen=True)
class SimpleWeights:
    """All that a walk reads of a method's weights."""

    weights: np.ndarray


def test_the_lens_ends_with_the_model_s_own_choice(tiny_lm: LanguageModel, found: Findings) -> None:
    probabilities = torch.softmax(tiny_lm.logits(tiny_lm.encode(TEXT))[-1], -1)
    assert len(found.lens.choices) == len(found.lens.final) == tiny_lm.layers + 1
    assert found.lens.final[-1] == pytest.approx(float(probabilities.max()), abs=1e-6)
    assert found.lens.choices[-1] == named(tiny_lm, int(probabilities.argmax())).replace(" ", "␣")


def named(lm: LanguageModel, token: int) -> str:
    """The token's text; or its byte, which the tokenizer writes as the character of that number where it can be printed."""
    text = lm.decode([token])
    return f"<0x{ord(str(lm.tokenizer.convert_ids_to_tokens(token))):02X}>" if text == "\ufffd" else text


@pytest.mark.parametrize(
    ("tokens", "settled"), [((1, 2, 7, 7), 2), ((7, 7, 7, 7), 0), ((7, 7, 1, 7), 3), ((7, 1, 7, 7), 2)]
)
def test_a_layer_has_settled_when_no_later_one_chooses_otherwise(tokens: tuple[int, ...], settled: int) -> None:
    shares = torch.tensor([[0.5, share] for share in (0.1, 0.2, 0.3, 0.9)])
    lens = Lens(torch.tensor([[9, token] for token in tokens]), shares, shares)
    assert layers("abcd", lens) == Layers(("a", "b", "c", "d"), pytest.approx((0.1, 0.2, 0.3, 0.9)), settled)  # type: ignore[arg-type]


def test_a_chinese_sentence_split_at_spaces_is_one_feature_and_not_reliable(tiny_lm: LanguageModel) -> None:
    found = find(tiny_lm, text="房间很干净，但是服务差。", target="next", samples=16)
    assert found.at_spaces == AtSpaces(1, reliable=False)
    assert found.splits == Features(spaces=1, not_words=2, words=6, characters=10)
    assert found.chinese_splits.spaces == 1


def test_the_token_typed_is_the_target_and_blank_means_the_likeliest(tiny_lm: LanguageModel, found: Findings) -> None:
    assert found.token == "A"
    assert found.layer == found.layers == tiny_lm.layers
    assert found.value == pytest.approx(probability_of_a(tiny_lm, TEXT), abs=1e-6)
    likeliest = find(tiny_lm, text=TEXT, target="next", samples=16)
    shares = torch.softmax(tiny_lm.logits(tiny_lm.encode(TEXT))[-1], -1)
    assert likeliest.value == pytest.approx(float(shares.max()), abs=1e-6)
    assert likeliest.token == named(tiny_lm, int(shares.argmax()))


@pytest.mark.model
def test_a_word_typed_without_its_space_is_the_likelier_token(real_lm: LanguageModel) -> None:
    text = "The capital of France is Paris; the capital of Japan is"
    for typed in ("Tokyo", " Tokyo", ""):
        task = prepare(real_lm, Settings(text=text, target="next", token=typed))
        assert task.token == real_lm.encode(" Tokyo", bos=False)[0]
        assert "“ Tokyo”" in str(getattr(task.target.label, "en", ""))
    chinese = prepare(real_lm, Settings(text="法国的首都是巴黎，日本的首都是", target="next", token="东京"))
    assert chinese.token == real_lm.encode("东京", bos=False)[0]


@pytest.mark.model
def test_parts_of_characters_are_named_by_their_bytes(real_lm: LanguageModel) -> None:
    result = finish(real_lm, text="𠮷野家的饭", samples=16)
    assert result.lens is not None
    cells = [str(column) for column in result.lens.columns] + [text for row in result.lens.texts for text in row]
    assert not any("\ufffd" in cell for cell in cells)
    assert "𠮷" in result.lens.columns and result.lens.columns.count("·") >= 2


@pytest.mark.parametrize("unit", ["word", "character", "token"])
@pytest.mark.parametrize("text", ["👍👍", "。！？", "单", "a", "<b>x</b> \u0301", "\u200b"])
def test_odd_texts_give_whole_results(text: str, unit: str, tiny_lm: LanguageModel) -> None:
    settings = validate(Settings, {"text": text, "unit": unit, "target": "next", "samples": 16}, "en")
    result = finish(tiny_lm, text=text, unit=unit, target="next", samples=16)
    assert all(getattr(result, item.name) is not None for item in dataclasses.fields(Result))
    assert result.findings is not None
    assert encode(result.findings)
    assert verdict(settings, result.findings)
    follow_ups(settings, result.findings)


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


@pytest.mark.model
def test_the_probe_is_explained_on_the_real_model(real_lm: LanguageModel) -> None:
    text = "房间很干净，但是服务态度太差了。"
    found = find(real_lm, text=text, target="negative", samples=64)
    probe = sentiment.load()
    parts = cut(text, "word")
    whole, none = probe.probabilities(real_lm, [text, parts.keep([0] * len(parts))])[:, 0]
    assert found.value == pytest.approx(whole, abs=0.01)
    assert sum(found.methods["shapley"].weights) == pytest.approx(whole - none, abs=0.02)
    assert abs(found.integral.gap) < 0.05
    assert found.layer == probe.layer

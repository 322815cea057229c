"""The lab on a tiny model: everything is filled, deterministic, refused where it must be; scores against hand computations."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.text import Language, Text
from playground.language.sentence_vectors import average_embeddings
from playground.models.language_model import LanguageModel
from playground.topics.zero_shot import calibration, explaining, judging, lab
from playground.topics.zero_shot.embedding import TEMPERATURE, vector_logs
from playground.topics.zero_shot.findings import METHODS, Findings
from playground.topics.zero_shot.settings import Result, Settings
from playground.topics.zero_shot.templates import templates
from playground.topics.zero_shot.verbalizer import Texts, Verbalizer
from tests.fakes import OneModel, finished

LINES = "\n".join(f"{label}: {word}" for label, words in {"up": "high top sky hill roof", "down": "low deep pit mine well"}.items() for word in words.split())  # fmt: skip
SMALL: dict[str, Any] = {
    "text": "a tall tree", "labels": "up = u\ndown = d", "template": "{text}\nCategory:", "texts": LINES, "asked": 8, "samples": 16,
}  # fmt: skip


def finish(lm: LanguageModel, **values: Any) -> Result:
    last = None
    for result in lab.run(Settings(**(SMALL | values)), Bench(OneModel(lm), seconds=600)):
        last = merged(last, result)
    assert last is not None
    return last


def found_by(lm: LanguageModel, **values: Any) -> Findings:
    """The findings alone, without LIME."""
    for result in lab.run(Settings(**(SMALL | values)), Bench(OneModel(lm), seconds=600)):
        if result.findings is not None:
            return result.findings
    raise AssertionError("no findings")


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    result = finish(tiny_lm)
    assert all(getattr(result, item.name) is not None for item in panels_of(Result))
    assert result.findings is not None
    return result.findings


def test_a_run_fills_every_panel_and_goes_to_json_and_back(found: Findings, tiny_lm: LanguageModel) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found), allow_nan=False))) == found
    assert tuple(found.methods) == METHODS and len(found.templates) == 24 and not found.own and found.texts == 8
    for name, one in found.methods.items():
        assert sum(one.probabilities) == pytest.approx(1)
        assert sum(one.votes) == len(one.by_template) == (1 if name == "vectors" else 24)
        assert one.accuracy is not None and 0 <= one.accuracy.value <= 1 and (one.against is None) == (name == "raw")
    assert sum(found.shares) == 1 and len(found.levels) == 4 + 2 + 3
    assert found_by(tiny_lm) == replace(found, explained=None)


def test_a_struck_word_gives_the_labels_probability_of_the_text_typed_without_it(
    found: Findings, tiny_lm: LanguageModel
) -> None:
    """Against a run on the shorter text by raw scores, where no prior depends on the text."""
    whole = finish(tiny_lm, method="raw").findings
    struck = finished(lab.TOPIC, tiny_lm, SMALL | {"method": "raw", "struck": "1:tall"}).findings
    shorter = finish(tiny_lm, method="raw", text="a tree").findings
    assert whole is not None and whole.explained is not None
    assert shorter is not None and shorter.explained is not None
    without = struck.explained.struck
    assert without.text == "a tree" and without.whole == whole.explained.value
    place = whole.labels.index(whole.explained.name)
    assert without.value == pytest.approx(shorter.methods["raw"].probabilities[place], rel=1e-4)
    assert without.predicted == pytest.approx(
        whole.explained.intercept + whole.explained.weights[0] + whole.explained.weights[2]
    )
    # With a prior taken off, the same prior is taken off the shorter text.
    calibrated = finished(lab.TOPIC, tiny_lm, SMALL | {"struck": "1"}).findings.explained
    assert found.explained is not None and calibrated.shift == found.explained.shift
    raw = np.log([without.value, 1 - without.value])[:: 1 if place == 0 else -1] - np.array(calibrated.shift)
    share = np.exp(raw) / np.exp(raw).sum()
    assert calibrated.struck.value == pytest.approx(share[found.labels.index(calibrated.name)], rel=1e-3)


def test_a_long_text_is_read_in_part_counted_and_shown_as_read(tiny_lm: LanguageModel) -> None:
    long = "ab" * 90
    result = finish(tiny_lm, text=long)
    assert result.findings is not None and result.findings.cut == 1
    assert result.read is not None and result.read.caveat is not None
    (prompt,) = [row[1] for row in result.read.rows if row[0] == Text(zh="你的提示", en="your prompt")]
    assert prompt == "ab" * 80 + " ⏎ Category:"
    # What comes after is indeed not read.
    same = finish(tiny_lm, text="ab" * 80 + "cd" * 10).findings
    assert same is not None and same.methods["raw"].probabilities == result.findings.methods["raw"].probabilities


def test_accuracy_is_the_mean_over_templates_and_texts(found: Findings) -> None:
    for one in found.methods.values():
        assert one.accuracy is not None
        assert one.accuracy.value == pytest.approx(np.mean([share.value for share in one.by_template]))
        assert one.lowest == min(share.value for share in one.by_template)


def test_texts_without_these_labels_are_scored_without_accuracy(tiny_lm: LanguageModel) -> None:
    other = found_by(tiny_lm, labels="left = l\nright = r", seed=3)
    assert not other.labelled and other.texts == 8 and other.picked is None and other.assignments is None
    assert all(one.accuracy is None and not one.by_template for one in other.methods.values())
    assert decode(Findings, json.loads(json.dumps(encode(other)))) == other


def test_a_template_of_ones_own_is_looked_into_and_not_counted(tiny_lm: LanguageModel, found: Findings) -> None:
    own = found_by(tiny_lm, template="Of {labels}: {text} ->")
    assert own.own and "up = u, down = d" in own.chosen and len(own.templates) == 24
    assert own.methods["raw"].by_template == found.methods["raw"].by_template
    assert own.methods["raw"].probabilities != found.methods["raw"].probabilities


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("labels", {"labels": "one"}),
        ("labels", {"labels": "up\nUP"}),
        ("labels", {"labels": "up\n" + "long " * 20}),
        ("template", {"template": "no place"}),
        ("template", {"template": "{text} and {text}:"}),
        ("template", {"template": "Label: {text} "}),
        ("texts", {"texts": "no separator\n" * 9}),
        ("asked", {"labels": "\n".join(f"{letter * 38}" for letter in "abcdefgh")}),
    ],
)
def test_what_cannot_be_scored_is_refused_by_field(tiny_lm: LanguageModel, field: str, values: dict[str, Any]) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(tiny_lm, **values)
    assert caught.value.field == field
    for language in Language:
        assert caught.value.message.in_(language).strip()


@pytest.mark.parametrize("text", ["😀🎉", "<img src=x onerror=1>", "x" * 200, "{labels} {text}"])
def test_odd_texts_are_scored(tiny_lm: LanguageModel, text: str) -> None:
    assert finish(tiny_lm, text=text).lime is not None


def test_a_run_stops_between_two_passes(tiny_lm: LanguageModel) -> None:
    stop = threading.Event()
    stream = lab.run(Settings(**SMALL), Bench(OneModel(tiny_lm), cancelled=stop, seconds=600))
    next(stream)
    stop.set()
    with pytest.raises(Cancelled):
        next(stream)


def test_a_sample_is_even_over_the_classes_and_keeps_the_order() -> None:
    texts = Texts(tuple(map(str, range(30))), (0,) * 20 + (1,) * 10, 0, 0)
    drawn = explaining.sample(texts, 12, 0)
    assert drawn.classes == (0,) * 6 + (1,) * 6 and list(drawn.texts) == sorted(drawn.texts, key=int)
    assert explaining.sample(texts, 12, 1) != drawn and len(explaining.sample(texts, 80, 0)) == 30


# ---- calibration


def test_a_calibrated_probability_is_the_raw_one_over_the_prior() -> None:
    # One template, one text, two classes of one word each: 0.6 and 0.4, with a prior of 0.8 and 0.2.
    words = np.log([[[0.6, 0.4]]])
    two = np.log([[[0.9, 0.1], [0.7, 0.3]]])
    found = calibration.priors(two, two, np.log([[0.5, 0.5]]), words)
    np.testing.assert_allclose(np.exp(found["contextual"]), [[0.8, 0.2]])
    logs = calibration.classify(words, (0, 1), (1, 1), found)
    np.testing.assert_allclose(np.exp(logs["contextual"])[0, 0], [0.75 / 2.75, 2 / 2.75])
    np.testing.assert_allclose(np.exp(logs["pmi"])[0, 0], [0.6, 0.4])
    np.testing.assert_allclose(np.exp(logs["batch"])[0, 0], [0.5, 0.5])


def test_words_of_a_class_add_up_and_length_divides_each_words_sum() -> None:
    words = np.log([[[0.2, 0.1, 0.04]]])
    np.testing.assert_allclose(np.exp(calibration.of_classes(words, (0, 0, 1)))[0, 0], [0.3, 0.04])
    logs = calibration.classify(words, (0, 0, 1), (1, 1, 2), {})
    np.testing.assert_allclose(np.exp(logs["raw"])[0, 0], [0.3 / 0.34, 0.04 / 0.34])
    np.testing.assert_allclose(np.exp(logs["length"])[0, 0], [0.3 / 0.5, 0.2 / 0.5])
    # What is the same for all words of a prompt changes no probability: so logits do where every word is one token.
    shifted = calibration.classify(words + 7, (0, 0, 1), (1, 1, 1), {})
    np.testing.assert_allclose(shifted["raw"], logs["raw"])


def test_texts_of_the_domain_are_of_its_words_and_of_its_length() -> None:
    texts = ("one two three", "four five six seven eight")
    drawn = calibration.domain_texts(texts, 0, " ")
    assert len(drawn) == calibration.DOMAIN_TEXTS and all(len(text.split()) == 4 for text in drawn)
    assert {word for text in drawn for word in text.split()} <= set(" ".join(texts).split())
    assert calibration.domain_texts(("！！", "。。"), 0, "") == ("！！", "。。")


# ---- vectors, assignments, picking


def test_vectors_are_compared_by_centred_cosines(tiny_lm: LanguageModel) -> None:
    texts, words = ["abc", "xyz", "hello"], [["ab", "q"], ["yz"]]
    inputs, targets = (average_embeddings(tiny_lm, one).double().numpy() for one in (texts, ["ab", "q", "yz"]))
    inputs, targets = inputs - inputs.mean(0), targets - targets.mean(0)
    cosines = np.array([[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in targets] for a in inputs])
    nearest = np.exp(np.column_stack([cosines[:, :2].max(1), cosines[:, 2]]) / TEMPERATURE)
    found = np.exp(vector_logs(tiny_lm, texts, words, "average"))
    np.testing.assert_allclose(found, nearest / nearest.sum(1, keepdims=True), atol=1e-4)


def test_assignments_against_every_permutation() -> None:
    random = np.random.default_rng(0)
    logs, gold = random.normal(size=(5, 30, 4)), random.integers(0, 4, 30)
    answers = logs.argmax(-1)
    # Class g is now called by the words of class order[g].
    every = {order: (answers == np.array(order)[gold]).mean() for order in itertools.permutations(range(4))}
    found = judging.assign(logs, gold)
    assert found.own.value == pytest.approx(every[0, 1, 2, 3]) and found.moved.value == pytest.approx(every[3, 0, 1, 2])
    assert found.best.value == pytest.approx(max(every.values()))


def test_a_template_picked_by_luck_falls_back_on_the_other_half() -> None:
    # Templates that guess: whatever is best on one half is right on half of the other.
    random = np.random.default_rng(1)
    gold = random.integers(0, 2, 400)
    found = judging.pick(random.normal(size=(24, 400, 2)), gold, 0)
    assert found.seen.value > 0.55 > found.held_out.value and found.average.value == pytest.approx(0.5, abs=0.03)
    # One that is always right is picked and stays right.
    sure = np.stack([np.eye(2)[gold], -np.eye(2)[gold]])
    best = judging.pick(sure, gold, 0)
    assert (best.seen.value, best.held_out.value, best.average.value) == (1.0, 1.0, 0.5)


def test_levels_average_the_templates_that_have_them() -> None:
    labels = Verbalizer(("a", "b"), (("a",), ("b",)))
    fixed = templates(labels, Language.EN)
    gold = np.array([0, 1, 1])
    # Only templates that list options are right, on the first two texts.
    logs = np.full((24, 3, 2), -1.0)
    for place, template in enumerate(fixed):
        logs[place, np.arange(3), gold if template.listed != "none" else 1 - gold] = 0
        logs[place, 2] = [0, -1]
    found = {one.level: one.accuracy["raw"].value for one in judging.levels({"raw": logs}, gold, fixed)}
    assert found["none"] == 0 and found["listed"] == found["reversed"] == pytest.approx(2 / 3)
    assert found["Label"] == found[":"] == pytest.approx(4 / 9)


def test_a_gain_is_paired_by_text() -> None:
    gold = np.zeros(10, dtype=np.int64)
    good, bad = np.zeros((24, 10, 2)), np.zeros((24, 10, 2))
    good[..., 0], bad[..., 1] = 1, 1
    bad[:, 0] = [1, 0]
    judged = judging.judge(good, good[:, 0], gold, 0, bad)
    assert judged.against is not None and judged.against.value == pytest.approx(0.9) and judged.against.side > 0
    assert judged.favoured == 0 and judged.favoured_share == 1 and judged.votes == (24, 0)
    single = judging.judge(good[:1], good[:1, 0], gold, 0)
    assert single.accuracy is not None and single.accuracy.low == pytest.approx(0.722, abs=1e-3)
    assert replace(single, by_template=()).lowest is None


def test_the_premise_of_pmi_has_neither_text_nor_options() -> None:
    labels = Verbalizer(("sport", "food"), (("sport",), ("food",)))
    for language in Language:
        for template in templates(labels, language):
            alone = calibration.premise(template)
            assert alone.before == "" and "\n" not in alone.after.strip()
            assert ("sport" in template.after) == (template.listed != "none") and "sport" not in alone.after

"""The sentiment topic against hand computation, plain single calls and the packages themselves."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from lime.lime_text import LimeTextExplainer
from scipy.stats import spearmanr
from snownlp import SnowNLP

from playground.data.challenge import challenges
from playground.data.english_sentences import english_sentences
from playground.data.reviews import reviews
from playground.explanation.lime_text import lime
from playground.explanation.removal import cut
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.topic import Outcome
from playground.learning import sentiment
from playground.learning.sentiment import Frame, SentimentProbe, fingerprint
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import bayes, lexicon, methods
from playground.topics.sentiment.change import change
from playground.topics.sentiment.clauses import clauses
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.judgement import judge
from playground.topics.sentiment.lab import TOPIC, run
from playground.topics.sentiment.prompted import QUESTIONS, ask, continuation_scores
from playground.topics.sentiment.settings import Settings
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

FIRST, SECOND = "好", "A longer text of another kind"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> LanguageModel:
    """A tiny model with a probe of its own, which reports what the trained one reports."""
    lm = wrap(tiny_llama())
    weight = torch.randn(lm.hidden_size, generator=torch.Generator().manual_seed(2)) / 3
    trained = sentiment.load().report
    model = {"name": lm.name, "fingerprint": fingerprint(lm)}
    frame = Frame("Review: ", "\nSentiment:")
    # Centred between two texts, so that both classes occur.
    states = lm.last_hidden([frame.ids(lm, text)[0] for text in (FIRST, SECOND)], 2)
    probe = SentimentProbe(frame, 2, weight, -float((states @ weight).mean()), model, trained)
    monkeypatch.setattr(sentiment, "load", lambda: probe)
    return lm


def findings_of(lm: LanguageModel, **values: object) -> Findings:
    *_, last = run(Settings(**values), Bench(OneModel(lm)))  # type: ignore[arg-type]
    assert last.findings is not None
    return last.findings


def outcome(found: Findings) -> Outcome:
    known = TOPIC.prediction.outcome(Settings(), found)
    assert known is not None
    return known


# ---- word lists


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("很好", 1.5 * 1),
        ("不好", -0.8 * 1),
        ("我不喜欢这本书", -0.8 * 2),
        ("不是很满意", -0.8 * 1.5 * 2),
        ("房间不错，就是有点吵。", 0.5 * 1 + 0.6 * -1),
        ("It was not very good.", -0.8 * 1.5 * 1),
        ("The food was good but the waiter was rude.", 0.5 * 1 - 2),
        ("Not bad", -0.8 * -2),
        ("今天是星期二", 0),
        ("😀", 0),
    ],
)
def test_lexicon_by_hand(text: str, score: float) -> None:
    assert sum(hit.value for hit in lexicon.hits(text)) == pytest.approx(score)
    assert lexicon.probability(text) == pytest.approx(1 / (1 + math.exp(-score)))


def test_a_negation_stays_in_its_clause() -> None:
    assert [hit.value for hit in lexicon.hits("不，好看")] == [2]
    assert [hit.value for hit in lexicon.hits("No, good")] == [1]


@pytest.mark.parametrize(
    ("text", "kind", "changed"),
    [
        ("服务很好", "negation", "服务不好"),
        ("我喜欢它", "negation", "我不喜欢它"),
        ("我不喜欢它", "negation", "我喜欢它"),
        ("味道不错", "negation", "味道糟糕"),
        ("今天是星期二", "negation", "我不认为今天是星期二"),
        ("味道好", "intensifier", "味道非常好"),
        ("味道很好", "intensifier", "味道有点好"),
        ("房间很干净", "swap", "房间很肮脏"),
        ("The room was clean.", "negation", "The room was not clean."),
        ("The room was not clean.", "negation", "The room was clean."),
        ("It doesn't work.", "negation", "It does work."),
        ("I won't return.", "negation", "I will return."),
        ("I love it.", "negation", "I do not love it."),
        ("Great phone", "swap", "Awful phone"),
        ("Great phone", "intensifier", "Really great phone"),
        ("It is very good.", "intensifier", "It is slightly good."),
        ("Tuesday", "negation", "It is not true that tuesday"),
    ],
)
def test_minimal_changes(text: str, kind: str, changed: str) -> None:
    made = change(text, kind)
    assert made.text == changed
    # Praise that begins with 不 can't be negated by another 不; what has no opinion word is negated.
    assert made.kind == {"味道不错": "swap"}.get(text, kind)


@pytest.mark.parametrize("text", ["😀", "。。。", "not", "不", "never", "1234", " x "])
@pytest.mark.parametrize("kind", ["negation", "intensifier", "swap"])
def test_odd_texts_can_be_changed_too(text: str, kind: str) -> None:
    assert isinstance(change(text, kind).text, str)


def test_clauses_and_what_they_are_about() -> None:
    found = clauses("位置很方便，但是房间太吵，价格 3.5 元。")
    assert [clause.text for clause in found] == ["位置很方便", "但是房间太吵", "价格 3.5 元"]
    assert [clause.aspect for clause in found if clause.aspect] == ["location", "room", "price"]
    assert [clause.text for clause in clauses("The food was good but the room was dirty.")] == [
        "The food was good",
        "but the room was dirty",
    ]
    assert [clause.text for clause in clauses("😀")] == ["😀"]


# ---- prompted model


def test_label_scores_against_one_plain_call_each(tiny_lm: LanguageModel) -> None:
    texts = [("好看", "zh"), ("a fine day", "en"), ("", "en")]
    found = continuation_scores(tiny_lm, texts)
    for row, (text, language) in zip(found, texts, strict=True):
        question = QUESTIONS[language]
        for value, word in zip(row, (question.negative, question.positive), strict=True):
            prompt = tiny_lm.encode(question.before + text + question.after)
            ids = tiny_lm.encode(question.before + text + question.after + word)
            assert ids[: len(prompt)] == prompt
            logs = torch.log_softmax(tiny_lm.logits(ids), -1)
            expected = sum(float(logs[place - 1, ids[place]]) for place in range(len(prompt), len(ids)))
            assert value == pytest.approx(expected, abs=1e-3)


def test_an_empty_text_calibrates_to_a_half(tiny_lm: LanguageModel) -> None:
    answer = ask(tiny_lm, ["好看", ""])
    # "" is taken for English, where calibration divides it by itself.
    assert answer.calibrated[1] == pytest.approx(0.5)
    odds = answer.raw / (1 - answer.raw)
    prior = answer.prior["zh"] / (1 - answer.prior["zh"])
    assert answer.calibrated[0] == pytest.approx(odds[0] / prior / (1 + odds[0] / prior))


# ---- naive Bayes


def test_bundled_bayes_is_snownlps_own() -> None:
    texts = ["这本书很好看", "太差了，再也不来"]
    np.testing.assert_allclose(bayes.bundled(texts), [SnowNLP(text).sentiments for text in texts])


def test_our_bayes_by_counting() -> None:
    text, train = "好看", reviews().train
    scores = {}
    for label in (0, 1):
        seen = [set(grams(item.text)) for item in train if item.label == label]
        counts = {gram: sum(gram in one for one in seen) for gram in set(grams(text))}
        vocabulary = vocabulary_of()
        total = sum(len(one & vocabulary) for one in seen)
        scores[label] = sum(
            math.log((counts[gram] + 1) / (total + len(vocabulary))) for gram in counts if gram in vocabulary
        )
    expected = 1 / (1 + math.exp(scores[0] - scores[1]))
    assert bayes.bayes([text])[0] == pytest.approx(expected)
    assert bayes.bayes(["¤"])[0] == 0.5


def grams(text: str) -> list[str]:
    text = re.sub(r"\s\s+", " ", text.lower())
    return [*text, *(text[place : place + 2] for place in range(len(text) - 1))]


def vocabulary_of() -> set[str]:
    """Grams of two training reviews or more."""
    seen: dict[str, int] = {}
    for item in reviews().train:
        for gram in set(grams(item.text)):
            seen[gram] = seen.get(gram, 0) + 1
    return {gram for gram, count in seen.items() if count >= 2}


# ---- the lab


def test_findings_say_what_the_probe_says(tiny: LanguageModel) -> None:
    found = findings_of(tiny, text="房间很好。", samples=32)
    assert (found.a.text, found.b.text, found.change) == ("房间很好。", "房间不好。", "negation")
    expected = sentiment.load().probabilities(tiny, [found.a.text, found.b.text])[:, 1]
    np.testing.assert_allclose(found.pair("probe"), expected, atol=1e-6)
    for side, value in ((found.a, expected[0]), (found.b, expected[1])):
        assert side.judgements["probe"] == judge(side.probabilities["probe"])
        for explained in (side.leave_one_out, side.lime, side.shapley):
            assert explained.value == pytest.approx(value, abs=1e-6)
            assert "".join(explained.units) == side.text.rstrip("。")
        assert side.shapley.baseline is not None
        assert sum(side.shapley.weights) == pytest.approx(value - side.shapley.baseline, abs=1e-5)
        (clause,) = side.clauses
        alone = sentiment.load().probabilities(tiny, [clause.text])[0, 1]
        assert clause.probe == pytest.approx(alone, abs=1e-6)
        assert clause.lexicon == lexicon.probability(clause.text)
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


def test_agreement_is_with_leave_one_out_by_rank(tiny: LanguageModel) -> None:
    found = findings_of(tiny, text="房间很好，服务也热情。", samples=32)
    for side in (found.a, found.b):
        assert side.leave_one_out.agreement is None
        for explained in (side.lime, side.shapley):
            sizes = [np.abs(one.weights) for one in (explained, side.leave_one_out)]
            assert explained.agreement == pytest.approx(spearmanr(*sizes).statistic)


def test_equal_texts_have_equal_findings(tiny: LanguageModel) -> None:
    found = findings_of(tiny, text="A fine day", other="A fine day", samples=32)
    assert found.a == found.b
    assert found.change is None
    assert found.flipping == ()
    assert outcome(found).answer == "stays"


def test_two_runs_give_the_same_findings(tiny: LanguageModel) -> None:
    assert findings_of(tiny, text="味道不错", samples=32) == findings_of(tiny, text="味道不错", samples=32)


def test_the_prediction_goes_by_the_probe(tiny: LanguageModel) -> None:
    first, second = sentiment.load().probabilities(tiny, [FIRST, SECOND])[:, 1]
    assert (first > 0.5) != (second > 0.5)
    found = findings_of(tiny, text=FIRST, other=SECOND, samples=32)
    assert outcome(found).answer == "flips"
    assert f"A {first:.2f}" in outcome(found).evidence.en and f"B {second:.2f}" in outcome(found).evidence.zh


def test_hard_sentences_are_counted_right(tiny: LanguageModel) -> None:
    found = findings_of(tiny, text="好", other="坏", samples=32)
    items = [item for item in challenges() if item.language == "zh"]
    expected = sum(
        (lexicon.probability(item.text) > 0.5) == (item.label == 1)
        for item in items
        if lexicon.probability(item.text) != 0.5
    )
    counts = [count["lexicon"] for count in found.hard_sentences["zh"].values()]
    assert (sum(count.right for count in counts), sum(count.of for count in counts)) == (expected, 30)
    negations = [item for item in items if item.category == "negation"]
    probed = sentiment.load().probabilities(tiny, [item.text for item in negations])[:, 1]
    right = int(((probed > 0.5) == [item.label == 1 for item in negations]).sum())
    assert found.hard_sentences["zh"]["negation"]["probe"] == methods.Hits(right, 6)


def test_a_probability_is_named_by_the_band_of_the_report() -> None:
    band = sentiment.load().report["held_out"]["chinese"]["undecided"]
    middle = (0.5 + band["to"]) / 2
    named = [judge(value) for value in (0.0, band["from"], middle, 0.5, band["to"], 1.0)]
    assert named == ["negative", "negative", "undecided", "unknown", "positive", "positive"]


# ---- methods against the packages, and what was measured


def test_lime_against_the_package(tiny: LanguageModel) -> None:
    parts = cut("The room was clean, 服务也热情。", "word")
    probe = sentiment.load()
    (ours,) = lime(parts, lambda texts: probe.probabilities(tiny, texts)[:, 1], samples=64, rounds=1)
    spans = [parts.text[start:end] for start, end in parts.spans]
    explainer = LimeTextExplainer(split_expression=lambda _: spans, bow=False, mask_string="", random_state=0)
    theirs = explainer.explain_instance(
        parts.text, lambda texts: probe.probabilities(tiny, texts), num_samples=64, num_features=len(parts)
    )
    expected = dict(theirs.local_exp[1])
    np.testing.assert_allclose(ours.weights, [expected[place] for place in range(len(parts))], atol=1e-5)


def test_measured_accuracies_of_the_methods_without_a_model() -> None:
    for language, items in (("zh", reviews().held_out), ("en", english_sentences().held_out)):
        texts, labels = [item.text for item in items], [item.label for item in items]
        for name, values in (
            ("lexicon", np.array([lexicon.probability(text) for text in texts])),
            ("bayes", bayes.bayes(texts)),
        ):
            share = methods.accuracies()[name][language]
            assert share.accuracy == pytest.approx(methods.right(values, labels).mean())
            assert share.count == len(items)


def test_the_probes_accuracy_is_that_of_its_report() -> None:
    for language, name in (("zh", "chinese"), ("en", "english")):
        measured, reported = methods.accuracies()["probe"][language], sentiment.load().report["held_out"][name]
        assert measured.accuracy == pytest.approx(reported["accuracy"], abs=0.005)


def test_every_method_has_measured_accuracies() -> None:
    assert set(methods.accuracies()) == set(methods.METHODS)
    assert Path(methods.ACCURACIES).exists()

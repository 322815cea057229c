"""The sentiment topic against hand computation, plain single calls and the packages themselves."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import json
import math
import re

import numpy as np
import pytest
import torch
from lime.lime_text import LimeTextExplainer
from scipy.stats import spearmanr
from snownlp import SnowNLP, seg

from playground import allocator
from playground.data.challenge import challenges
from playground.data.english_sentences import english_sentences
from playground.data.reviews import reviews
from playground.explanation.lime_text import lime
from playground.explanation.removal import cut
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.topic import Outcome
from playground.learning import sentiment
from playground.learning.sentiment import Frame, SentimentProbe, fingerprint
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import bayes, lexicon, methods, record
from playground.topics.sentiment.change import change
from playground.topics.sentiment.clauses import clauses
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.judgement import judge
from playground.topics.sentiment.lab import TOPIC, run
from playground.topics.sentiment.prompted import QUESTIONS, ask, continuation_scores, priors
from playground.topics.sentiment.settings import Settings
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, finished

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
        # Typographic variants of one thing.
        ("I don't like this phone.", -0.8 * 1),
        ("I don’t like this phone.", -0.8 * 1),
        ("I donʼt like this phone.", -0.8 * 1),
        ("I dont like this phone.", -0.8 * 1),
        ("The room wasn’t clean and the staff weren’t friendly.", -0.8 * 1 - 0.8 * 1),
        ("Ｇｏｏｄ", 1),
        ("我不喜歡這本書", -0.8 * 2),
        # What no rule foresees comes out reversed.
        ("能好吃才怪", 2),
        ("The food was anything but good.", 1),
        # Both languages in one text.
        ("The 火锅 was amazing and delicious.", 3 + 2),
        ("这个 app 真的 terrible，界面 ugly。", 1.5 * -3 - 2),
        # A full stop inside an address ends no clause.
        ("Not booking.com, good", 1),
        ("no booking.com good", -0.8 * 1),
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
        ("I cannot recommend this hotel.", "negation", "I can recommend this hotel."),
        ("I don’t like it.", "negation", "I do like it."),
        ("I CAN'T RECOMMEND IT", "negation", "I CAN RECOMMEND IT"),
        ("Never again, the food was cold.", "negation", "Again, the food was cold."),
        ("Nobody liked it.", "negation", "Everybody liked it."),
        ("It's good.", "negation", "It's not good."),
        ("I’m happy", "negation", "I’m not happy"),
        ("She loves it.", "negation", "She does not love it."),
        ("I loved it.", "negation", "I did not love it."),
        ("AMAZING!!!", "negation", "NOT AMAZING!!!"),
        ("AMAZING!!!", "intensifier", "REALLY AMAZING!!!"),
        ("Great phone", "negation", "Not great phone"),
        ("It's an excellent film.", "swap", "It's a terrible film."),
        ("An excellent film", "intensifier", "A really excellent film"),
        ("A cheap room", "swap", "An overpriced room"),
        ("Such an extremely good film", "intensifier", "Such a slightly good film"),
        ("I recommend this film, it is good.", "swap", "I recommend this film, it is bad."),
        ("The 火锅 was amazing and delicious.", "negation", "The 火锅 was not amazing and delicious."),
        ("这个 app 真的 terrible，界面 ugly。", "negation", "这个 app 不 terrible，界面 ugly。"),
        ("我不喜歡它", "negation", "我喜歡它"),
    ],
)
def test_minimal_changes(text: str, kind: str, changed: str) -> None:
    made = change(text, kind)
    assert made.text == changed
    # Praise that begins with 不 can't be negated by another 不; what has no opinion word is negated.
    assert made.kind == {"味道不错": "swap"}.get(text, kind)


@pytest.mark.parametrize("word", [word for word, entry in lexicon.lexicon().items() if entry.kind == "negation"])
def test_every_negation_of_the_lexicon_can_be_taken_out(word: str) -> None:
    text = f"It is {word} good" if word.isascii() else f"他 {word} 喜欢"
    changed = change(text, "negation").text
    assert changed != text
    assert not any(one.entry and one.entry.kind == "negation" for one in lexicon.words(changed)), changed


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
    assert len(clauses("Dr. Smith at booking.com was great, e.g. at 3 p.m. he called back.")) == 2
    assert len(clauses("我在京东www.jd.com买的,质量很好.物流也快!客服不错")) == 4


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
    assert priors(tiny_lm) == pytest.approx({"zh": answer.prior["zh"], "en": answer.raw[1]})


# ---- naive Bayes


def test_bundled_bayes_is_snownlps_own() -> None:
    texts = ["这本书很好看", "太差了，再也不来"]
    found = bayes.bundled(texts)
    np.testing.assert_allclose(found, [SnowNLP(text).sentiments for text in texts])


def test_snownlps_tables_go_after_a_run_and_are_read_again() -> None:
    first = bayes.bundled(["这本书很好看"])
    assert len(seg.segger.segger.tri.samples()) > 900_000
    allocator.give_back()
    assert not seg.segger.segger.tri.samples()
    np.testing.assert_array_equal(bayes.bundled(["这本书很好看"]), first)


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


@pytest.mark.parametrize(
    ("text", "unit", "whole"),
    [
        ("I went to the shop on the corner of the street near the park where my friend used to work a few years ago with her"
         " brother and his dog, and the food was terrible.", "word", True),
        ("房间不大，" * 20 + "很脏很糟糕", "character", False),
    ],
)  # fmt: skip
def test_all_of_a_long_text_is_explained(tiny: LanguageModel, text: str, unit: str, whole: bool) -> None:
    found = findings_of(tiny, text=text, other="x", unit=unit, samples=32)
    names = found.a.shapley.units
    assert ("terrible" in names) is whole
    assert "".join(names[-1:]).endswith(("terrible", "糟糕"))
    letters = re.sub(r"\W", "", "".join(names))
    assert letters == re.sub(r"\W", "", text)
    # What is no unit stays: marks between words, and none between merged characters.
    expected = sentiment.load().probabilities(tiny, [",." if whole else ""])[0, 1]
    if whole:
        assert found.a.shapley.baseline == pytest.approx(expected, abs=1e-6)


def test_leaving_out_the_first_word_is_the_text_that_somebody_would_type(tiny: LanguageModel) -> None:
    found = findings_of(tiny, text="Great phone for the money.", other="phone for the money.", samples=32)
    value, rest = found.pair("probe")
    assert found.a.leave_one_out.weights[0] == pytest.approx(value - rest, abs=1e-6)


def test_attention_is_that_of_the_probes_own_pass(tiny: LanguageModel) -> None:
    probe = sentiment.load()
    found = findings_of(tiny, text=FIRST, other=SECOND, samples=32)
    ids, own = probe.prompt(tiny, FIRST)
    row = tiny.attentions(ids).numpy()[: probe.layer, :, -1].mean((0, 1))
    assert found.a.attended.first == pytest.approx(float(row[0]), abs=1e-6)
    assert found.a.attended.text == pytest.approx(float(row[own.start : own.stop].sum()), abs=1e-6)
    assert found.a.attended.other == pytest.approx(float(row[1:-1].max()), abs=1e-6)


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
    said = {item.text: lexicon.probability(item.text) for item in items}
    expected = sum((said[item.text] > 0.5) == (item.label == 1) for item in items if said[item.text] != 0.5)
    counts = [count["lexicon"] for count in found.hard_sentences.values()]
    assert (sum(count.right for count in counts), sum(count.of for count in counts)) == (expected, 30)
    assert sum(count.answered for count in counts) == sum(value != 0.5 for value in said.values())
    negations = [item for item in items if item.category == "negation"]
    probed = sentiment.load().probabilities(tiny, [item.text for item in negations])[:, 1]
    right = int(((probed > 0.5) == [item.label == 1 for item in negations]).sum())
    assert found.hard_sentences["negation"]["probe"] == methods.Hits(right, 6, 6)
    assert methods.challenged(tiny, "en")["probe"].shape == (30,)


@pytest.mark.parametrize("language", Language)
def test_a_pair_is_right_when_both_of_its_sentences_are(language: Language) -> None:
    items = methods.hard_sentences(language.value)
    always = np.ones(len(items))
    truth = np.array([float(item.label) for item in items])
    # Right on the first sentence of each pair, and no answer to the second.
    half = np.where(np.arange(len(items)) % 2 == 0, truth, 0.5)
    pairs = methods.count_pairs({"always": always, "truth": truth, "half": half}, language.value)
    assert set(pairs) == set(methods.PAIRED)
    for counts in pairs.values():
        assert counts == {
            "always": methods.Hits(0, 3, 3),
            "truth": methods.Hits(3, 3, 3),
            "half": methods.Hits(0, 3, 0),
        }


def test_paired_sentences_follow_each_other_with_opposite_labels() -> None:
    for language, category in itertools.product(Language, methods.PAIRED):
        items = [item for item in challenges() if (item.language, item.category) == (language, category)]
        for first, second in zip(items[::2], items[1::2], strict=True):
            assert first.label != second.label
            shared = difflib.SequenceMatcher(None, first.text, second.text).find_longest_match().size
            assert shared >= 3, (first.text, second.text)


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
        # The package leaves the space that then begins the text.
        parts.text,
        lambda texts: probe.probabilities(tiny, [one.strip(" ") for one in texts]),
        num_samples=64,
        num_features=len(parts),
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
            share = record.record().accuracies[name][language]
            known = values != 0.5
            assert share.accuracy == pytest.approx(methods.right(values, labels)[known].mean())
            assert (share.count, share.answered) == (len(items), known.sum())


def test_the_probes_accuracy_is_that_of_its_report() -> None:
    for language, name in (("zh", "chinese"), ("en", "english")):
        measured, reported = record.record().accuracies["probe"][language], sentiment.load().report["held_out"][name]
        # Sums in bfloat16 depend on the batch and the threads: a text or two near one half change sides.
        assert measured.accuracy == pytest.approx(reported["accuracy"], abs=max(0.005, 2 / measured.count))
        reliability = record.record().reliability[language]
        assert reliability.brier == pytest.approx(reported["brier"], abs=0.002)
        assert sum(one.count for one in reliability.bins) == measured.count
        gaps = [one.count * abs(one.right / one.count - one.confidence) for one in reliability.bins]
        assert reliability.error == pytest.approx(sum(gaps) / measured.count)


def test_every_method_has_measured_accuracies() -> None:
    assert set(record.record().accuracies) == set(methods.METHODS)


def test_naive_bayes_is_more_accurate_on_what_it_was_fitted_to() -> None:
    train = reviews().train
    values = bayes.bayes([item.text for item in train])
    seen = record.record().seen["bayes"]
    assert seen.accuracy == pytest.approx(methods.right(values, [item.label for item in train]).mean())
    assert seen.low > record.record().accuracies["bayes"]["zh"].high


def test_struck_words_of_either_side_give_the_probe_the_shorter_text(tiny: LanguageModel) -> None:
    """Against the probe's own call on the shorter texts; each side has its own setting."""
    texts = {"text": "the room is clean", "other": "the room is not clean"}
    before = findings_of(tiny, **texts, samples=32)
    found = finished(TOPIC, tiny, {**texts, "samples": 32, "struck": "3:clean|9:gone", "struck_b": "1|3"}).findings
    for side, shorter, units in ((found.a, "the room is", (3,)), (found.b, "the is clean", (1, 3))):
        assert (side.struck.text, side.struck.units) == (shorter, units)
        assert side.struck.value == pytest.approx(sentiment.load().probabilities(tiny, [shorter])[0, 1], rel=1e-4)
        assert side.struck.whole == side.probabilities["probe"]
        kept = [weight for unit, weight in enumerate(side.lime.weights) if unit not in units]
        assert side.struck.predicted == pytest.approx(side.lime.intercept + sum(kept))
    whole = dataclasses.replace(
        found, a=dataclasses.replace(found.a, struck=None), b=dataclasses.replace(found.b, struck=None)
    )
    assert whole == before
    one = finished(TOPIC, tiny, {**texts, "samples": 32, "struck": "0"})
    assert one.findings.a.struck is not None and one.findings.b.struck is None
    assert one.lime.a.struck.units == (0,) and one.lime.b.struck is None
    with pytest.raises(PlaygroundError) as refused:
        finished(TOPIC, tiny, {**texts, "samples": 32, "struck_b": "77"})
    assert refused.value.field == "struck_b"

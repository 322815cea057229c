"""The probe against scikit-learn and plain calls; the statistics of its training against scipy."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from playground.data.english_sentences import english_sentences
from playground.data.reviews import Labelled, Reviews, reviews
from playground.lab.errors import PlaygroundError
from playground.lab.variant import Variant
from playground.learning import sentiment, train_sentiment
from playground.learning.sentiment import Frame, SentimentProbe, fingerprint
from playground.models.language_model import LanguageModel
from playground.models.variants import store
from tests.conftest import tiny_gpt2, tiny_llama, wrap


def probe_for(lm: LanguageModel) -> SentimentProbe:
    weight = torch.randn(lm.hidden_size, generator=torch.Generator().manual_seed(3))
    model = {"name": lm.name, "fingerprint": fingerprint(lm)}
    return SentimentProbe(Frame("Review: ", "\nSentiment:"), 2, weight, 0.1, model, {})


def test_probabilities_against_a_loop_of_single_calls(tiny_lm: LanguageModel) -> None:
    probe = probe_for(tiny_lm)
    texts = ["好", "not bad at all", "好", ""]
    found = probe.probabilities(tiny_lm, texts)
    for text, row in zip(texts, found, strict=True):
        state = tiny_lm.hidden_states(tiny_lm.encode(f"Review: {text}\nSentiment:"))[probe.layer, -1]
        positive = 1 / (1 + np.exp(-(float(state @ probe.weight) + probe.bias)))
        np.testing.assert_allclose(row, [1 - positive, positive], atol=1e-5)
    np.testing.assert_array_equal(found[0], found[2])


def test_equal_texts_are_computed_once(tiny_lm: LanguageModel) -> None:
    seen: list[int] = []
    probe_for(tiny_lm).probabilities(tiny_lm.heard_by(seen.append), ["abc"] * 50)
    assert sum(seen) == len(tiny_lm.encode("Review: abc\nSentiment:"))


def test_no_texts_give_no_rows(tiny_lm: LanguageModel) -> None:
    assert probe_for(tiny_lm).probabilities(tiny_lm, []).shape == (0, 2)


def test_the_prompt_says_where_the_text_stands(tiny_lm: LanguageModel) -> None:
    ids, own = probe_for(tiny_lm).prompt(tiny_lm, "很好")
    assert tiny_lm.decode(ids) == "Review: 很好\nSentiment:"
    assert tiny_lm.decode(ids[own.start : own.stop]) == "很好"


def test_another_model_is_refused(tiny_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError, match="train_sentiment"):
        probe_for(tiny_lm).probabilities(wrap(tiny_llama(seed=1)), ["a"])
    with pytest.raises(PlaygroundError):
        probe_for(tiny_lm).probabilities(wrap(tiny_gpt2()), ["a"])


def test_a_text_beyond_the_context_is_refused(tiny_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError, match="512"):
        probe_for(tiny_lm).probabilities(tiny_lm, ["a" * 600])


def test_the_fingerprint_survives_another_number_type() -> None:
    module = tiny_llama()
    first = fingerprint(wrap(module))
    rounded = tiny_llama().to(torch.bfloat16)
    assert fingerprint(wrap(rounded)) == first
    assert fingerprint(wrap(rounded.float())) == first


def test_the_probability_can_be_differentiated(tiny_lm: LanguageModel) -> None:
    probe = probe_for(tiny_lm)
    state = torch.randn(tiny_lm.hidden_size, requires_grad=True)
    positive = probe.probability(state)
    (gradient,) = torch.autograd.grad(positive, state)
    torch.testing.assert_close(gradient, (positive * (1 - positive) * probe.weight).detach())


def test_fit_predicts_what_scikit_learn_predicts() -> None:
    random = np.random.default_rng(0)
    states = (random.normal(size=(200, 8)) * np.geomspace(0.1, 100, 8)).astype(np.float32)
    classes = (states[:, 2] + random.normal(size=200) > 0).astype(int)
    weight, bias = train_sentiment.fit(states, classes, 0.5)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=1000)).fit(states, classes)
    np.testing.assert_allclose(
        1 / (1 + np.exp(-(states @ weight + bias))), reference.predict_proba(states)[:, 1], atol=1e-6
    )


def made_up(count: int, random: np.random.Generator) -> tuple[train_sentiment.States, np.ndarray]:
    """States of which the third number tells the class, nearly."""
    states = random.normal(size=(count, 8)).astype(np.float32)
    return states, (states[:, 2] + 0.3 * random.normal(size=count) > 0).astype(int)


def test_both_languages_count_the_same_however_many_texts_they_have() -> None:
    random = np.random.default_rng(0)
    (chinese, classes), (english, labels) = made_up(120, random), made_up(40, random)
    items = tuple(Labelled("", int(label)) for label in labels)
    known = train_sentiment.English(items, np.array(["book", "hotel"] * 20), english)
    thrice = train_sentiment.fit(
        np.concatenate([chinese, *[english] * 3]), np.concatenate([classes, *[labels] * 3]), 0.1
    )
    weight, bias = train_sentiment.fit_both(chinese, classes, known, 0.1)
    np.testing.assert_allclose(weight, thrice[0], atol=1e-4)
    assert bias == pytest.approx(thrice[1], abs=1e-4)


def test_a_domain_is_judged_by_what_never_saw_it() -> None:
    random = np.random.default_rng(1)
    (chinese, classes), (english, labels) = made_up(120, random), made_up(40, random)
    # Here the other way round: who learns from it is right on it, who doesn't is wrong.
    domains = np.array(["book"] * 30 + ["hotel"] * 10)
    labels[30:] = 1 - (english[30:, 2] > 0)
    items = tuple(Labelled("", int(label)) for label in labels)
    known = train_sentiment.English(items, domains, english)
    right = train_sentiment.in_unseen_domains(chinese, classes, known, 0.1)
    assert right[30:].mean() < 0.5
    without = train_sentiment.fit_both(chinese, classes, known, 0.1, without="hotel")
    np.testing.assert_array_equal(right[30:], (english[30:] @ without[0] + without[1] > 0) == labels[30:])


@pytest.mark.parametrize(("right", "count"), [(850, 1000), (103, 120), (0, 5), (5, 5)])
def test_wilson_against_scipy(right: int, count: int) -> None:
    interval = stats.binomtest(right, count).proportion_ci(method="wilson")
    np.testing.assert_allclose(train_sentiment.wilson(right, count), (interval.low, interval.high), atol=1e-6)


def test_the_lowest_layer_near_the_best_is_chosen() -> None:
    rows = [
        {"frame": "x", "layer": layer, "pooled": pooled}
        for layer, pooled in ((14, 0.84), (8, 0.832), (10, 0.835), (4, 0.75), (8, 0.83))
    ]
    assert train_sentiment.choose(rows) == rows[1]


def test_skipped_reviews_are_neither_read_nor_learned_from(
    tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Reviews(reviews().train[:60], reviews().validation[:20], reviews().held_out[:20])
    read: list[str] = []
    ids = Frame.ids
    monkeypatch.setattr(train_sentiment, "reviews", lambda: few)
    monkeypatch.setattr(Frame, "ids", lambda frame, lm, text: (read.append(text), ids(frame, lm, text))[1])
    comparison = [{"frame": "review", "layer": 2, "pooled": 0.8}]
    probe = train_sentiment.train(tiny_lm, comparison, skipped=40, with_english=False)
    assert (probe.report["skipped"], probe.report["sizes"]["train"]) == (40, 20)
    assert read[:20] == [item.text for item in few.train[40:]]
    assert not set(read) & {item.text for item in few.train[:40]}
    states = tiny_lm.last_hidden([ids(probe.frame, tiny_lm, item.text)[0] for item in few.train[40:]], 2).numpy()
    weight, bias = train_sentiment.fit(states, train_sentiment.labels(few.train[40:]), probe.report["strength"])
    np.testing.assert_allclose(probe.weight.numpy(), weight, rtol=1e-4, atol=1e-6)
    assert probe.bias == pytest.approx(bias)


def test_what_is_written_is_read_back(tiny_lm: LanguageModel, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = probe_for(tiny_lm)
    report = {"frame": dataclasses.asdict(probe.frame), "layer": probe.layer, "model": probe.model}
    train_sentiment.write(dataclasses.replace(probe, report=report), tmp_path)
    monkeypatch.setattr(sentiment, "WEIGHTS", tmp_path / sentiment.WEIGHTS.name)
    monkeypatch.setattr(sentiment, "REPORT", tmp_path / sentiment.REPORT.name)
    again = sentiment.load.__wrapped__()
    assert (again.frame, again.layer, again.bias) == (probe.frame, probe.layer, probe.bias)
    torch.testing.assert_close(again.weight, probe.weight)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sentiment_probe.json", "sentiment_probe.npz"]


def test_missing_weights_are_said_to_be_missing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "WEIGHTS", tmp_path / "none.npz")
    with pytest.raises(PlaygroundError, match="train_sentiment"):
        sentiment.load.__wrapped__()


def test_the_report_fits_the_data_and_the_choice() -> None:
    probe = sentiment.load()
    report = probe.report
    sizes = {"train": reviews().train, "validation": reviews().validation, "held_out": reviews().held_out}
    sizes["english"] = english_sentences().held_out
    sizes["english_train"] = train_sentiment.english_items()
    assert report["sizes"] == {name: len(items) for name, items in sizes.items()}
    chosen = train_sentiment.choose(report["comparison"]["rows"])
    assert train_sentiment.FRAMES[chosen["frame"]] == probe.frame
    assert chosen["layer"] == probe.layer
    # The goal in every language and in English of a domain that wasn't learnt from.
    for found in (*report["held_out"].values(), report["unseen_domains"]):
        assert found["accuracy"] >= 0.82
    for language, found in report["held_out"].items():
        assert min(found["recall"].values()) >= 0.8, language


@pytest.mark.model
def test_held_out_accuracies_are_those_of_the_report(real_lm: LanguageModel) -> None:
    probe = sentiment.load()
    for name, items in (("chinese", reviews().held_out), ("english", english_sentences().held_out)):
        some = random.Random(0).sample(items, min(300, len(items) // 2))
        positive = probe.probabilities(real_lm, [item.text for item in some])[:, 1]
        right = int(np.sum((positive > 0.5) == [item.label for item in some]))
        # As a sample of those that the report is about would have.
        expected = round(probe.report["held_out"][name]["accuracy"] * len(items))
        assert stats.hypergeom.cdf(right, len(items), expected, len(some)) > 0.005
        assert stats.hypergeom.sf(right - 1, len(items), expected, len(some)) > 0.005


@pytest.mark.model
@pytest.mark.parametrize("variant", [Variant(quantization="int8"), Variant(pruning="unstructured", sparsity=0.3)])
def test_the_same_weights_serve_the_variants(real_lm: LanguageModel, variant: Variant) -> None:
    texts = ["房间很干净，服务也热情。", "房间很脏，服务也差。"]
    positive = sentiment.load().probabilities(store().get(variant), texts)[:, 1]
    assert positive[0] > 0.5 > positive[1]

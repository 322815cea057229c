"""The methods against scipy and brute force, and a run on a tiny model."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np
import pytest
import scipy
import torch
from sklearn.linear_model import RidgeClassifier

from playground.data.sets import alignment_pairs, translations
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import share
from playground.topics.cross_lingual import corpus, transfer
from playground.topics.cross_lingual.alignment import plane, procrustes, unit
from playground.topics.cross_lingual.findings import Findings
from playground.topics.cross_lingual.lab import run
from playground.topics.cross_lingual.lines import read_lines
from playground.topics.cross_lingual.retrieval import csls, k_occurrence, mixed_ranks, ranks, skewness
from playground.topics.cross_lingual.settings import Settings
from playground.topics.cross_lingual.space import EN, ZH, Space, by_layer, map_into, measure, meeting_layer
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, stop_at

GENERATOR = np.random.default_rng(0)


def random(*shape: int) -> torch.Tensor:
    return torch.tensor(GENERATOR.normal(size=shape), dtype=torch.float32)


# ---- alignment


def test_procrustes_against_scipy() -> None:
    source, target = random(40, 8), random(40, 8)
    expected, _ = scipy.linalg.orthogonal_procrustes(source.numpy(), target.numpy())
    found = procrustes(source, target)
    assert np.allclose(found, expected, atol=1e-5)
    assert torch.allclose(found @ found.T, torch.eye(8), atol=1e-5)


def test_nearness_to_the_identity_is_as_if_the_axes_were_pairs() -> None:
    # Fewer pairs than dimensions: the axes, weighted, make the solution unique.
    source, target, weight = random(3, 8), random(3, 8), 2.5
    axes = np.sqrt(weight) * np.eye(8)
    expected, _ = scipy.linalg.orthogonal_procrustes(np.vstack([source, axes]), np.vstack([target, axes]))
    assert np.allclose(procrustes(source, target, weight), expected, atol=1e-5)
    # With as many pairs as fill the space, the whole problem is solved.
    more, others = random(6, 8), random(6, 8)
    expected, _ = scipy.linalg.orthogonal_procrustes(np.vstack([more, axes]), np.vstack([others, axes]))
    assert np.allclose(procrustes(more, others, weight), expected, atol=1e-5)


def test_a_rotated_copy_is_turned_back() -> None:
    vectors = unit(random(30, 6))
    rotation, _ = torch.linalg.qr(random(6, 6))
    assert torch.allclose(vectors @ procrustes(vectors, vectors @ rotation), vectors @ rotation, atol=1e-5)


def test_the_plane_is_that_of_principal_components() -> None:
    vectors = random(20, 5)
    found = plane(vectors)
    values = np.linalg.eigvalsh(np.cov(vectors.numpy().T))
    assert np.allclose(found.var(0), values[::-1][:2], atol=1e-5)
    assert all(found[:, column].abs().max() == found[:, column].max() for column in (0, 1))


# ---- retrieval


def test_csls_by_hand() -> None:
    cosines = random(7, 5)
    found = csls(cosines, 3)
    for row in range(7):
        for column in range(5):
            query = np.sort(cosines[row])[-3:].mean()
            candidate = np.sort(cosines[:, column])[-3:].mean()
            assert float(found[row, column]) == pytest.approx(
                2 * float(cosines[row, column]) - query - candidate, abs=1e-5
            )


def test_ranks_and_hubs_by_brute_force() -> None:
    scores, own = random(6, 6), random(6, 6)
    for query in range(6):
        order = sorted(range(6), key=lambda place: -float(scores[query, place]))
        assert int(ranks(scores)[query]) == order.index(query) + 1
        better = sum(float(own[query, place]) > float(scores[query, query]) for place in range(6) if place != query)
        assert int(mixed_ranks(own, scores)[query]) == order.index(query) + 1 + better
    counts = k_occurrence(scores, 2)
    nearest = [sorted(range(6), key=lambda place: -float(row[place]))[:2] for row in scores]
    assert list(counts) == [sum(place in found for found in nearest) for place in range(6)]
    assert skewness(counts) == pytest.approx(float(scipy.stats.skew(counts)))
    assert skewness(np.array([2, 2, 2])) == 0.0


def test_a_tie_is_no_hit() -> None:
    assert list(ranks(torch.ones(2, 2))) == [2, 2]


def test_what_a_space_gains_and_how_far_translations_are_above_the_rest() -> None:
    zh = random(40, 8)
    mapped = map_into({ZH: zh, EN: zh + random(40, 8)}, Space(True), None)
    before = np.arange(40) % 2 == 0
    found = measure(mapped, Space(True), before, 0)
    cosines = (mapped.vectors[EN] @ mapped.vectors[ZH].T).numpy()
    rights = cosines.argmax(1) == np.arange(40)
    assert (found.gained, found.lost) == (int((rights & ~before).sum()), int((before & ~rights).sum()))
    assert found.p_value == pytest.approx(
        scipy.stats.binomtest(min(found.gained, found.lost), found.gained + found.lost).pvalue
    )
    gaps = [cosines[row, row] - np.delete(cosines[row], row).mean() for row in range(40)]
    assert found.gap == pytest.approx(np.mean(gaps), abs=1e-5)
    expected = scipy.stats.bootstrap((gaps,), np.mean, method="percentile", rng=1).confidence_interval
    assert (found.gap_low, found.gap_high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_layers_and_the_one_where_translations_meet() -> None:
    zh = random(30, 3, 8)
    en = zh.clone() + 5
    en[:, 0] = random(30, 8)
    curve = by_layer({ZH: zh, EN: en}, True)
    assert [one.right for one in curve[1:]] == [30, 30]
    assert meeting_layer(curve) == 1
    assert meeting_layer([share([True] * 9 + [False]), share([True] * 10)]) == 0, "too few to tell apart"


# ---- the fixed texts


def test_nothing_is_fitted_on_the_sentences_that_retrieval_is_measured_on() -> None:
    measured = {text for pair in translations() for text in pair}
    fitted = [text for pair in alignment_pairs() for text in pair]
    assert len(alignment_pairs()) == 100 and len(set(fitted)) == 200
    assert not measured & set(fitted)


@pytest.mark.parametrize("language", Language)
def test_reviews_are_balanced_and_apart(language: Language) -> None:
    found = corpus.labelled_reviews(language)
    assert (len(found.train), len(found.test)) == (240, 100)
    assert not {item.text for item in found.train} & {item.text for item in found.test}
    for part in (found.train[:20], found.train, found.test):
        assert 2 * sum(item.label for item in part) == len(part)


# ---- transfer


def part(shift: float, flipped: bool = False) -> transfer.Data:
    labels = np.tile([0, 1], 20)
    states = random(40, 2, 6)
    states[:, 1, 0] += torch.tensor(4.0 * (labels if not flipped else 1 - labels))
    states[:, 1, 1] += shift
    made = transfer.Part(states, labels)
    return transfer.Data(made, made)


def test_the_classifier_sees_no_target_label() -> None:
    source, target = part(0), part(9)
    rights = transfer.zero_shot(source, target, 1, True)
    flipped = transfer.Data(
        transfer.Part(target.train.states, 1 - target.train.labels),
        transfer.Part(target.test.states, 1 - target.test.labels),
    )
    assert list(transfer.zero_shot(source, flipped, 1, True)) == list(~rights)
    assert rights.mean() > 0.8
    assert transfer.choose_layer(source, True) == 1


def test_zero_shot_against_a_plain_ridge() -> None:
    source, target = part(0), part(2)
    features, others = (
        np.asarray(unit(data.train.states[:, 1], data.train.states[:, 1].mean(0))) for data in (source, target)
    )
    strength = transfer.fit(features, source.train.labels).alpha_
    expected = RidgeClassifier(alpha=strength).fit(features, source.train.labels).predict(others)
    assert list(transfer.zero_shot(source, target, 1, True)) == list(expected == target.test.labels)


def test_a_rotation_of_the_target_is_undone() -> None:
    source = part(0)
    turn, _ = torch.linalg.qr(random(6, 6))
    moved = transfer.Part(source.test.states @ turn, source.test.labels)
    pairs = {ZH: source.train.states, EN: source.train.states @ turn}
    rotation = transfer.rotation_to_source(pairs, EN, 1, True, "free")
    turned = transfer.zero_shot(source, transfer.Data(moved, moved), 1, True, rotation)
    assert list(turned) == list(transfer.in_language(source, 1, True))


# ---- the visitor's lines


def test_lines_are_sentences_or_pairs() -> None:
    found = read_lines("你好。\r\n\n The soup | 汤 \n你好。\n这个 API 很慢\tThis API is slow")
    assert [(one.text, one.language.value, one.partner) for one in found] == [
        ("你好。", "zh", None), ("The soup", "en", 2), ("汤", "zh", 1), ("这个 API 很慢", "zh", 4), ("This API is slow", "en", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("好\n😀。", "line 2"), ("a | b", "same language"), ("a | 好 | c", "more than two parts"),
        ("x" * 301, "too long"), ("\n".join(f"line {n}" for n in range(25)), "25 sentences"), ("|", "no words"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named(text: str, said: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        read_lines(text)
    assert said in caught.value.message.en and caught.value.field == "text"


# ---- a run


@functools.cache
def findings(**values: Any) -> Findings:
    settings = Settings(**({"text": "汤是冷的。 | The soup is cold.\nhello", "labels": 20, "pairs": 5} | values))
    found = [new.findings for new in run(settings, Bench(OneModel(tiny()), seconds=600)) if new.findings]
    return found[-1]


@functools.cache
def tiny() -> LanguageModel:
    return wrap(tiny_llama())


def test_findings_of_a_run_agree_and_go_to_json_and_back() -> None:
    found = findings()
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.layer == 3, "beyond the last layer the last is taken"
    assert len(found.removed_by_layer) == len(found.by_layer) == 4
    assert found.steps["removed"].english_first == found.removed_by_layer[3]
    assert found.steps["raw"].english_first == found.raw_by_layer[3]
    assert dataclasses.replace(found.chosen, space=found.steps["removed"].space) == found.steps["removed"]
    assert found.zero_shot == found.transfer["removed"]
    assert found.zero_shot.accuracy == found.by_layer[found.classifier_layer].zero_shot
    assert found.loss == pytest.approx(-(found.zero_shot.against or 0))
    assert len(found.confused) == 80 - found.chosen.english_first.right
    assert len(found.misjudged) == 60 - found.zero_shot.accuracy.right
    assert [one.rank is None for one in found.own] == [False, False, True]
    assert (found.own[0].of, found.own[1].of) == (82, 81)


def test_settings_choose_the_space_and_the_rows() -> None:
    rotated = findings(rotation="near", scoring="csls", source="zh", classifier_layer=2)
    assert rotated.zero_shot_row == "rotated" and rotated.classifier_layer == 2
    assert rotated.transfer["source"].tested is ZH and rotated.baseline.tested is EN
    assert findings(removed=False).zero_shot_row == "raw"


def test_few_labels_are_one_sample_of_the_first() -> None:
    target = part(0)
    few = transfer.with_target_labels(None, target, 1, True, 16)
    labels = target.train.labels.copy()
    labels[16:] = 1 - labels[16:]
    later = transfer.Data(transfer.Part(target.train.states, labels), target.test)
    assert list(transfer.with_target_labels(None, later, 1, True, 16)) == list(few)


def test_the_layer_is_fixed_beforehand_and_means_are_of_the_sentences_searched() -> None:
    assert Settings().layer == 16
    pairs = {ZH: random(6, 2, 4), EN: random(6, 2, 4) + 3}
    states = {language: both[:, 1] for language, both in pairs.items()}
    found = map_into(states, Space(True, "none"), None)
    for language, own in states.items():
        torch.testing.assert_close(found.vectors[language], unit(own, own.mean(0)))


@pytest.mark.parametrize(
    "said", ["reading sentences", "reading reviews", "comparing spaces", "training classifiers", "rotations from"]
)
def test_a_stopped_run_yields_nothing_more(said: str) -> None:
    assert stop_at(said, run, Settings(text="hello", labels=20, pairs=5), wrap(tiny_llama())) == 0

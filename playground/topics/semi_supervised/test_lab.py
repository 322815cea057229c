"""The lab's methods and findings against scikit-learn, hand computations and brute force; on made clouds and a tiny model."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelPropagation, LabelSpreading, SelfTrainingClassifier

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.learning.stack import Member, Stack
from playground.learning.training import batches
from playground.models.language_model import LanguageModel
from playground.topics.semi_supervised import consistency, label_spreading, pool, scoring
from playground.topics.semi_supervised.buying import AT_RANDOM, UNCERTAIN, buy, purchases
from playground.topics.semi_supervised.findings import Findings
from playground.topics.semi_supervised.lab import run
from playground.topics.semi_supervised.pool import Pool, Start, draw
from playground.topics.semi_supervised.self_training import NONE, Round, self_train
from playground.topics.semi_supervised.settings import Settings
from playground.topics.semi_supervised.softmax_regression import fit, probabilities
from tests.fakes import OneModel

SMALL = Settings(labelled=10, unlabelled=60, rounds=2, seeds=3, bought=5)


def clouds(classes: int = 3, count: int = 240, apart: float = 1.6) -> Pool:
    """Overlapping clouds in six dimensions."""
    random = np.random.default_rng(0)
    labels = np.arange(count + 90) % classes
    points = random.normal(size=(len(labels), 6))
    points[np.arange(len(labels)), labels] += apart
    return Pool(
        tuple(f"text {number}" for number in range(count)), points[:count], labels[:count], points[count:], labels[count:],
        ("",) * 90, ("hotel", "book", "computer")[:classes], np.zeros(6), np.eye(6),
    )  # fmt: skip


def given_to_sklearn(made: Pool, start: Start) -> np.ndarray:
    labels = np.full(len(made.labels), -1)
    labels[start.rows] = start.given
    return labels


@pytest.mark.parametrize("classes", [2, 3])
def test_the_classifier_is_scikit_learns(classes: int) -> None:
    made = clouds(classes)
    expected = LogisticRegression(tol=1e-8, max_iter=1000).fit(made.features[:60], made.labels[:60])
    cold = fit(made.features[:60], made.labels[:60], classes)
    warm = fit(
        made.features[:60], made.labels[:60], classes, start=np.ones((classes, 7)) * (np.arange(classes) > 0)[:, None]
    )
    for weights in (cold, warm):
        np.testing.assert_allclose(
            probabilities(weights, made.held_out), expected.predict_proba(made.held_out), atol=1e-4
        )


@pytest.mark.parametrize(("classes", "threshold", "rounds"), [(3, 0.8, 1), (3, 0.75, 4), (2, 0.9, 3)])
def test_self_training_is_scikit_learns_when_pseudo_labels_stay(classes: int, threshold: float, rounds: int) -> None:
    made = clouds(classes)
    start = draw(made.labels, 18, 0.0, 1)
    *_, last = self_train(made, start, threshold=threshold, rounds=rounds, keep=True, balanced=False)
    model = LogisticRegression(tol=1e-8, max_iter=1000)
    theirs = SelfTrainingClassifier(model, threshold=threshold, max_iter=rounds)
    theirs.fit(made.features, given_to_sklearn(made, start))
    assert (last.pseudo != NONE).sum() > 10
    assert last.pseudo.tolist() == theirs.transduction_[start.rest].tolist()
    assert last.answers.tolist() == theirs.predict(made.held_out).tolist()


def test_pseudo_labels_are_made_anew_and_belong_to_their_example() -> None:
    made = clouds()
    start = draw(made.labels, 12, 0.0, 2)
    rounds = list(self_train(made, start, threshold=0.7, rounds=3, keep=False, balanced=False))
    assert (rounds[0].pseudo == NONE).all()
    for one in rounds[1:]:
        assert (one.pseudo == np.where(one.confidence >= 0.7, one.guess, NONE)).all()
    # The same pool in another order: each example has the same pseudo-label.
    order = np.random.default_rng(1).permutation(len(made.labels))
    place = np.argsort(order)
    other = dataclasses.replace(made, features=made.features[order], labels=made.labels[order])
    moved = Start(place[start.rows], start.given, place[start.rest])
    again = list(self_train(other, moved, threshold=0.7, rounds=3, keep=False, balanced=False))
    assert again[-1].pseudo.tolist() == rounds[-1].pseudo.tolist()


def test_balanced_pseudo_labels_are_as_many_of_each_class_and_the_surest() -> None:
    made = clouds()
    start = draw(made.labels, 12, 0.0, 2)
    first = list(self_train(made, start, threshold=0.7, rounds=1, keep=False, balanced=True))[1]
    counts = [int((first.pseudo == name).sum()) for name in range(3)]
    able = [(first.guess == name) & (first.confidence >= 0.7) for name in range(3)]
    assert set(counts) == {min(int(rows.sum()) for rows in able)}
    for name in range(3):
        left_out = able[name] & (first.pseudo == NONE)
        assert first.confidence[first.pseudo == name].min() >= first.confidence[left_out].max(initial=0)


def test_label_spreading_is_scikit_learns_on_the_same_graph() -> None:
    made = clouds()
    start = draw(made.labels, 18, 0.0, 1)
    graph = label_spreading.neighbour_graph(made.features)
    given = np.zeros((240, 3))
    given[start.rows, start.given] = 1
    found = label_spreading.spread(label_spreading.normalised(graph), given, 30)
    theirs = LabelSpreading(
        kernel=lambda one, other: graph.toarray(), alpha=label_spreading.SHARE_OF_NEIGHBOURS, max_iter=30, tol=0
    )
    with pytest.warns(match="max_iter"):
        theirs.fit(made.features, given_to_sklearn(made, start))
    shares = found / found.sum(1, keepdims=True)
    np.testing.assert_allclose(shares, theirs.label_distributions_, atol=1e-9)
    alpha = label_spreading.SHARE_OF_NEIGHBOURS
    limit = (1 - alpha) * np.linalg.solve(np.eye(240) - alpha * label_spreading.normalised(graph).toarray(), given)
    np.testing.assert_allclose(found, limit, atol=1e-9)


def test_purity_by_hand() -> None:
    graph = label_spreading.neighbour_graph(np.array([[0.0], [1.0], [10.0], [11.0]]))
    assert label_spreading.purity(graph, np.array([0, 0, 1, 1])) == pytest.approx(4 / 12)


def test_the_card_s_two_points_end_at_two_thirds_and_one_third(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_spreading, "SHARE_OF_NEIGHBOURS", 0.5)
    matrix = label_spreading.normalised(label_spreading.neighbour_graph(np.array([[0.0], [1.0]])))
    found = label_spreading.spread(matrix, np.array([[1.0], [0.0]]), 60)
    np.testing.assert_allclose(found.ravel(), [2 / 3, 1 / 3])


def test_at_a_large_alpha_neighbours_outvote_a_wrong_label_unless_labels_are_clamped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two groups of five, two of each without a label and one label of the first wrong; label propagation, which clamps labels, is
    scikit-learn's, and F ← D⁻¹WF with clamping as the card has it."""
    monkeypatch.setattr(label_spreading, "NEIGHBOURS", 4)
    points = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [9.0], [9.1], [9.2], [9.3], [9.4]])
    truth = np.repeat([0, 1], 5)
    graph = label_spreading.neighbour_graph(points)
    labels = truth.copy()
    labels[2] = 1
    labels[[0, 4, 5, 9]] = -1
    labelled = labels >= 0
    given = np.where(labelled[:, None], np.eye(2)[labels], 0.0)
    kept = np.where(labelled, labels, truth)

    def spread(alpha: float) -> list[int]:
        monkeypatch.setattr(label_spreading, "SHARE_OF_NEIGHBOURS", alpha)
        found = label_spreading.spread(label_spreading.normalised(graph), given, 60)
        return [int(one) for one in found.argmax(1)]

    assert spread(0.9) == truth.tolist() and spread(0.2) == kept.tolist()
    theirs = LabelPropagation(kernel=lambda one, other: graph.toarray(), tol=1e-9).fit(points, labels)
    weights = graph.toarray() / graph.toarray().sum(1, keepdims=True)
    clamped = given
    for _ in range(200):
        clamped = np.where(labelled[:, None], given, weights @ clamped)
    np.testing.assert_allclose(theirs.label_distributions_, clamped, atol=1e-6)
    assert theirs.transduction_.tolist() == kept.tolist() and kept.tolist() != truth.tolist()


def test_without_its_weight_consistency_is_its_control() -> None:
    made = clouds()
    starts = [draw(made.labels, 12, 0.0, seed) for seed in (1, 2)]

    def last(weight: float) -> consistency.Trained:
        *_, found = consistency.match(
            made, made.features, starts, threshold=0.6, rounds=2, weight=weight, seed=0, tell=lambda: None
        )
        return found

    plain, helped = last(0.0), last(1.0)
    assert np.stack([one.answers for one in plain.rounds]).tolist() == plain.control.tolist()
    assert helped.control.tolist() == plain.control.tolist()
    assert any(
        (one.confidence != other.confidence).any() for one, other in zip(plain.rounds, helped.rounds, strict=True)
    )


def test_consistency_is_a_plain_loop_of_linear_layers() -> None:
    """Against torch's own layer, loss and SGD, with the pseudo-labels chosen one by one: the weak view labels the strong one."""
    made, threshold, weight, seed = clouds(), 0.6, 2.0, 5
    strong = made.features + np.random.default_rng(3).normal(size=made.features.shape)
    starts = [draw(made.labels, 12, 0.0, number) for number in (1, 2)]
    *_, last = consistency.match(
        made, strong, starts, threshold=threshold, rounds=1, weight=weight, seed=seed, tell=lambda: None
    )
    weak, views = torch.from_numpy(made.features).float(), torch.from_numpy(strong).float()
    taught = 0
    for at, start in enumerate(starts):
        layer = torch.nn.Linear(6, 3)
        with torch.no_grad():
            first = torch.from_numpy(fit(made.features[start.rows], start.given, 3)).float()
            layer.weight.copy_(first[:, :-1])
            layer.bias.copy_(first[:, -1])
        engine = torch.optim.SGD(layer.parameters(), lr=consistency.RATE, weight_decay=1 / len(start.rows))
        for (drawn,) in batches(
            [torch.from_numpy(start.rest)], [seed + at], consistency.BATCH, consistency.STEPS_A_ROUND
        ):
            loss = torch.nn.CrossEntropyLoss()(layer(weak[start.rows]), torch.from_numpy(start.given))
            for row in drawn.tolist():
                chances = layer(weak[row]).detach().softmax(0)
                if chances.max() >= threshold:
                    loss = loss - weight * torch.log_softmax(layer(views[row]), 0)[chances.argmax()] / len(drawn)
                    taught += 1
            engine.zero_grad()
            loss.backward()
            engine.step()
        with torch.no_grad():
            expected = layer(weak[start.rest]).softmax(1)
        found = last.rounds[at]
        np.testing.assert_allclose(found.confidence, expected.max(1).values.numpy(), atol=2e-4)
        assert (found.guess == expected.argmax(1).numpy()).mean() > 0.99
        sure = found.confidence >= threshold
        assert (found.pseudo == np.where(sure, found.guess, NONE)).all()
    # Neither all of the batch nor none of it is sure.
    assert 0.1 < taught / (2 * consistency.STEPS_A_ROUND * consistency.BATCH) < 0.9


def test_strong_views_are_distorted_the_same_for_a_seed() -> None:
    texts = ["酒店的房间很干净，早餐也不错", "the room was very small and noisy"]
    views = consistency.distort(texts, Language.ZH, 3, lambda done: None)
    assert views == consistency.distort(texts, Language.ZH, 3, lambda done: None)
    assert views[0] != texts[0] and len(views) == 2


def test_drawing_takes_the_classes_in_turn_and_spoils_as_many_as_asked() -> None:
    labels = np.array([0] * 30 + [1] * 30 + [2] * 2)
    start = draw(labels, 20, 0.25, 0)
    assert np.bincount(labels[start.rows]).tolist() == [9, 9, 2]
    assert int((start.given != labels[start.rows]).sum()) == 5
    assert sorted([*start.rows, *start.rest]) == list(range(62))


def test_buying_by_margin_takes_the_smallest_and_at_random_differs() -> None:
    made = clouds()
    start = draw(made.labels, 9, 0.0, 0)
    counts = purchases(9, 20, len(start.rest))
    assert counts == (9, 13, 17, 21, 25, 29) and purchases(9, 20, 5)[-1] == 14
    sure, chance = (buy(made, start, counts, how, 0, lambda: None) for how in (UNCERTAIN, AT_RANDOM))
    assert sure[0].tolist() == chance[0].tolist() and len(sure) == 6
    model = LogisticRegression(tol=1e-8, max_iter=1000).fit(made.features[start.rows], start.given)
    ranked = np.sort(model.predict_proba(made.features[start.rest]), 1)
    bought = start.rest[np.argsort(ranked[:, -1] - ranked[:, -2])[:4]]
    rows = np.concatenate([start.rows, bought])
    again = LogisticRegression(tol=1e-8, max_iter=1000).fit(made.features[rows], made.labels[rows])
    assert sure[1].tolist() == again.predict(made.held_out).tolist()


def test_scores_by_hand() -> None:
    made = dataclasses.replace(clouds(), labels=np.array([0, 1, 2, 0, 1]), held_out_labels=np.array([0, 1, 2, 0]))
    start = Start(np.array([0]), np.array([0]), np.array([1, 2, 3, 4]))
    before = Round(np.full(4, NONE), np.zeros(4, int), np.zeros(4), np.array([0, 0, 0, 0]))
    first = Round(np.array([1, 0, NONE, 2]), np.zeros(4, int), np.zeros(4), np.array([0, 1, 0, 0]))
    last = Round(np.array([1, 0, 0, 1]), np.zeros(4, int), np.zeros(4), np.array([0, 1, 2, 1]))
    runs = [[before, first, last]] * 2
    method = scoring.score(made, [start] * 2, runs, [0.5, 0.5])
    assert [item.value for item in method.accuracy] == [0.5, 0.75, 0.75] and method.gain.value == 0.25
    assert method.precision[0] is None and method.precision[1] is not None
    assert method.precision[1].value == pytest.approx(1 / 3) and method.coverage[1].value == 0.75
    noisy = scoring.at_noise(made, [start] * 2, runs, 0.2)
    assert noisy.survived is not None and noisy.survived.value == 0.5 and noisy.gain.value == 0.25
    shares = scoring.count_classes(made, runs, [before.answers] * 2)
    assert shares["hotel"].pool == 0.4 and shares["hotel"].pseudo == 0.5
    assert (shares["hotel"].recall_before, shares["hotel"].recall_after) == (1.0, 0.5)


def test_choosing_on_test_data_flatters_even_when_all_are_equal() -> None:
    right = np.random.default_rng(0).random((8, 30, 200)) < 0.7
    found = scoring.choose_on_test(right)
    assert found.difference.side == 1 and found.honest.value == pytest.approx(0.7, abs=0.03)
    one = scoring.choose_on_test(np.array([[[True, True, False, False], [False, False, True, False]]] * 2))
    assert (one.claimed.value, one.honest.value) == (0.75, 0.0)


def test_axes_are_those_of_a_singular_value_decomposition() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 8)) * np.arange(1, 9)
    mean, axes = pool.principal_axes(vectors)
    _, _, expected = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(axes.T @ expected.T), np.eye(8), atol=1e-8)
    assert np.allclose(np.linalg.norm(pool.scaled((vectors - mean) @ axes), axis=1), pool.LENGTH)


# ---- a run


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SMALL)


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    (made,) = [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings]
    return made


def test_findings_agree_with_one_another_and_go_to_json_and_back(found: Findings, tiny_lm: LanguageModel) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.methods["self"].accuracy[0] == found.labels_only == found.cleanest.labels_only
    assert found.buying.uncertain[0] == found.labels_only
    own = next(item for item in found.thresholds if item.threshold == SMALL.threshold)
    assert own.gain == found.methods["self"].gain == found.cleanest.gain
    assert (found.labelled, found.unlabelled, found.seeds, found.bought) == (10, 60, 3, 5)
    assert findings_of(tiny_lm, SMALL) == found, "equal settings, equal findings"


def test_the_english_pool_is_bounded_and_noise_of_ones_own_is_added(tiny_lm: LanguageModel) -> None:
    english = findings_of(tiny_lm, dataclasses.replace(SMALL, reviews="en", unlabelled=4000, noise=0.1, rounds=1))
    assert english.labelled + english.unlabelled == 300 and english.asked == 4000
    assert [item.noise for item in english.noises] == [0.0, 0.1, 0.2, 0.4]


def test_a_run_stops_and_bad_settings_are_refused(tiny_lm: LanguageModel) -> None:
    bench = Bench(OneModel(tiny_lm))
    running = run(SMALL, bench)
    next(running)
    bench._cancelled.set()
    with pytest.raises(Cancelled):
        list(running)
    for name, value in (
        ("labelled", 9),
        ("unlabelled", 4001),
        ("threshold", 0.2),
        ("method", "magic"),
        ("reviews", "<img>"),
    ):
        with pytest.raises(PlaygroundError) as caught:
            validate(Settings, {name: value}, Language.EN)
        assert caught.value.field == name


def test_the_network_of_consistency_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    made, members = clouds(), list[Member]()

    def recorded(of: list[Member], inputs: int, outputs: int) -> Stack:
        members.extend(of)
        return Stack(of, inputs, outputs)

    monkeypatch.setattr(consistency, "Stack", recorded)
    starts = [draw(made.labels, 12, 0.0, 1)]
    list(consistency.match(made, made.features, starts, threshold=0.6, rounds=1, weight=1.0, seed=0, tell=lambda: None))
    assert members and all(member.width == 0 for member in members)

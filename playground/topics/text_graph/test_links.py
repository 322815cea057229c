"""Link prediction against networkx and scikit-learn: scores, the split in time, matched negatives."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from playground.statistics.intervals import bootstrap
from playground.topics.text_graph import links
from playground.topics.text_graph.conftest import some_graph


def test_scores_of_the_neighbourhood_against_networkx() -> None:
    weights = some_graph()
    graph = nx.from_numpy_array(weights)
    pairs = [(one, other) for one in graph for other in graph if one < other]
    ours = (links.common_neighbours(weights), links.adamic_adar(weights), links.preferential_attachment(weights))
    theirs = (
        [(one, other, len(list(nx.common_neighbors(graph, one, other)))) for one, other in pairs],
        list(nx.adamic_adar_index(graph, pairs)),
        list(nx.preferential_attachment(graph, pairs)),
    )
    for mine, expected in zip(ours, theirs, strict=True):
        assert [mine[one, other] for one, other, _ in expected] == pytest.approx([value for *_, value in expected])


def a_split() -> links.Split:
    past = some_graph(16, 0.2)
    return links.split_in_time(past, past + some_graph(16, 0.15, 7))


@pytest.mark.parametrize("ties", [False, True])
def test_auc_and_average_precision_against_scikit_learn(ties: bool) -> None:
    split = a_split()
    scores = np.random.default_rng(1).normal(size=(16, 16))
    scores = (scores + scores.T).round(0 if ties else 9)
    asked = np.concatenate([split.positives, split.negatives])
    truth = [1] * len(split.positives) + [0] * len(split.negatives)
    values = scores[asked[:, 0], asked[:, 1]]
    assert links.wins(scores, split).mean() == pytest.approx(roc_auc_score(truth, values))
    matched = links.matched_negatives(split)
    found = links.score([scores], split, matched, 0, [scores])
    assert found.auc_low < found.auc < found.auc_high and found.against == (0, 0, 0)
    assert found.balanced > found.precision and found.precision_low < found.precision < found.precision_high
    assert found.precision == pytest.approx(average_precision_score(truth, values))
    # One negative for each positive: each negative weighs so much less.
    weights = np.where(truth, 1, len(split.positives) / len(split.negatives))
    assert found.balanced == pytest.approx(average_precision_score(truth, values, sample_weight=weights))
    assert found.balanced_low < found.balanced < found.balanced_high
    assert found.matched == pytest.approx(links.matched_wins(scores, split, matched).mean())
    assert found.matched_low < found.matched < found.matched_high


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_interval_of_average_precision_is_the_bootstraps_over_the_positives(scale: float) -> None:
    generator = np.random.default_rng(3)
    # Two runs with many ties; a score's rank among the negatives falls with it.
    own = generator.integers(0, 5, (2, 12)).astype(float)
    runs = np.stack([own, (6 - own) * 3], 2)

    def precision(sample: np.ndarray) -> float:
        found = (sample[None, :, :, 0] >= sample[:, None, :, 0]).sum(1)
        return float((found / (found + scale * sample[..., 1])).mean())

    rows = runs.swapaxes(0, 1)
    expected = (precision(rows), *bootstrap(rows, precision, 5, links.PRECISION_RESAMPLES))
    assert links.precision_with_interval(runs, scale, 5) == pytest.approx(expected)


def test_the_split_in_time_asks_only_for_what_the_past_lacks() -> None:
    past = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], float)
    whole = past.copy()
    whole[1, 2] = whole[2, 1] = 1
    split = links.split_in_time(past, whole)
    assert split.positives.tolist() == [[1, 2]] and split.negatives.tolist() == [[0, 2], [0, 3], [1, 3], [2, 3]]
    hidden = links.split_at_random(some_graph(), 5, 0)
    assert len(hidden.positives) == 5 and not hidden.seen[tuple(hidden.positives.T)].any()


def test_who_knows_only_the_busy_falls_to_a_half_against_matched_negatives() -> None:
    # Every pair with degrees of the positive's product: preferential attachment can't tell them apart.
    ring = np.roll(np.eye(12), 1, 1)
    split = links.Split(ring + ring.T, np.array([[0, 2], [3, 6]]), np.array([[0, 5], [1, 7], [2, 8]]))
    matched = links.matched_negatives(split)
    assert links.matched_wins(links.preferential_attachment(split.seen), split, matched).tolist() == [0.5, 0.5]


def test_matched_negatives_are_the_nearest_by_degrees() -> None:
    split = a_split()
    busy = links.preferential_attachment(split.seen)
    for (one, other), five in zip(split.positives, links.matched_negatives(split), strict=True):
        gaps = [abs(np.log1p(busy[pair[0], pair[1]]) - np.log1p(busy[one, other])) for pair in split.negatives]
        chosen = [abs(np.log1p(busy[pair[0], pair[1]]) - np.log1p(busy[one, other])) for pair in five]
        assert chosen == pytest.approx(sorted(gaps)[:5])

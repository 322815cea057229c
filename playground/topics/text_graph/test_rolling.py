"""Several cuts of one text, each scored as scikit-learn does, knowing nothing of what follows."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
import pytest
from sklearn.metrics import roc_auc_score

from playground.topics.text_graph.conftest import sentences_of
from playground.topics.text_graph.mentions import mentioned, tagged_sentences
from playground.topics.text_graph.rolling import CUTS, bounds, roll
from playground.topics.text_graph.stories import FLOOD


def test_cuts_are_even_and_the_last_stretch_ends_with_the_text() -> None:
    assert bounds(20) == [8, 11, 14, 17, 20] and bounds(2) == [1, 2] and bounds(1) == [1]


def test_every_cut_is_scored_as_scikit_learn_does_and_hears_nothing_of_what_follows() -> None:
    parts = tagged_sentences(FLOOD.en)
    cuts = roll(parts, "keywords", 1, 0.85, 60, 0)
    assert [(one.cut, one.until) for one in cuts] == list(pairwise(bounds(len(parts)))) and len(cuts) == CUTS
    second = cuts[1]
    said = sentences_of(FLOOD.en, "keywords")
    names = [word for word, _ in mentioned(said[: second.cut]).most_common(60)]
    linked = [nx.Graph(), nx.Graph()]
    for graph, end in zip(linked, (second.cut, second.until), strict=True):
        graph.add_nodes_from(names)
        for sentence in said[:end]:
            graph.add_edges_from(combinations([word for word in sentence.words if word in names], 2))
    asked = [pair for pair in combinations(names, 2) if not linked[0].has_edge(*pair)]
    truth = [linked[1].has_edge(*pair) for pair in asked]
    assert (second.new_links, second.apart) == (sum(truth), len(truth) - sum(truth))
    shared = [len(list(nx.common_neighbors(linked[0], *pair))) for pair in asked]
    value, low, high = second.auc["common"]
    assert value == pytest.approx(roc_auc_score(truth, shared)) and low < value < high
    assert set(second.auc) == {"common", "adamic", "preferential"}
    # The same sentences with others behind them have the same scores up to there.
    other = tagged_sentences(FLOOD.en)[: second.until] + tagged_sentences("The pump hit the wall. " * 12)
    again = [one for one in roll(other[: len(parts)], "keywords", 1, 0.85, 60, 0) if one.until <= second.until]
    assert again == list(cuts[:2])


def test_a_cut_with_too_few_new_links_has_no_auc() -> None:
    cuts = roll(tagged_sentences("A boat met a pump. " * 10), "keywords", 1, 0.85, 60, 0)
    assert len(cuts) == CUTS and all((one.new_links, one.auc) == (0, {}) for one in cuts)

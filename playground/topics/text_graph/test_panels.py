"""What is about drawings: the graph over time has every step, and words for the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from playground.lab.codec import decode, encode
from playground.lab.panels import GraphOverTime
from playground.lab.text import Text
from playground.topics.text_graph import panels
from playground.topics.text_graph.dynamic_graph import snapshots
from playground.topics.text_graph.findings import Central, Rolled
from playground.topics.text_graph.links import Score, Split
from playground.topics.text_graph.mentions import Sentence

SAID = [
    Sentence("A met B.", ("a", "b")),
    Sentence("C came.", ("c",)),
    Sentence("C met B.", ("c", "b")),
]
NAMES = ("a", "b", "c")


def drawn(cut: int = 2, names: tuple[str, ...] = NAMES) -> GraphOverTime:
    steps = snapshots(SAID, names, 1, 0.2, 1)
    return panels.graph(SAID, names, steps, np.full((len(names), 2), 0.5), (0, -1, -2)[: len(names)], cut, None)


def test_nodes_enter_and_edges_fade_away() -> None:
    panel = drawn()
    a, _, c = panel.nodes
    assert a.sizes == (1.0, 0.2, 0.04) and c.sizes == (None, 1.0, 1.2)
    assert c.strengths == (0.0, 1.0, 1.0)
    weights = {(edge.source, edge.target): edge.weights for edge in panel.edges}
    assert weights == {("0", "1"): (1.0, 0.2, None), ("1", "2"): (None, None, 1.0)}
    assert (panel.start, panel.future) == (1, 2)
    groups = [node.group.en for node in panel.nodes]  # type: ignore[union-attr]
    assert groups == ["community 1 of the past", "no edges in the past", "enters after the cut"]
    assert decode(GraphOverTime, json.loads(json.dumps(encode(panel)))) == panel


def test_the_cut_is_a_line_from_the_bottom_to_the_top_of_the_ranks() -> None:
    steps = snapshots(SAID, NAMES, 1, 0.2, 1)
    values = np.array([[0.5, 0.5, 0.0], [0.3, 0.3, 0.4], [0.2, 0.3, 0.5]])
    central = [
        Central(name, 1, *(float(value) for value in values[1:, place]), 0.3) for place, name in enumerate(NAMES)
    ]
    panel = panels.ranks(NAMES, steps, values, central, 2, None)
    assert (panel.lines[-1].x, panel.lines[-1].y) == ((2.0, 2.0), (0.0, 0.5)) and not panel.marks


def test_communities_of_the_past_are_listed_in_order_and_named_apart() -> None:
    panel = panels.vectors(NAMES, np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), (1, -1, 0))
    assert [str(point.group.en) for point in panel.points] == [
        "community 1 of the past",
        "community 2 of the past",
        "no edges in the past",
    ]  # type: ignore[union-attr]


def test_what_is_left_out_is_said() -> None:
    assert panels.not_drawn(3, 3, 1, 1) is None
    rest, long = panels.not_drawn(2, 5, 1, 1), panels.not_drawn(3, 3, 1, 4)
    assert rest is not None and "Only 2 nodes" in rest.en and "3 are not" in rest.en and "另有 3 个" in rest.zh
    assert long is not None and "4 sentences, not 1" in long.en and "每步读 4 句" in long.zh


def a_score(auc: float) -> Score:
    at = (auc, auc - 0.1, auc + 0.1)
    return Score(*at, *at, *at, *at, None, (auc,))


def test_every_score_has_its_interval_and_the_counts_it_is_of() -> None:
    split = Split(np.zeros((4, 4)), np.array([[0, 1], [0, 2]]), np.array([[1, 2], [1, 3], [2, 3]]))
    table = panels.scores({"common": a_score(0.6)}, split)
    (row,) = table.rows
    assert [row[column] for column in (1, 3, 4, 5)] == ["0.60 [0.50,\u00a00.70]"] * 4
    assert table.caveat is not None and "2 edges; negatives: 3 pairs" in table.caveat.en
    bars = panels.comparison({"common": a_score(0.6)}, {}, split)
    assert bars.y_label == Text(zh="AUC（正例 2，负例 3）", en="AUC (2 positives, 3 negatives)")
    assert (bars.series[0].low, bars.series[0].high) == ((pytest.approx(0.5),), (pytest.approx(0.7),))


def test_cuts_are_drawn_with_bands_and_counts_and_a_gap_where_there_is_no_auc() -> None:
    assert panels.rolling((Rolled(4, 6, 2, 9, {}),)) is None
    panel = panels.rolling((Rolled(4, 6, 9, 9, {"common": (0.6, 0.5, 0.7)}), Rolled(6, 8, 2, 9, {})))
    assert panel is not None and panel.caveat is not None and "fewer than 8" in panel.caveat.en
    (line,) = panel.lines
    assert (line.x, line.y, line.low, line.high) == ((4.0, 6.0), (0.6, None), (0.5, None), (0.7, None))
    assert panel.x_label.en == "cut (sentence); new edges of each stretch: 9, 2"  # type: ignore[union-attr]

"""What is about drawings: the graph over time has every step, and words for the command line."""

from __future__ import annotations

import json

import numpy as np

from playground.lab.codec import decode, encode
from playground.lab.panels import GraphOverTime
from playground.topics.text_graph import panels
from playground.topics.text_graph.dynamic_graph import snapshots
from playground.topics.text_graph.findings import Central
from playground.topics.text_graph.mentions import Sentence

SAID = [
    Sentence("A met B.", ("a", "b")),
    Sentence("C came.", ("c",)),
    Sentence("C met B.", ("c", "b")),
]
NAMES = ("a", "b", "c")


def drawn(cut: int = 2, names: tuple[str, ...] = NAMES) -> GraphOverTime:
    steps = snapshots(SAID, names, 1, 0.2, 1)
    return panels.graph(SAID, names, steps, np.full((len(names), 2), 0.5), (0, 0, -1)[: len(names)], cut)


def test_nodes_enter_and_edges_fade_away() -> None:
    panel = drawn()
    a, _, c = panel.nodes
    assert a.sizes == (1.0, 0.2, 0.04) and c.sizes == (None, 1.0, 1.2)
    assert c.strengths == (0.0, 1.0, 1.0)
    weights = {(edge.source, edge.target): edge.weights for edge in panel.edges}
    assert weights == {("0", "1"): (1.0, 0.2, None), ("1", "2"): (None, None, 1.0)}
    assert (panel.start, panel.future) == (1, 2)
    assert decode(GraphOverTime, json.loads(json.dumps(encode(panel)))) == panel


def test_the_cut_is_a_line_from_the_bottom_to_the_top_of_the_ranks() -> None:
    steps = snapshots(SAID, NAMES, 1, 0.2, 1)
    values = np.array([[0.5, 0.5, 0.0], [0.3, 0.3, 0.4], [0.2, 0.3, 0.5]])
    central = [
        Central(name, 1, *(float(value) for value in values[1:, place]), 0.3) for place, name in enumerate(NAMES)
    ]
    panel = panels.ranks(NAMES, steps, values, central, 2)
    assert (panel.lines[-1].x, panel.lines[-1].y) == ((2.0, 2.0), (0.0, 0.5)) and not panel.marks


def test_communities_of_the_past_are_listed_in_order_and_named_apart() -> None:
    panel = panels.vectors(NAMES, np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), (1, -1, 0))
    assert [str(point.group.en) for point in panel.points] == [
        "community 1 of the past",
        "community 2 of the past",
        "no edges",
    ]  # type: ignore[union-attr]


def test_what_is_left_out_is_said() -> None:
    assert drawn().caveat is None
    rest = drawn(names=("a", "b"))
    assert rest.caveat is not None and "1 are not" in rest.caveat.en

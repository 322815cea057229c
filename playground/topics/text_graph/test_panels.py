"""What is about drawings: the graph over time has every step, and words for the command line."""

from __future__ import annotations

import json

import numpy as np

from playground.lab.codec import decode, encode
from playground.lab.panels import GraphOverTime
from playground.topics.text_graph import panels
from playground.topics.text_graph.dynamic_graph import snapshots
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


def test_what_is_left_out_is_said() -> None:
    assert drawn().caveat is None
    rest = drawn(names=("a", "b"))
    assert rest.caveat is not None and "1 are not" in rest.caveat.en

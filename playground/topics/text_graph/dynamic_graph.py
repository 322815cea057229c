"""A graph that changes as a text is read: links appear, fade and are renewed; who is central at each step.

Knows words and sentences only as names and numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from playground.topics.text_graph.mentions import Sentence

Numbers = NDArray[np.float64]
# Brin and Page 1998; also networkx's default.
DAMPING = 0.85
# A link weaker than this is no longer drawn. It is still in the graph, as nothing is ever quite forgotten.
FADED = 0.05


@dataclass(frozen=True)
class Snapshot:
    """The graph after `read` sentences. `weights` (nodes, nodes), symmetric, zero on the diagonal; `alive`: each node's decayed mentions."""

    read: int
    weights: Numbers
    alive: Numbers


def snapshots(
    said: Sequence[Sentence], names: Sequence[str], window: int, decay: float, step: int
) -> tuple[Snapshot, ...]:
    """Reads the sentences in order and returns the graph after every `step` of them, and after the last.

    Two nodes of one sentence gain a weight of 1; of sentences d apart, 1/(1 + d) up to d = window − 1. Before each sentence every
    weight is multiplied by `decay` (1: nothing fades).
    """
    index = {name: place for place, name in enumerate(names)}
    weights, alive = np.zeros((len(names), len(names))), np.zeros(len(names))
    found = []
    for number, sentence in enumerate(said, 1):
        weights *= decay
        alive *= decay
        here = [index[word] for word in sentence.words if word in index]
        alive[here] += 1
        for first, second, weight in _pairs(said, index, number - 1, window):
            weights[first, second] += weight
            weights[second, first] += weight
        if number % step == 0 or number == len(said):
            found.append(Snapshot(number, weights.copy(), alive.copy()))
    return tuple(found)


def _pairs(said: Sequence[Sentence], index: dict[str, int], at: int, window: int) -> list[tuple[int, int, float]]:
    """The pairs that the sentence at `at` links: within it, and with the sentences before it inside the window."""
    here = [index[word] for word in said[at].words if word in index]
    pairs = [(first, second, 1.0) for first, second in itertools.combinations(here, 2)]
    for back in range(1, min(window, at + 1)):
        before = [index[word] for word in said[at - back].words if word in index]
        pairs += [(one, other, 1 / (1 + back)) for one in here for other in before if one != other]
    return pairs


def pagerank(weights: Numbers, damping: float = DAMPING) -> Numbers:
    """Returns PageRank (nodes,), summing to 1, by power iteration on weighted links (Page, Brin, Motwani, Winograd 1999).

    A node without links passes its rank to all alike. All zeros for a graph without nodes.
    """
    count = len(weights)
    if not count:
        return np.zeros(0)
    out = weights.sum(1)
    moves = np.divide(weights, out[:, None], out=np.zeros_like(weights), where=out[:, None] > 0)
    ranks = np.full(count, 1 / count)
    for _ in range(200):
        after = (1 - damping) / count + damping * (ranks @ moves + ranks[out == 0].sum() / count)
        if np.abs(after - ranks).sum() < 1e-10:
            break
        ranks = after
    return np.asarray(after)


def ranks_over_time(steps: Sequence[Snapshot]) -> Numbers:
    """PageRank (steps, nodes) among the nodes that were mentioned so far; 0 for those still to come."""
    ranks = np.zeros((len(steps), len(steps[0].alive)))
    for row, snapshot in enumerate(steps):
        there = snapshot.alive > 0
        ranks[row, there] = pagerank(snapshot.weights[np.ix_(there, there)])
    return ranks


def layout(weights: Numbers, seed: int) -> Numbers:
    """Places the nodes once for all steps (nodes, 2), each axis within 0 to 1: Fruchterman and Reingold's forces on the links of the whole text."""
    if len(weights) == 1:
        return np.full((1, 2), 0.5)
    graph = nx.from_numpy_array(np.log1p(weights))
    # A node without links would be pushed far away and squeeze the others together.
    middle = int(weights.sum(1).argmax())
    graph.add_edges_from([(node, middle, {"weight": 0.3}) for node in nx.isolates(graph.copy()) if node != middle])
    places = nx.spring_layout(graph, k=2.2 / np.sqrt(len(weights)), iterations=150, seed=seed)
    at = np.array([places[node] for node in range(len(weights))])
    # Ranks mixed in spread a crowded middle over the drawing.
    order = at.argsort(0).argsort(0) / max(1, len(at) - 1)
    low, high = at.min(0), at.max(0)
    return _apart(0.5 * (at - low) / np.maximum(high - low, 1e-9) + 0.5 * order)


def _apart(places: Numbers) -> Numbers:
    """Pushes nodes apart until their names, wider than high, hardly overlap."""
    room = np.array([0.11, 0.075])
    at = places.copy()
    for _ in range(120):
        away = (at[:, None] - at[None, :]) / room
        gap = np.linalg.norm(away, axis=2)
        np.fill_diagonal(gap, np.inf)
        push = np.maximum(1 - np.minimum(gap, 1), 0) / np.clip(gap, 1e-6, 1)
        at = np.clip(at + 0.3 * (push[..., None] * away).sum(1) * room, 0, 1)
    return at


def communities(weights: Numbers, seed: int) -> tuple[int, ...]:
    """Returns each node's community by Louvain (Blondel et al. 2008), largest first; −1 for a node without links."""
    graph = nx.from_numpy_array(weights)
    found = sorted(
        (sorted(group) for group in nx.community.louvain_communities(graph, seed=seed)),
        key=lambda group: (-len(group), group[0]),
    )
    of = {node: number for number, group in enumerate(found) for node in group if len(group) > 1}
    return tuple(of.get(node, -1) for node in range(len(weights)))

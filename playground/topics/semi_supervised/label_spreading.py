"""Label spreading (Zhou et al. 2003): labels flow along a graph of near neighbours. Knows no panel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.neighbors import NearestNeighbors, kneighbors_graph

from playground.topics.semi_supervised.pool import Floats, Ints, Pool, Start
from playground.topics.semi_supervised.self_training import NONE, Round

NEIGHBOURS, SHARE_OF_NEIGHBOURS = 10, 0.2
STEPS_A_ROUND = 3


def neighbour_graph(features: Floats) -> csr_matrix:
    """Returns a symmetric 0/1 matrix (rows, rows): an edge where one is among the other's nearest by Euclidean distance."""
    directed = kneighbors_graph(features, min(NEIGHBOURS, len(features) - 1), include_self=False)
    return csr_matrix(directed.maximum(directed.T))


def normalised(graph: csr_matrix) -> csr_matrix:
    """Returns D^(−1/2) W D^(−1/2) of a symmetric graph W with degrees D."""
    degrees = np.maximum(np.asarray(graph.sum(0)).ravel(), 1e-12)
    roots = diags(1 / np.sqrt(degrees))
    return csr_matrix(roots @ graph @ roots)


def spread(matrix: csr_matrix, given: Floats, steps: int, start: Floats | None = None) -> Floats:
    """Repeats F ← α S F + (1 − α) Y `steps` times from Y, or from `start`; all (rows, classes)."""
    found = given if start is None else start
    for _ in range(steps):
        found = SHARE_OF_NEIGHBOURS * (matrix @ found) + (1 - SHARE_OF_NEIGHBOURS) * given
    return found


def purity(graph: csr_matrix, labels: Ints) -> float:
    """Returns the share of edges that join two rows of the same class: what the cluster assumption claims of the graph."""
    one, other = graph.nonzero()
    return float((labels[one] == labels[other]).mean())


def spread_labels(pool: Pool, matrix: csr_matrix, start: Start, *, threshold: float, rounds: int) -> Iterator[Round]:
    """Yields round 0, where only labelled rows have a label, then a Round after every STEPS_A_ROUND steps.

    A held-out review, which isn't in the graph, gets the mean of its nearest neighbours in the pool.
    """
    classes = len(pool.classes)
    given = np.zeros((len(pool.features), classes))
    given[start.rows, start.given] = 1
    nearest = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(pool.features))).fit(pool.features)
    near = nearest.kneighbors(pool.held_out, return_distance=False)
    found = given
    for number in range(rounds + 1):
        if number:
            found = spread(matrix, given, STEPS_A_ROUND, found)
        shares = _shares(found)
        guess, confidence = shares.argmax(1)[start.rest], shares.max(1)[start.rest]
        reached = found.sum(1)[start.rest] > 0
        pseudo = np.where(reached & (confidence >= threshold) & (number > 0), guess, NONE)
        yield Round(pseudo, guess, confidence, _shares(shares[near].mean(1)).argmax(1))


def _shares(found: Floats) -> Floats:
    """Divides each row by its sum; a row that nothing has reached is even."""
    sums = found.sum(1, keepdims=True)
    return np.asarray(np.where(sums > 0, found / np.maximum(sums, 1e-300), 1 / found.shape[1]))

"""Places some points of a run in a plane, with their state in each round. Knows no panel.

The plane is Fisher's discriminant on all labels, which no method sees: it shows where a pseudo-label should have fallen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from playground.topics.semi_supervised.pool import Floats, Ints, Pool, Start
from playground.topics.semi_supervised.self_training import NONE, Round

LABELLED, NOT_YET, RIGHT, WRONG = "labelled", "unlabelled", "right", "wrong"
MOST_LABELLED, MOST_UNLABELLED = 24, 56


@dataclass(frozen=True)
class Places:
    """Points drawn: `at` (points, 2) from 0 to 1, true `classes`, `states` by point and round.

    `nearest`: of a point, the drawn point with a label or pseudo-label of the same class that is most like it, and the round in which
    it got its first pseudo-label.
    """

    at: Floats
    classes: Ints
    states: tuple[tuple[str, ...], ...]
    nearest: dict[int, tuple[int, int]]


def find_places(pool: Pool, start: Start, rounds: Sequence[Round]) -> Places:
    """Draws the first labelled points and evenly spaced unlabelled ones."""
    labelled, _ = np.split(start.rows, [MOST_LABELLED])
    step = max(1, len(start.rest) // MOST_UNLABELLED)
    picked = np.arange(0, len(start.rest), step)[:MOST_UNLABELLED]
    rows = np.concatenate([labelled, start.rest[picked]])
    states = [(LABELLED,) * len(rounds)] * len(labelled)
    labels = [[given] * len(rounds) for given in start.given[: len(labelled)].tolist()]
    for place in picked:
        truth = pool.labels[start.rest[place]]
        made = [int(one.pseudo[place]) for one in rounds]
        labels.append(made)
        states.append(tuple(NOT_YET if one == NONE else RIGHT if one == truth else WRONG for one in made))
    return Places(_plane(pool)[rows], pool.labels[rows], tuple(states), _nearest(pool.features[rows], labels))


def _plane(pool: Pool) -> Floats:
    """Returns (pool, 2): two discriminants, or with two classes one and the first principal component, each by rank from 0 to 1."""
    found = LinearDiscriminantAnalysis().fit(pool.features, pool.labels).transform(pool.features)
    if found.shape[1] < 2:
        found = np.concatenate([found, pool.features[:, :1]], 1)
    low, high = np.percentile(found[:, :2], [1, 99], axis=0)
    return np.asarray(np.clip((found[:, :2] - low) / np.maximum(high - low, 1e-12), 0, 1))


def _nearest(features: Floats, labels: Sequence[Sequence[int]]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    likeness = features @ features.T
    for point, made in enumerate(labels):
        first = next((number for number, label in enumerate(made) if label != NONE), 0)
        if first:
            others = [
                other for other, theirs in enumerate(labels) if other != point and theirs[first - 1] == made[first]
            ]
            if others:
                found[point] = (max(others, key=lambda other: likeness[point, other]), first)
    return found

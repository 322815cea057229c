"""Self-training: a model labels what it is sure of, learns from it, and labels again. Knows no panel.

Yarowsky 1995; Lee 2013 for networks. Pseudo-labels are made once a round and belong to an example, by its place in the pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from playground.topics.semi_supervised.pool import Floats, Ints, Pool, Start
from playground.topics.semi_supervised.softmax_regression import fit, probabilities

NONE = -1


@dataclass(frozen=True)
class Round:
    """What a method has done by a round. `pseudo`: the pseudo-label of each unlabelled example, NONE without one (unlabelled,).

    `guess` and `confidence`: the likeliest class of each and its probability (unlabelled,), by the model that made `pseudo`.
    `answers`: classes of the held-out part by the model after this round (held out,).
    """

    pseudo: Ints
    guess: Ints
    confidence: Floats
    answers: Ints


def self_train(
    pool: Pool, start: Start, *, threshold: float, rounds: int, keep: bool, balanced: bool
) -> Iterator[Round]:
    """Yields round 0, trained on the labels alone, then one Round for each round of pseudo-labels.

    `keep`: a pseudo-label once made stays, as in scikit-learn; otherwise all are made anew each round. `balanced`: as many of each
    class as the class with the fewest above the threshold has, at least one, the surest first.
    """
    classes = len(pool.classes)
    unlabelled = pool.features[start.rest]
    weights = fit(pool.features[start.rows], start.given, classes)
    pseudo = np.full(len(start.rest), NONE, dtype=np.int64)
    chances = probabilities(weights, unlabelled)
    for number in range(rounds + 1):
        guess, confidence = chances.argmax(1), chances.max(1)
        if number:
            chosen = confidence >= threshold
            if balanced:
                chosen = _even(chosen, guess, confidence, classes)
            made = np.where(chosen, guess, NONE)
            # Compared by example: a model's view of one example never labels another.
            new = np.where(pseudo != NONE, pseudo, made) if keep else made
            if (new != pseudo).any():
                pseudo = new
                taken = pseudo != NONE
                rows = np.concatenate([pool.features[start.rows], unlabelled[taken]])
                weights = fit(rows, np.concatenate([start.given, pseudo[taken]]), classes, start=weights)
                chances = probabilities(weights, unlabelled)
        yield Round(pseudo, guess, confidence, probabilities(weights, pool.held_out).argmax(1))


def _even(chosen: Ints, guess: Ints, confidence: Floats, classes: int) -> Ints:
    """Keeps as many chosen of each class as the rarest has, at least one."""
    counts = [int((chosen & (guess == name)).sum()) for name in range(classes)]
    most = max(1, min(counts))
    kept = np.zeros_like(chosen)
    for name in range(classes):
        rows = np.flatnonzero(chosen & (guess == name))
        kept[rows[np.argsort(-confidence[rows], kind="stable")[:most]]] = True
    return kept

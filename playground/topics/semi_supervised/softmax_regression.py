"""Fits multinomial logistic regression by Newton's method, warm-started: a self-training run refits it every round.

The penalty is that of scikit-learn's LogisticRegression, half the squared weights (intercepts excluded) over `strength`.
Knows no data and no panel.
"""

from __future__ import annotations

import numpy as np

from playground.topics.semi_supervised.pool import Floats, Ints

STEPS, CLOSE = 40, 1e-4
# Keeps the Hessian regular: adding a number to all intercepts changes no probability.
_TINY = 1e-9


def fit(features: Floats, labels: Ints, classes: int, *, strength: float = 1.0, start: Floats | None = None) -> Floats:
    """Returns weights (classes, dimensions + 1), the intercept last, of features (rows, dimensions) and labels (rows,).

    With two classes the first one's weights are 0, as in binary logistic regression. `start`: weights to begin from.
    """
    rows = _with_one(features)
    inputs = rows.shape[1]
    first = 0 if classes > 2 else 1
    weights = np.zeros((classes, inputs)) if start is None else start.copy()
    penalty = np.full(inputs, 1 / strength)
    penalty[-1] = _TINY
    target = np.eye(classes)[labels]
    loss = _loss(rows, labels, weights, penalty)
    for _ in range(STEPS):
        chances = _softmax(rows @ weights.T)
        gradient = ((chances - target).T @ rows + weights * penalty)[first:]
        step = np.linalg.solve(_hessian(rows, chances[:, first:], penalty), gradient.ravel()).reshape(gradient.shape)
        for size in (1.0, 0.5, 0.25, 0.1):
            moved = weights.copy()
            moved[first:] -= size * step
            now = _loss(rows, labels, moved, penalty)
            if now <= loss + 1e-12:
                break
        weights, loss = moved, now
        if np.abs(step).max() < CLOSE:
            break
    return weights


def probabilities(weights: Floats, features: Floats) -> Floats:
    """Returns the probabilities (rows, classes) of features (rows, dimensions)."""
    return _softmax(_with_one(features) @ weights.T)


def _hessian(rows: Floats, chances: Floats, penalty: Floats) -> Floats:
    free, inputs = chances.shape[1], rows.shape[1]
    found = np.empty((free, inputs, free, inputs))
    for one in range(free):
        for other in range(one, free):
            spread = chances[:, one] * ((one == other) - chances[:, other])
            found[one, :, other] = rows.T @ (spread[:, None] * rows)
            found[other, :, one] = found[one, :, other].T
        found[one, :, one] += np.diag(penalty)
    return found.reshape(free * inputs, free * inputs)


def _loss(rows: Floats, labels: Ints, weights: Floats, penalty: Floats) -> float:
    logits = rows @ weights.T
    top = logits.max(1)
    log_sum = top + np.log(np.exp(logits - top[:, None]).sum(1))
    return float((log_sum - logits[np.arange(len(labels)), labels]).sum() + 0.5 * (weights**2 * penalty).sum())


def _with_one(features: Floats) -> Floats:
    return np.concatenate([features, np.ones((len(features), 1))], 1)


def _softmax(logits: Floats) -> Floats:
    found = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True))

"""Trains and tests logistic regression on features: cross-validation, learning curves, and what leaks do. Knows no texts.

Nothing is tuned: the strengths of the penalty were fixed beforehand on other data (`measure.py`), so that no test part chooses.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression

from playground.topics.classification.features import Features, Indices, Scaled

Numbers = NDArray[np.float64]
# scikit-learn's C, the inverse strength of the L2 penalty: of TF-IDF rows of length 1, and of standardized dimensions.
STRENGTHS = {"tfidf": 10.0, "embedding": 0.03, "state": 0.03}
# Newton's method needs few steps and each is short, so that a run can be stopped between two fits.
OPTIONS = {"solver": "newton-cg", "tol": 1e-3, "max_iter": 50}
SELECTED = 100


@dataclass(frozen=True)
class Classifier:
    """A trained classifier with what its features need. `known`: the classes (indices) that it was trained on; one alone has no model."""

    scaled: Scaled
    known: Indices
    model: LogisticRegression | None
    classes: int

    def probabilities(self, raw: Any) -> Numbers:
        """Returns class probabilities (texts, classes); 0 for a class without training lines."""
        found = np.zeros((raw.shape[0], self.classes))
        found[:, self.known] = 1.0 if self.model is None else self.model.predict_proba(self.scaled(raw))
        return found


def train(
    raw: Any, features: Features, labels: Indices, classes: int, strength: float, *, balanced: bool
) -> Classifier:
    """Trains on raw features (lines, width). `balanced`: weighs a class's lines by the inverse of their number."""
    scaled, known = features.fit(raw), np.unique(labels)
    model = None
    if len(known) > 1:
        model = LogisticRegression(C=strength, **OPTIONS, class_weight="balanced" if balanced else None)
        with warnings.catch_warnings():
            # Steps are bounded on purpose: a run must end, and the last digits of the weights don't matter.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(scaled(raw), labels)
    return Classifier(scaled, known, model, classes)


def cross_validate(
    features: Features, labels: Indices, folds: Indices, classes: int, strength: float, *, balanced: bool,
    tell: Callable[[], None] = lambda: None,
) -> Numbers:  # fmt: skip
    """Returns class probabilities (lines, classes), each line's by a classifier trained on the other folds."""
    found = np.zeros((len(labels), classes))
    for fold in range(int(folds.max()) + 1):
        tell()
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        fitted = train(features.raw[inside], features, labels[inside], classes, strength, balanced=balanced)
        found[outside] = fitted.probabilities(features.raw[outside])
    return found


def rounds(labels: Indices, inside: Indices, count: int, key: Sequence[int]) -> list[Indices]:
    """Returns up to `count` rounds of training lines, each with one of every class that has any left, in an order drawn by `key`.

    More rounds begin with the same ones.
    """
    random = np.random.default_rng(list(key))
    by_class = [random.permutation(inside[labels[inside] == label]) for label in np.unique(labels[inside])]
    turns = range(min(count, max(map(len, by_class))))
    return [random.permutation([own[turn] for own in by_class if turn < len(own)]).astype(np.int64) for turn in turns]


def learn_from_few(
    features: Features, labels: Indices, folds: Indices, tested: Indices, count: int, draws: int, seed: int, classes: int,
    strength: float, *, balanced: bool, tell: Callable[[], None] = lambda: None,
) -> Numbers:  # fmt: skip
    """Returns for each of the `tested` lines in how many of the draws (share, 0 to 1) it is right after `count` lines of every class.

    A test line's training lines come from the other folds.
    """
    rights = np.zeros(len(tested))
    for fold in range(int(folds.max()) + 1):
        places = np.flatnonzero(folds[tested] == fold)
        inside = np.flatnonzero(folds != fold)
        if not len(places):
            continue
        for draw in range(draws):
            tell()
            chosen = np.concatenate(rounds(labels, inside, count, (seed, fold, draw)))
            fitted = train(features.raw[chosen], features, labels[chosen], classes, strength, balanced=balanced)
            guesses = fitted.probabilities(features.raw[tested[places]]).argmax(1)
            rights[places] += (guesses == labels[tested[places]]) / draws
    return rights


def select_and_validate(
    features: Features, labels: Indices, folds: Indices, classes: int, strength: float, *, leak: bool,
    tell: Callable[[], None] = lambda: None,
) -> Numbers:  # fmt: skip
    """Cross-validates on the 100 features that χ² relates most to the labels. `leak`: chosen on all lines, the test part included.

    The fault that Ambroise and McLachlan (2002) found in published results.
    """
    found = np.zeros((len(labels), classes))
    for fold in range(int(folds.max()) + 1):
        tell()
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        seen = np.arange(len(labels)) if leak else inside
        scores = np.nan_to_num(chi2(features.raw[seen], labels[seen])[0])
        columns = np.sort(np.argsort(-scores, kind="stable")[:SELECTED])
        fitted = train(features.raw[inside][:, columns], features, labels[inside], classes, strength, balanced=False)
        found[outside] = fitted.probabilities(features.raw[outside][:, columns])
    return found

"""Scores labels against gold labels: accuracy, precision, recall and F1 by class, their averages, confusion, κ. scikit-learn computes.

Knows nothing of how labels were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support

AVERAGES = ("macro", "micro", "weighted")


@dataclass(frozen=True)
class ClassScore:
    """One class or one average: `precision`, `recall` and `f1`, each from 0 to 1. `support`: gold examples."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Classified:
    """Predictions against gold labels: `right` of `count`. `classes`: every label of either, sorted. `by_class`: in
    that order.

    `averages`: by name in AVERAGES. `confusion[gold][predicted]`: counts. `kappa`: Cohen's, None where both have one
    single label.
    """

    right: int
    count: int
    classes: tuple[str, ...]
    by_class: tuple[ClassScore, ...]
    averages: dict[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    kappa: float | None

    @property
    def accuracy(self) -> float:
        return self.right / self.count


def classify(gold: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> Classified:
    """Scores predictions. A class that is never predicted has precision 0, one without gold examples recall 0."""
    labels = list(classes)
    parts = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    averages = {}
    for name in AVERAGES:
        precision, recall, f1, _ = precision_recall_fscore_support(
            gold, predicted, labels=labels, average=name, zero_division=0
        )
        averages[name] = ClassScore(float(precision), float(recall), float(f1), len(gold))
    counts = confusion_matrix(gold, predicted, labels=labels)
    one_label = len({*gold, *predicted}) == 1
    return Classified(
        right=int(np.trace(counts)),
        count=len(gold),
        classes=tuple(classes),
        by_class=tuple(ClassScore(float(p), float(r), float(f), int(s)) for p, r, f, s in zip(*parts, strict=True)),
        averages=averages,
        confusion=tuple(tuple(int(value) for value in row) for row in counts),
        kappa=None if one_label else float(cohen_kappa_score(gold, predicted, labels=labels)),
    )


def f1_by_class(gold: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Computes F1 (classes,) of integer labels by counting: fast enough for thousands of resamples."""
    hits = np.bincount(gold[gold == predicted], minlength=classes)
    total = np.bincount(gold, minlength=classes) + np.bincount(predicted, minlength=classes)
    return np.divide(2 * hits, total, out=np.zeros(classes), where=total > 0)

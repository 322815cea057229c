"""Evaluates answering only when sure: risk against coverage, and how well a confidence sorts right from wrong. Knows no model.

El-Yaniv and Wiener 2010, On the Foundations of Noise-free Selective Classification; Geifman and El-Yaniv 2017, Selective
Classification for Deep Neural Networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True)
class Answered:
    """What is answered with a confidence of at least `threshold`: `count` of `total` questions, `wrong` of them wrongly."""

    threshold: float
    count: int
    wrong: int
    total: int

    @property
    def coverage(self) -> float:
        """Returns the share of questions that are answered, 0 to 1."""
        return self.count / self.total

    @property
    def risk(self) -> float | None:
        """Returns the share of answered questions that are wrong, 0 to 1; None if none is answered."""
        return self.wrong / self.count if self.count else None


def answered_at(confidence: Sequence[float], right: Sequence[bool], threshold: float) -> Answered:
    """Counts what is answered at one threshold."""
    values, hits = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    inside = values >= threshold
    return Answered(threshold, int(inside.sum()), int((inside & ~hits).sum()), len(values))


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Answered, ...]:
    """Lowers the threshold over every confidence there is, so that coverage grows; equal ones are answered together."""
    return tuple(answered_at(confidence, right, value) for value in sorted(set(confidence), reverse=True))


def area_under_risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Averages over k = 1 … n the risk of the k most confident, 0 to 1, lower is better (AURC). Equal confidences count as in random order."""
    values, wrong = np.asarray(confidence, dtype=np.float64), ~np.asarray(right, dtype=bool)
    order = np.argsort(-values, kind="stable")
    values, errors = values[order], wrong[order].astype(np.float64)
    # A tied block in random order: each place of it holds the block's mean number of errors.
    for value in np.unique(values):
        block = values == value
        errors[block] = errors[block].mean()
    return float((errors.cumsum() / np.arange(1, len(errors) + 1)).mean())


def discrimination(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Returns the probability that a right answer has more confidence than a wrong one, ties counted half (AUROC); None if all are right or all are wrong."""
    values, hits = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=bool)
    good, bad = int(hits.sum()), int((~hits).sum())
    if not good or not bad:
        return None
    return float((rankdata(values)[hits].sum() - good * (good + 1) / 2) / (good * bad))

"""Risk and coverage by hand and by brute force; AUROC against scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from playground.evaluation.selective import (
    answered_at,
    area_under_risk_coverage,
    discrimination,
    risk_coverage,
)

CONFIDENCE, RIGHT = [0.9, 0.8, 0.8, 0.4], [True, False, True, False]


def test_risk_and_coverage_by_hand() -> None:
    found = risk_coverage(CONFIDENCE, RIGHT)
    assert [(one.threshold, one.count, one.wrong) for one in found] == [(0.9, 1, 0), (0.8, 3, 1), (0.4, 4, 2)]
    assert [one.coverage for one in found] == [0.25, 0.75, 1.0]
    assert [one.risk for one in found] == [0, 1 / 3, 0.5]
    nothing = answered_at(CONFIDENCE, RIGHT, 0.95)
    assert (nothing.count, nothing.coverage, nothing.risk) == (0, 0, None)


def test_the_area_is_the_mean_over_all_orders_of_ties() -> None:
    means = []
    for order in itertools.permutations(range(4)):
        if [CONFIDENCE[at] for at in order] == sorted(CONFIDENCE, reverse=True):
            wrong = np.cumsum([not RIGHT[at] for at in order])
            means.append(float((wrong / np.arange(1, 5)).mean()))
    assert len(means) == 2
    assert area_under_risk_coverage(CONFIDENCE, RIGHT) == pytest.approx(np.mean(means))
    assert area_under_risk_coverage([0.1, 0.2], [True, True]) == 0


def test_discrimination_is_scikit_learns() -> None:
    draw = np.random.default_rng(0)
    confidence, right = draw.integers(0, 6, 50) / 5, draw.random(50) < 0.4
    assert discrimination(confidence.tolist(), right.tolist()) == pytest.approx(roc_auc_score(right, confidence))
    assert discrimination([0.1, 0.9], [True, True]) is None

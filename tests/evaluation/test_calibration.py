"""Calibration against scikit-learn's curve and Brier score, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from playground.evaluation.calibration import (
    brier,
    equal_mass_calibration_error,
    expected_calibration_error,
    reliability,
)

RANDOM = np.random.default_rng(4)
CONFIDENCE = RANDOM.uniform(0.3, 1, 200)
RIGHT = RANDOM.uniform(size=200) < CONFIDENCE**2


@pytest.mark.parametrize("bins", [2, 7, 10])
def test_the_curve_is_scikit_learns(bins: int) -> None:
    found = reliability(CONFIDENCE.tolist(), RIGHT.tolist(), bins)
    accuracy, confidence = calibration_curve(RIGHT, CONFIDENCE, n_bins=bins)
    assert [group.accuracy for group in found] == pytest.approx(accuracy)
    assert [group.confidence for group in found] == pytest.approx(confidence)
    assert sum(group.count for group in found) == 200
    expected = sum(group.count * abs(a - c) for group, a, c in zip(found, accuracy, confidence, strict=True)) / 200
    assert expected_calibration_error(CONFIDENCE.tolist(), RIGHT.tolist(), bins) == pytest.approx(expected)


def test_errors_by_hand() -> None:
    confidence, right = [0.9, 0.9, 0.6, 0.6], [True, False, True, True]
    # One bin: |0.75 − 0.75| = 0. Two halves: both are above 0.5, so the same. Ten bins: (2·0.4 + 2·0.4) ÷ 4.
    assert expected_calibration_error(confidence, right, 1) == pytest.approx(0)
    assert expected_calibration_error(confidence, right, 10) == pytest.approx(0.4)
    assert equal_mass_calibration_error(confidence, right, 2) == pytest.approx(0.4)
    assert brier(confidence, right) == pytest.approx((0.01 + 0.81 + 0.16 + 0.16) / 4)
    assert brier(CONFIDENCE.tolist(), RIGHT.tolist()) == pytest.approx(brier_score_loss(RIGHT, CONFIDENCE))


def test_the_ends_of_the_scale_have_a_bin() -> None:
    found = reliability([0.0, 1.0, 0.5], [False, True, True], 2)
    assert [(group.low, group.high, group.count) for group in found] == [(0.0, 0.5, 2), (0.5, 1.0, 1)]

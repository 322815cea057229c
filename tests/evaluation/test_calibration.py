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
    resampled_errors,
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


def test_intervals_of_the_errors_are_those_of_a_loop_over_resamples() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.3, 1.0, 47).round(1)
    right = generator.uniform(size=47) < confidence
    told: list[int] = []
    found = resampled_errors(confidence.tolist(), right.tolist(), (2, 5, 10), 7, 430, lambda: told.append(1))
    assert len(told) == 3
    # The same resamples, drawn in the order of confidence.
    order, again = np.argsort(confidence, kind="stable"), np.random.default_rng(7)
    drawn = np.concatenate([again.integers(0, 47, (count, 47)) for count in (200, 200, 30)])
    for bins, intervals in zip((2, 5, 10), found, strict=True):
        for error, interval in zip((expected_calibration_error, equal_mass_calibration_error), intervals, strict=True):
            values = [
                error(confidence[order][row].tolist(), right[order][row].tolist(), bins) for row in np.sort(drawn, 1)
            ]
            assert interval == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])))

"""Errors of forecasts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

from playground.evaluation.forecasts import mae, naive_scale, pinball, smape


def test_mase_by_hand() -> None:
    scale = naive_scale(np.array([10.0, 12, 11, 13]), 1)
    assert scale == pytest.approx(5 / 3)
    assert mae(np.array([13.0, 15]), np.array([12.0, 12])) / scale == pytest.approx(1.2)
    assert naive_scale(np.array([1.0, 5, 1, 5, 2]), 2) == pytest.approx(1 / 3)
    # An exact season has no error: the naive one's is taken; of a constant there is none.
    assert naive_scale(np.array([1.0, 5, 1, 5]), 2) == 4
    assert naive_scale(np.ones(9), 2) is None


def test_against_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    actual, forecast = generator.standard_normal((2, 50))
    assert mae(actual, forecast) == pytest.approx(mean_absolute_error(actual, forecast))
    for share in (0.1, 0.5, 0.9):
        assert pinball(actual, forecast, share) == pytest.approx(mean_pinball_loss(actual, forecast, alpha=share))


def test_smape_by_hand() -> None:
    assert smape(np.array([100.0, 0, 0]), np.array([50.0, 0, 7])) == pytest.approx((2 * 50 / 150 + 0 + 2) / 3)

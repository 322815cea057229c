"""Labels against scikit-learn's own F1 and counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from playground.evaluation.classification import classify, f1_by_class

GOLD = ["cat", "cat", "dog", "dog", "bird", "cat"]
PREDICTED = ["cat", "dog", "dog", "dog", "cat", "cat"]


def test_scores_by_hand() -> None:
    found = classify(GOLD, PREDICTED, ["bird", "cat", "dog"])
    assert (found.right, found.count) == (4, 6)
    assert found.accuracy == accuracy_score(GOLD, PREDICTED) == found.averages["micro"].f1
    cat = found.by_class[1]
    assert (cat.precision, cat.recall, cat.support) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3)
    assert found.confusion == ((0, 1, 0), (0, 2, 1), (0, 0, 2))
    # A class that is never predicted pulls the macro average down by a third.
    assert found.averages["macro"].f1 == pytest.approx((0 + 2 / 3 + 4 / 5) / 3)
    assert found.averages["weighted"].f1 == pytest.approx((0 + 3 * 2 / 3 + 2 * 4 / 5) / 6)
    # κ: (4/6 − chance) ÷ (1 − chance), chance = (3·3 + 2·3 + 1·0) / 36.
    assert found.kappa == pytest.approx((4 / 6 - 15 / 36) / (1 - 15 / 36))


def test_one_single_label_has_no_kappa() -> None:
    assert classify(["a", "a"], ["a", "a"], ["a"]).kappa is None


def test_counting_is_scikit_learns_f1() -> None:
    random = np.random.default_rng(0)
    gold, predicted = random.integers(0, 4, 90), random.integers(0, 4, 90)
    assert f1_by_class(gold, predicted, 5)[:4] == pytest.approx(f1_score(gold, predicted, average=None))
    assert f1_by_class(gold, predicted, 5)[4] == 0

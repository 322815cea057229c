"""Confident learning against cleanlab."""

from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues

from playground.learning.confident import likely_mislabelled


@pytest.mark.parametrize("seed", range(12))
def test_the_same_lines_as_cleanlab_in_the_same_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    classes, count = 2 + seed % 4, 200
    labels = random.integers(0, classes, count)
    logits = (
        random.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels] + seed % 3 * random.normal(size=classes)
    )
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = find_label_issues(
        labels, probabilities, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1
    )
    found = likely_mislabelled(labels, probabilities).tolist()
    assert found == [index for index in expected if index in found]
    # Where several classes are confident and the likeliest class isn't one of them, the package takes that class; the paper's
    # definition (equation 1) takes the likeliest of the confident ones.
    bars = get_confident_thresholds(labels, probabilities)
    for index in set(expected) - set(found):
        assert probabilities[index].max() < bars[probabilities[index].argmax()]
    assert len(found) > 0.9 * len(expected) > 0


def test_a_class_that_nobody_has_is_never_suggested() -> None:
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.2, 0.8, 0.0], [0.9, 0.1, 0.0]])
    assert likely_mislabelled(labels, probabilities).tolist() == [3]

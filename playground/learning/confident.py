"""Finds labels that are likely wrong by confident learning. Knows neither texts nor how the probabilities were made.

Northcutt, Jiang and Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels (arXiv:1911.00068).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def likely_mislabelled(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns the indices of examples whose label is likely wrong, the least probable label first.

    `probabilities` (examples, classes) must be out of sample: of models that weren't trained on the example. A class counts as
    confident where its probability reaches the mean that it has among the examples labelled with it, so that a method that is
    unsure of a class, or a rare class, has a lower bar. An example is listed if another class is confident, the likeliest of
    those, and is also the prediction.
    """
    classes = probabilities.shape[1]
    bars = np.array([
        probabilities[labels == place, place].mean() if (labels == place).any() else np.inf for place in range(classes)
    ])  # fmt: skip
    confident = probabilities >= bars - 1e-6
    guess = np.where(confident, probabilities, -1.0).argmax(1)
    predicted = probabilities.argmax(1)
    wrong = confident.any(1) & (guess != labels) & (predicted != labels)
    given = probabilities[np.arange(len(labels)), labels]
    found = np.flatnonzero(wrong)
    return found[np.argsort(given[found], kind="stable")]

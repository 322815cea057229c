"""Value functions with known attributions: a sum of numbers over the words in the text."""

from collections.abc import Sequence

import numpy as np

NUMBERS = {"good": 0.3, "bad": -0.2, "very": 0.05, "the": 0.0, "room": 0.1, "clean": 0.15, "staff": 0.02, "rude": -0.25}


def additive(texts: Sequence[str]) -> np.ndarray:
    return np.array([0.4 + sum(NUMBERS.get(word, 0.0) for word in text.split()) for text in texts])


def interacting(texts: Sequence[str]) -> np.ndarray:
    """A value that is neither additive nor symmetric, and different for every text."""
    return np.array(
        [
            0.3 + 0.4 * ("good" in text) * ("very" in text) - 0.3 * ("bad" in text) + 0.01 * len(text) ** 0.5
            for text in texts
        ]
    )

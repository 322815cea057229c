"""Computes leave-one-out attributions: the drop of the value when one unit is removed. Knows no model."""

from __future__ import annotations

import numpy as np

from playground.explanation.attribution import Weights
from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction
from playground.lab.token_panels import Perturbed


def leave_one_out(parts: Removable, value: ValueFunction) -> Weights:
    """Returns value(text) − value(text without the unit), for each unit."""
    masks = np.concatenate([np.ones((1, len(parts)), bool), ~np.eye(len(parts), dtype=bool)])
    texts = parts.texts(masks)
    values = value(texts)
    strongest = np.argsort(-np.abs(values[0] - values[1:]), kind="stable")[:3]
    return Weights(
        values[0] - values[1:], float(values[0]), distinct=len(set(texts)),
        perturbed=tuple(Perturbed(texts[1 + unit], float(values[1 + unit])) for unit in strongest),
    )  # fmt: skip

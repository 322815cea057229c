"""Defines the result of attribution methods, and converts it to a panel; knows no method."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.explanation.removal import Removable
from playground.lab.text import Label, Text, joined
from playground.lab.token_panels import Attribution, Contribution, Perturbed

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """A weight per unit (units,), with `low` and `high` if the method gives intervals; the rest as in `Attribution`."""

    weights: Numbers
    value: float
    low: Numbers | None = None
    high: Numbers | None = None
    baseline: float | None = None
    fit: float | None = None
    samples: int | None = None
    distinct: int | None = None
    seeds: int = 1
    reason: Text | None = None
    caveat: Text | None = None
    perturbed: tuple[Perturbed, ...] = ()
    value_label: Label = ""
    intercept: float | None = None

    @property
    def reliable(self) -> bool:
        return self.reason is None


def attribution_panel(
    method: Label,
    target: Label,
    parts: Removable,
    weights: Weights,
    agreement: float | None = None,
    agreement_with: Label = "",
    strikes: str = "",
) -> Attribution:
    """Returns a panel of one method's weights. `agreement`: rank correlation with `agreement_with`; `strikes`: see `Attribution`."""
    lows = [None] * len(parts) if weights.low is None else [float(low) for low in weights.low]
    highs = [None] * len(parts) if weights.high is None else [float(high) for high in weights.high]
    contributions = tuple(
        Contribution(name, float(weight), low, high)
        for name, weight, low, high in zip(parts.names, weights.weights, lows, highs, strict=True)
    )
    same = {item.name: getattr(weights, item.name) for item in dataclasses.fields(weights)}
    for name in ("weights", "low", "high"):
        del same[name]
    if parts.note is not None:
        same["caveat"] = parts.note if weights.caveat is None else joined(parts.note, weights.caveat)
    return Attribution(
        method=method, target=target, contributions=contributions, reliable=weights.reliable,
        agreement=agreement, agreement_with=agreement_with, strikes=strikes, **same,
    )  # fmt: skip

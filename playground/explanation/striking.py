"""Strikes units out of a text by name: reads which, and compares the value without them with LIME's prediction. Knows no method."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction
from playground.lab.controls import text_box
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Struck
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Without:
    """A text without the units struck out of it.

    `units`: their numbers, from 0. `text`: what remains. `whole`: the value of the whole text, `value`: of what remains, both by the
    model. `predicted`: what LIME's surrogate says of it, None without one.
    """

    units: tuple[int, ...]
    text: str
    whole: float
    value: float
    predicted: float | None


# A unit's number, from 0, and its text, which shows whether the sentence was edited since.
_ENTRY = re.compile(r"\s*(\d{1,4})(?::(.*))?\s*", re.DOTALL)


def struck_units(label: Text = Text(zh="划去的单元", en="Units struck out")) -> Any:
    """Returns the control of the units that a click strikes out: "3:很好|5", numbers from 0, each with its text or without."""
    return text_box(label, default="", max_chars=2000, optional=True, from_panel=True)


def read_struck(written: str, parts: Removable, field: str = "struck") -> tuple[int, ...]:
    """Returns the numbers of the units struck out, in order. A unit named with another text is left: the text was edited since.

    Raises PlaygroundError, which names `field`, for what can't be read or a number without a unit.
    """
    found = set()
    for entry in filter(str.strip, written.split("|")):
        match = _ENTRY.fullmatch(entry)
        number = int(match.group(1)) if match else len(parts)
        name = match.group(2) if match else None
        if name is None and number >= len(parts):
            raise PlaygroundError(
                Text(
                    zh="“划去的单元”里的“{entry}”不是 0 到 {last} 的编号。",
                    en="“Units struck out” has “{entry}”, which is no number from 0 to {last}.",
                ).format(entry=entry[:40], last=len(parts) - 1),
                field,
            )
        if number < len(parts) and name in (None, parts.names[number].replace("|", "")):
            found.add(number)
    return tuple(sorted(found))


def predict(intercept: float, weights: Sequence[float], struck: Sequence[int]) -> float:
    """Returns what LIME's linear surrogate says of the text without some units: intercept + the weights of those that stay."""
    return intercept + float(sum(weight for unit, weight in enumerate(weights) if unit not in struck))


def strike(
    parts: Removable,
    struck: Sequence[int],
    whole: float,
    value: ValueFunction,
    intercept: float | None,
    weights: Sequence[float],
) -> Without:
    """Computes the value of the text without the units `struck`, removed as every method removes them. `whole`: of the whole text.

    `intercept`, `weights`: of LIME's surrogate; without an intercept nothing is predicted.
    """
    mask = np.ones(len(parts), bool)
    mask[list(struck)] = False
    text = parts.keep(mask)
    predicted = None if intercept is None else predict(intercept, weights, struck)
    return Without(tuple(struck), text, whole, float(value([text])[0]), predicted)


def drawn(found: Without | None) -> Struck | None:
    """Returns what panels draw of it."""
    return None if found is None else Struck(found.units, found.text, found.whole, found.value, found.predicted)


def strikable(attention: Attention, lm: LanguageModel, parts: Removable, start: int, strikes: str) -> Attention:
    """Returns a panel of attention whose words can be struck out: each piece's unit is the one that has most of it.

    `start`: the place of the text's first own token among the panel's pieces; `strikes`: the setting that a click changes.
    """
    owners = [-1] * len(attention.pieces)
    for token, row in enumerate(parts.shares(lm)):
        if start + token < len(owners) and row.any():
            owners[start + token] = int(row.argmax())
    return dataclasses.replace(attention, strikes=strikes, units=parts.names, owners=tuple(owners))

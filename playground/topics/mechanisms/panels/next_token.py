"""Draws the likeliest next tokens of several runs beside each other, and marks what an intervention moves."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from playground.lab.panels import Table
from playground.lab.text import Label, Text
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.contrasts import shown

TOP = 8
# A change of probability that is marked.
MARKED = 0.05


def next_tokens(
    lm: LanguageModel, chances: Tensor, names: Sequence[Label], compared: tuple[int, int], first: Sequence[int] = ()
) -> Table:
    """Returns the likeliest tokens of runs with probabilities `chances` (runs, vocabulary), the tokens `first` before the others.

    `compared`: the run before an intervention and the one after it. Marked: what moves by more than `MARKED` between both, and both
    likeliest tokens where they differ.
    """
    best = chances.max(0).values.topk(TOP).indices.tolist()
    tops = [int(chances[run].argmax()) for run in compared]
    order = list(dict.fromkeys([*first, *tops, *best]))[:TOP]
    rows: list[tuple[int | float | Label | None, ...]] = [
        (shown(lm, token), *(float(share) for share in chances[:, token])) for token in order
    ]
    before, after = (chances[run] for run in compared)
    marked = tuple(
        place
        for place, token in enumerate(order)
        if abs(float(after[token] - before[token])) > MARKED or (token in tops and tops[0] != tops[1])
    )
    return Table((Text(zh="下一个词元", en="next token"), *names), tuple(rows), highlight=marked)

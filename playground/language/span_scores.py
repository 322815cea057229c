"""Scores predicted entities against labelled ones by the four schemes of MUC and SemEval-2013, with the package nervaluate.

strict: border and kind right; exact: border right, any kind; partial: any overlap, half a point where the border is wrong;
type: kind right with any overlap. And names each error: border, type, both, missed, invented. Knows no method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from nervaluate.entities import Entity
from nervaluate.strategies import EntityTypeEvaluation, ExactEvaluation, PartialEvaluation, StrictEvaluation

from playground.data.spans import Span
from playground.statistics.intervals import bootstrap_of_sums

SCHEMES = ("strict", "exact", "partial", "type")
ERRORS = ("border", "type", "border and type", "missed", "invented")
_STRATEGIES = {
    "strict": StrictEvaluation(),
    "exact": ExactEvaluation(),
    "partial": PartialEvaluation(),
    "type": EntityTypeEvaluation(),
}
Spans = Sequence[Span]
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """`precision`, `recall` and `f1` (0 to 1; None where nothing was predicted, or nothing is labelled, or neither).

    `low`, `high`: 95% interval of F1 by the bootstrap over texts, None without F1 or where none was asked for. `gold`,
    `predicted`: entities; `texts`: texts.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    low: float | None
    high: float | None
    gold: int
    predicted: int
    texts: int


def count(gold: Spans, predicted: Spans, scheme: str) -> tuple[float, int, int]:
    """Counts one text: points (1 for right, ½ for partial), entities predicted, entities labelled."""
    # Its ends are inclusive; a prediction is matched in the order of the text.
    result, _ = _STRATEGIES[scheme].evaluate(_entities(gold), _entities(predicted), [], 0)
    return result.correct + 0.5 * result.partial, len(predicted), len(gold)


def _entities(spans: Spans) -> list[Entity]:
    return [Entity(span.kind, span.start, span.end - 1) for span in sorted(spans)]


def counts(gold: Sequence[Spans], predicted: Sequence[Spans], scheme: str, kind: str = "") -> Counts:
    """Counts every text (texts, 3) as `count` does, of one kind of entity if it is given."""
    rows = [
        count(
            [span for span in labelled if kind in ("", span.kind)], [span for span in found if kind in ("", span.kind)], scheme
        )
        for labelled, found in zip(gold, predicted, strict=True)
    ]  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def f1(rows: Counts) -> float:
    """Returns micro F1 of counts (texts, 3); NaN if there is no entity at all."""
    return float(_f1(rows.sum(0)))


def _f1(sums: Counts) -> Counts:
    """Returns micro F1 (…,) of sums (…, 3)."""
    points, predicted, gold = np.moveaxis(sums, -1, 0)
    total = predicted + gold
    return np.divide(2 * points, total, out=np.full_like(total, np.nan), where=total > 0)


def score(
    gold: Sequence[Spans],
    predicted: Sequence[Spans],
    scheme: str,
    kind: str = "",
    *,
    seed: int = 0,
    interval: bool = True,
) -> Score:
    """Scores texts by one scheme, micro-averaged, of one kind of entity if it is given; without an `interval` where it would mean nothing."""
    rows = counts(gold, predicted, scheme, kind)
    points, of, wanted = (float(value) for value in rows.sum(0))
    low = high = None
    if interval and of + wanted:
        low, high = bootstrap_of_sums(rows, _f1, seed)
    return Score(
        points / of if of else None,
        points / wanted if wanted else None,
        f1(rows) if of + wanted else None,
        low,
        high,
        int(wanted),
        int(of),
        len(rows),
    )


@dataclass(frozen=True)
class Error:
    """One error in one text. `error`: one of ERRORS. `gold`, `predicted`: the two entities, None where there is none."""

    error: str
    gold: Span | None
    predicted: Span | None


def errors(gold: Spans, predicted: Spans) -> list[Error]:
    """Lists the errors of one text. Each wrong entity is paired with at most one labelled one, that with the largest overlap."""
    right = set(gold) & set(predicted)
    open_gold = [span for span in sorted(gold) if span not in right]
    open_predicted = [span for span in sorted(predicted) if span not in right]
    pairs = sorted(
        ((-_overlap(one, other), one.kind != other.kind, one, other) for one in open_gold for other in open_predicted if one.overlaps(other)),
    )  # fmt: skip
    found: list[Error] = []
    for _, _, one, other in pairs:
        if one in open_gold and other in open_predicted:
            open_gold.remove(one)
            open_predicted.remove(other)
            same_border = (one.start, one.end) == (other.start, other.end)
            name = "type" if same_border else "border" if one.kind == other.kind else "border and type"
            found.append(Error(name, one, other))
    found += [Error("missed", span, None) for span in open_gold]
    found += [Error("invented", None, span) for span in open_predicted]
    return found


def _overlap(one: Span, other: Span) -> int:
    return min(one.end, other.end) - max(one.start, other.start)

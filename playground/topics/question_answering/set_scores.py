"""Counts what the answers to the project's questions are worth: EM and F1, flips, risk and coverage. Knows no model.

A confidence sorts right answers from wrong ones; answering an unanswerable question is wrong, whatever is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from playground.evaluation.answers import score_answer
from playground.evaluation.selective import (
    answered_at,
    area_under_risk_coverage,
    discrimination,
    risk_coverage,
)
from playground.lab.text import Language
from playground.statistics.intervals import Share, bootstrap, bootstrap_mean, share
from playground.topics.question_answering.answering import Answer, is_refusal
from playground.topics.question_answering.findings import (
    CONTRADICTED,
    KEPT,
    REMOVED,
    SHUT,
    OnTheSet,
    Scored,
    Signal,
    same_answer,
)
from playground.topics.question_answering.on_the_set import Asked
from playground.topics.question_answering.prompts import CLOSED

CONFIDENCE, TOTAL, GAIN = "confidence", "total", "gain"
RESAMPLES = 500
Array = npt.NDArray[np.float64]


def answer_of(one: Asked, book: str) -> Answer:
    """The answer that a run in this book is about."""
    return one.closed if book == CLOSED else one.open


def is_right(one: Asked, book: str) -> bool:
    """Whether a question has an answer, and the model's is exactly one of the accepted ones."""
    return bool(one.item.answers) and score_answer(answer_of(one, book).text, one.item.answers).exact


def signals_of(asked: Sequence[Asked], book: str) -> dict[str, list[float]]:
    """Returns every confidence of every answer: the tokens' geometric mean, the whole answer's, and with a passage what it adds to log p."""
    answers = [answer_of(one, book) for one in asked]
    found = {
        CONFIDENCE: [one.confidence for one in answers],
        TOTAL: [one.log_probability for one in answers],
    }
    if book != CLOSED:
        found[GAIN] = [one.open.log_probability - one.prior for one in asked]
    return found


def score_set(
    live: Sequence[Asked], recorded: Sequence[Asked], language: Language, book: str, threshold: float, seed: int
) -> OnTheSet:
    """Counts everything that the panels say of the set. `live`: its first questions, answered now; `recorded`: all, or none."""
    asked = [*live, *recorded[len(live) :]]
    answerable = [one for one in asked if one.item.answers]
    unanswerable = [one for one in asked if not one.item.answers]
    right = [is_right(one, book) for one in asked]
    known = [one for one in answerable if score_answer(one.open.text, one.item.answers).exact]
    refused = [is_refusal(answer_of(one, book).text, language) for one in asked]
    # What is refused in words, or empty, is withheld at any threshold.
    certain = [
        -1.0 if no or not answer_of(one, book).text else answer_of(one, book).confidence
        for one, no in zip(asked, refused, strict=True)
    ]
    withheld = [value < threshold for value in certain]
    overall = [
        score_answer("" if kept_back else answer_of(one, book).text, one.item.answers).f1
        for one, kept_back in zip(asked, withheld, strict=True)
    ]
    return OnTheSet(
        count=len(asked),
        live=len(live),
        agreed=share([_same(one.open, before.open.text) for one, before in zip(live, recorded, strict=False)])
        if recorded
        else None,
        scores={
            KEPT: _scored(answerable, lambda one: one.open, seed),
            SHUT: _scored(answerable, lambda one: one.closed, seed),
            REMOVED: _scored(answerable, lambda one: one.removed, seed),
            CONTRADICTED: _scored(answerable, lambda one: one.contradicted, seed),
        },
        still=_share(known, lambda one: _same(one.removed, one.open.text)),
        followed=_share(known, lambda one: _same(one.contradicted, one.other)),
        unmoved=_share(known, lambda one: _same(one.contradicted, one.open.text)),
        refused_unanswerable=Share.of(sum(is_refusal(one.open.text, language) for one in unanswerable), len(unanswerable)),
        refused_answerable=Share.of(sum(is_refusal(one.open.text, language) for one in answerable), len(answerable)),
        signals={name: _signal(values, right, seed) for name, values in signals_of(asked, book).items()},
        curve=tuple(one for one in risk_coverage(certain, right) if one.threshold >= 0),
        at=answered_at(certain, right, threshold),
        leaked=share([not back for one, back in zip(asked, withheld, strict=True) if not one.item.answers]),
        lost=share([back for one, back in zip(asked, withheld, strict=True) if one.item.answers]),
        overall=float(np.mean(overall)),
        **dict(zip(("overall_low", "overall_high"), bootstrap_mean(overall, seed), strict=True)),
    )  # fmt: skip


def _same(answer: Answer | None, other: str) -> bool:
    return answer is not None and same_answer(answer.text, other)


def _share(asked: Sequence[Asked], holds: Callable[[Asked], bool]) -> Share | None:
    return share([holds(one) for one in asked]) if asked else None


def _scored(asked: Sequence[Asked], answer: Callable[[Asked], Answer | None], seed: int) -> Scored:
    found = [score_answer(read.text if (read := answer(one)) else "", one.item.answers) for one in asked]
    f1 = [one.f1 for one in found]
    return Scored(share([one.exact for one in found]), float(np.mean(f1)), *bootstrap_mean(f1, seed))


def _signal(values: Sequence[float], right: Sequence[bool], seed: int) -> Signal:
    rows = np.column_stack([np.asarray(values, dtype=np.float64), np.asarray(right, dtype=np.float64)])

    def area(drawn: Array) -> float:
        return area_under_risk_coverage(drawn[:, 0].tolist(), (drawn[:, 1] > 0).tolist())

    def sorted_apart(drawn: Array) -> float:
        found = discrimination(drawn[:, 0].tolist(), (drawn[:, 1] > 0).tolist())
        return np.nan if found is None else found

    auroc = discrimination(values, right)
    ends: tuple[float | None, float | None] = (None, None)
    if auroc is not None:
        ends = bootstrap(rows, sorted_apart, seed, RESAMPLES)
    return Signal(
        auroc, *ends, area_under_risk_coverage(values, right), *bootstrap(rows, area, seed, RESAMPLES)
    )  # fmt: skip

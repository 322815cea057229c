"""The verdict in every branch, each follow-up with and without its premise, and the prediction."""

from __future__ import annotations

import dataclasses

import pytest

from playground.evaluation.selective import Answered
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.statistics.intervals import Share
from playground.topics.question_answering.answering import Answer
from playground.topics.question_answering.chunking import Range
from playground.topics.question_answering.findings import (
    CONTRADICTED,
    KEPT,
    REMOVED,
    SHUT,
    WHOLE,
    Chunk,
    Findings,
    OnTheSet,
    Reading,
    Scored,
    Signal,
)
from playground.topics.question_answering.interview import OTHER, PREDICTION, SAME, WITHHELD, follow_ups, verdict
from playground.topics.question_answering.retrieval import CUTOFFS, RETRIEVERS, Recall
from playground.topics.question_answering.settings import Settings
from playground.topics.question_answering.support import Sentence, Span

SETTINGS = validate(Settings, {}, "en")


def reading(text: str, log_probability: float = -0.1, *, refused: bool = False) -> Reading:
    return Reading(Answer(text, log_probability, 1 if text else 0), refused, None if not text else -1.0)


def by_hand(
    main: Reading | None = None,
    removed: str | None = "ten pounds",
    closed: str = "two dollars",
    contradicted: str = "three pounds",
    *,
    sure: float = -0.1,
    **changes: object,
) -> Findings:
    """Findings whose readings give these answers; `sure`: log-probability of the one without the sentence."""
    readings = {KEPT: main or reading("eight pounds"), WHOLE: reading("eight pounds"), SHUT: reading(closed)}
    if removed is not None:
        readings |= {REMOVED: reading(removed, sure), CONTRADICTED: reading(contradicted)}
    chunks = (
        Chunk("A ticket costs eight pounds.", 1.2, 1, 0.4, 1, 1, ("ticket",), True),
        Chunk("It rains.", 0.0, 2, 0.1, 2, 2, (), False),
    )
    scored = Scored(Share.of(6, 12), 0.6, 0.4, 0.8)
    own = OnTheSet(
        count=18, live=6, agreed=Share.of(5, 6), scores={KEPT: scored, SHUT: scored, REMOVED: scored, CONTRADICTED: scored}, still=Share.of(1, 6),
        followed=Share.of(4, 6), unmoved=Share.of(1, 6), refused_unanswerable=Share.of(0, 6), refused_answerable=Share.of(0, 12),
        signals={"confidence": Signal(0.8, 0.6, 0.9, 0.3, 0.2, 0.5)}, curve=(Answered(0.9, 2, 0, 18), Answered(0.5, 9, 3, 18)),
        at=Answered(0.5, 9, 3, 18), leaked=Share.of(2, 6), lost=Share.of(5, 12), overall=0.5, overall_low=0.3, overall_high=0.7,
    )  # fmt: skip
    made = Findings(
        language="en", book="open", threshold=0.5, passage="A ticket costs eight pounds. It rains.", chunks=chunks,
        readings=readings, support=(Sentence(Range(0, 28), -0.2, 3.0, Span(Range(15, 27), 1.0)),), other="three pounds",
        recalls=tuple(Recall(name, cutoff, Share.of(20, 40)) for name in RETRIEVERS for cutoff in CUTOFFS), set=own,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


START = "The answer is “eight pounds” with confidence 0.90, at or above the threshold of 0.50; "


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (by_hand(), START + "without its strongest sentence it says “ten pounds” instead (confidence 0.90)."),
        (by_hand(sure=-3.0), START + "without its strongest sentence it says “ten pounds” with a confidence of only 0.05, and abstains."),
        (by_hand(removed="Eight pounds."), START + "without its strongest sentence the answer is the same, though a closed book gives another."),
        (by_hand(removed="eight pounds", closed="eight pounds"), START + "without its strongest sentence the answer is the same, and so it is with a closed book."),
        (by_hand(removed=""), START + "without its strongest sentence there is no answer."),
        (by_hand(removed=None), START + "there is no sentence to remove."),
        (by_hand(reading("")), "The model gave no answer at all."),
        (by_hand(reading("eight", -2.0), removed=None), "It abstains: “eight” has confidence 0.14, below the threshold of 0.50; there is no sentence to remove."),
        (by_hand(reading("not stated", refused=True), removed=None),
         "The model itself says “not stated”, which counts as abstaining (confidence 0.90, threshold 0.50); there is no sentence to remove."),
        (by_hand(removed=None, book="closed"), "The answer is “two dollars” with confidence 0.90, at or above the threshold of 0.50; that is the closed book, with no passage to support it."),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(found: Findings, said: str) -> None:
    assert verdict(SETTINGS, found).en == said
    assert verdict(SETTINGS, found).zh.endswith("。")


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (by_hand(), OTHER),
        (by_hand(removed="eight pounds"), SAME),
        (by_hand(sure=-3.0), WITHHELD),
        (by_hand(removed=""), WITHHELD),
        (by_hand(removed=None), None),
    ],
)
def test_the_prediction_is_scored_by_the_reading_without_the_sentence(found: Findings, answer: str | None) -> None:
    outcome = PREDICTION.outcome(SETTINGS, found)
    assert (outcome.answer if outcome else None) == answer


def asked(found: Findings) -> set[str]:
    """The follow-ups, by a few words of each."""
    words = (
        "support is gone",
        "Was it unsupported",
        "was it unsupported",
        "should the model or the passage win",
        "evaluate retrieval",
        "merge them",
        "how high",
    )
    questions = [item.question.in_(Language.EN) for item in follow_ups(SETTINGS, found)]
    known = {word for word in words for question in questions if word in question}
    assert len(known) == len(questions)
    return known


def test_follow_ups_are_asked_where_their_premise_holds() -> None:
    assert asked(by_hand()) == {"support is gone", "how high"}
    assert asked(by_hand(sure=-3.0)) == {"how high"}
    assert asked(by_hand(removed="eight pounds")) == {"was it unsupported", "how high"}
    assert asked(by_hand(contradicted="eight pounds")) == {
        "support is gone",
        "should the model or the passage win",
        "how high",
    }
    assert asked(by_hand(closed="eight pounds")) == {"support is gone", "evaluate retrieval", "how high"}
    assert asked(by_hand(removed=None, book="closed")) == {"how high"}
    whole = by_hand()
    assert asked(dataclasses.replace(whole, set=dataclasses.replace(whole.set, leaked=Share.of(0, 6)))) == {
        "support is gone"
    }
    swapped = tuple(dataclasses.replace(one, cosine_rank=3 - one.cosine_rank) for one in whole.chunks)
    assert asked(dataclasses.replace(whole, chunks=swapped)) == {"support is gone", "merge them", "how high"}


def test_what_findings_derive() -> None:
    found = by_hand()
    assert found.given and found.kept == 1 and found.strongest is found.support[0]
    assert found.same(WHOLE) is True and found.same(SHUT) is False and by_hand(removed=None).same(REMOVED) is None
    assert found.chunks[0].fused == pytest.approx(2 / 61)
    assert found.set.right is not None and (found.set.right.right, found.set.right.count) == (6, 9)
    assert found.recall("bm25", 3).share.value == 0.5

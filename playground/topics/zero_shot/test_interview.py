"""What is said of hand-made findings: the prediction, every branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from playground.statistics.intervals import Mean, Share
from playground.topics.zero_shot.findings import (
    METHODS,
    Assignments,
    Competition,
    Findings,
    Method,
    Picked,
    Prior,
    Range,
)
from playground.topics.zero_shot.interview import LATER, PREDICTION, TIE, follow_ups, verdict
from playground.topics.zero_shot.settings import Settings

SETTINGS = Settings()
ZERO = Mean(0.0, 20, -0.1, 0.1)
BETTER, WORSE = Mean(0.2, 20, 0.1, 0.3), Mean(-0.12, 20, -0.2, -0.05)


def method(
    accuracy: float = 0.6, gain: Mean | None = ZERO, votes: tuple[int, ...] = (20, 4), sure: float = 0.7
) -> Method:
    shares = (Share.of(round(20 * accuracy) - 1, 20), Share.of(round(20 * accuracy) + 1, 20))
    one = Mean(accuracy, 20, accuracy - 0.1, accuracy + 0.1)
    return Method(votes, (sure, 1 - sure), one, shares, shares[1], gain, 0, 0.5)


def by_hand(raw: Method | None = None, methods: dict[str, Method] | None = None, **changed: object) -> Findings:
    every = {name: method() for name in METHODS} | {"raw": raw or method(gain=None)} | (methods or {})
    values: dict[str, object] = {
        "labels": ("a", "b"), "words": (("a",), ("b",)), "language": "en", "texts": 20, "labelled": True, "other": 0, "repeated": 0, "cut": 0,
        "shares": (0.5, 0.5), "templates": ("t",) * 24, "chosen": "t", "own": False, "tokens": (1, 1), "text": "x", "methods": every,
        "priors": {name: Prior((0.5, 0.5), (0.4, 0.4), (0.6, 0.6)) for name in ("contextual", "domain", "pmi", "batch")}, "levels": (),
        "competition": Competition((("x", 0.5),), (0.2, 0.2), 0.4), "assignments": None, "picked": None,
    }  # fmt: skip
    return Findings(**(values | changed))  # type: ignore[arg-type]


UNLABELLED = {
    name: replace(method(), accuracy=None, by_template=(), ensemble=None, against=None, votes=votes)
    for name, votes in dict.fromkeys(METHODS, (20, 4)).items()
}


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:\.\d+)?", text))


def test_the_prediction_is_the_label_of_most_templates() -> None:
    for votes, answer in (((20, 4), "1"), ((4, 20), "2"), ((12, 12), TIE)):
        outcome = PREDICTION.outcome(SETTINGS, by_hand(method(gain=None, votes=votes)))
        assert outcome is not None and outcome.answer == answer
    four = by_hand(method(gain=None, votes=(1, 1, 2, 20)), labels=("a", "b", "c", "d"))
    outcome = PREDICTION.outcome(SETTINGS, four)
    assert outcome is not None and outcome.answer == LATER and "in 20" in outcome.evidence.en


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (by_hand(methods={"batch": method(0.8, BETTER), "pmi": method(0.7, BETTER)}), "批校准平均对 80%，比原始多 20 个百分点", "; batch calibration is right on 80%, a gain of 20 points"),
        (by_hand(methods={"pmi": method(0.5, WORSE)}), "PMI还更差（差 12 个百分点）", "PMI calibration is worse, by 12 points"),
        (by_hand(), "四种校准与原始的差，区间都含零", "an interval that holds zero"),
        (by_hand(methods=UNLABELLED, labelled=False), "原始得分有 20 个选“a”", "chooses “a” in 20"),
    ],
)  # fmt: skip
def test_every_branch_of_the_verdict(found: Findings, zh: str, en: str) -> None:
    said = verdict(SETTINGS, found)
    assert zh in said.zh and en in said.en, said
    assert numbers(said.zh) == numbers(said.en)


def wide() -> Method:
    return replace(method(gain=None), by_template=(Share.of(4, 20), Share.of(18, 20)))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (by_hand(wide()), "goes from 20% to 90%"),
        (by_hand(replace(method(gain=None), favoured_share=0.9)), "90% are “a”, which only 50%"),
        (by_hand(methods={"pmi": method(sure=0.2)}), "raw score says “a”, after PMI calibration it is “b”"),
        (by_hand(methods={"batch": method(0.4, WORSE)}), "falls by 12 points"),
        (by_hand(competition=Competition((), (0.01, 0.0), 0.012)), "get only 1.2%"),
        (
            by_hand(
                words=(("b",), ("a",)),
                assignments=Assignments(Mean(0.2, 20, 0.1, 0.3), Mean(0.8, 20, 0.7, 0.9), Mean(0.8, 20, 0.7, 0.9)),
            ),
            "right on 20%, by the best assignment on 80%",
        ),
        (
            by_hand(picked=Picked(Range(0.9, 0.8, 1.0), Range(0.7, 0.5, 0.9), Range(0.6, 0.5, 0.7))),
            "90% of them and on 70%",
        ),
        (by_hand(methods={"vectors": method(0.9, BETTER)}), "Vectors are right on 90%"),
        (by_hand(methods=UNLABELLED, labelled=False), "20 of 24 templates"),
    ],
)
def test_each_question_is_asked_by_its_premise_alone(found: Findings, said: str) -> None:
    (asked,) = follow_ups(SETTINGS, found)
    assert said in asked.question.en
    assert numbers(asked.question.zh) == numbers(asked.question.en)


def test_no_question_without_a_premise() -> None:
    assert follow_ups(SETTINGS, by_hand()) == ()
    named = Assignments(*(Mean(0.2, 20, 0.1, 0.3),) * 3)
    # Words that are the classes' names: a low accuracy isn't a flipped label.
    assert follow_ups(SETTINGS, by_hand(assignments=named)) == ()
    # Letters that are near chance by every assignment: no meaning won.
    letters = Assignments(named.own, named.moved, Mean(0.55, 20, 0.45, 0.65))
    assert follow_ups(SETTINGS, by_hand(words=(("A",), ("B",)), assignments=letters)) == ()


def test_a_calibration_that_does_harm_is_explained_by_what_it_divides_by() -> None:
    for name, said in (
        ("contextual", "“N/A”"),
        ("domain", "random words"),
        ("pmi", "short premise"),
        ("batch", "rare class"),
    ):
        (asked,) = follow_ups(SETTINGS, by_hand(methods={name: method(0.4, WORSE)}))
        assert said in asked.answer.en
        assert ("or use batch calibration" in asked.answer.en) == (name in ("contextual", "domain"))

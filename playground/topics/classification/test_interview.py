"""What is said of hand-made findings: the prediction, every branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from playground.statistics.intervals import Share
from playground.topics.classification.findings import (
    METHODS,
    Answered,
    Covered,
    Findings,
    Gap,
    Leak,
    Learned,
    Method,
    Suspect,
)
from playground.topics.classification.interview import PREDICTION, follow_ups, leading, verdict
from playground.topics.classification.judging import judge
from playground.topics.classification.settings import Settings

SETTINGS = Settings()
CLASSES = ("a", "b")


def method(right: int = 80, confidence: float = 0.8, *, small: int = 40) -> Method:
    """100 lines, `small` of them of class b, of which the last ones are wrong, those of b first."""
    labels = np.array([0] * (100 - small) + [1] * small)
    predicted = labels.copy()
    wrong = np.arange(100)[::-1][: 100 - right]
    predicted[wrong] = 1 - predicted[wrong]
    probabilities = np.full((100, 2), 1 - confidence)
    probabilities[np.arange(100), predicted] = confidence
    return judge(probabilities, labels, labels, CLASSES, 0)


def gap(better: str, worse: str, ahead: int, p: float) -> Gap:
    return Gap(better, worse, 100, 10 + ahead, 10, 0.0, 0.1, p, 500 if ahead else None)


def by_hand(**changed: object) -> Findings:
    found = Findings(
        lines=100,
        classes=CLASSES,
        sizes=(60, 40),
        language="en",
        folds=5,
        repeated=0,
        single=(),
        cut=0,
        disputed=0,
        methods={name: method() for name in METHODS},
        plain=method(),
        asked=100,
        shots=3,
        prompt_tokens=300,
        cut_examples=0,
        cut_asked=0,
        curve={name: (Learned(3, 3.0, Share.of(70 if name == "state" else 60, 100)),) for name in METHODS},
        majority=Share.of(60, 100),
        gaps=tuple(gap("state", name, 8, 0.01) for name in METHODS if name != "state"),
        covered={name: (Covered(1.0, Share.of(80, 100)),) for name in METHODS},
        answered={name: Answered(Share.of(80, 100), Share.of(70, 80), Share.of(2, 40)) for name in METHODS},
        suspects=(),
        spoiled=None,
        leaks={name: Leak(Share.of(30, 100), Share.of(30, 100)) for name in ("true", "shuffled")},
        text="new",
        answers={name: {"a": 0.7, "b": 0.3} for name in METHODS},
        tokens=dict.fromkeys(METHODS, 10.0),
        measured=dict.fromkeys(METHODS, 1.0),
    )
    return dataclasses.replace(found, **changed)


def test_the_prediction_names_the_best_after_three_lines_a_tie_or_nothing() -> None:
    known = PREDICTION.outcome(SETTINGS, by_hand())
    assert known is not None and known.answer == "state" and "70" in known.evidence.zh and "70" in known.evidence.en
    even = by_hand(curve={name: (Learned(3, 3.0, Share.of(60, 100)),) for name in METHODS})
    tied = PREDICTION.outcome(SETTINGS, even)
    assert tied is not None and tied.answer == "tie"
    few = by_hand(curve={name: (Learned(2, 2.0, Share.of(60, 100)),) for name in METHODS})
    assert PREDICTION.outcome(SETTINGS, few) is None


def test_the_verdict_in_every_branch() -> None:
    sure = verdict(SETTINGS, by_hand())
    assert (
        "8 more right than" in sure.en and "a significant difference (p = 0.010)" in sure.en and "差距显著" in sure.zh
    )
    assert sure.en.endswith("labels that look wrong by prompted states: 0.")
    near = by_hand(gaps=(gap("state", "tfidf", 3, 0.4), *by_hand().gaps[1:]))
    assert (
        "only 3 more right than TF-IDF" in verdict(SETTINGS, near).en and "还分不出高下" in verdict(SETTINGS, near).zh
    )
    even = by_hand(gaps=tuple(gap("state", name, 0, 1.0) for name in METHODS if name != "state"))
    assert leading(even) is None and "no method is ahead of every other" in verdict(SETTINGS, even).en


def test_no_question_without_its_premise() -> None:
    assert follow_ups(SETTINGS, by_hand()) == ()


SUSPECT = Suspect(3, "text", "a", "b", 0.1, 0.8, 2)
SKEWED = {"methods": {name: method(90, 0.88, small=10) for name in METHODS}, "plain": method(90, 0.88, small=10)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gaps": (gap("state", "tfidf", 3, 0.4), *by_hand().gaps[1:])}, "Does “prompted states” beat “TF-IDF”, with 3 more right of 100, p = 0.400"),
        ({"suspects": (SUSPECT,)}, "Suspect labels: 1; the first is “a”, which the model gives 0.10"),
        (SKEWED, "Accuracy 0.90, macro-F1 only 0.47"),
        ({"methods": by_hand().methods | {"prompt": method(80, 0.95)}}, "95% confident on average, right on 80%"),
        ({"methods": by_hand().methods | {"state": method(80, 0.55)}}, "Only 55% confident on average, yet right on 80%"),
        ({"answered": by_hand().answered | {"prompt": Answered(Share.of(1, 1), Share.of(1, 1), Share.of(20, 40))}}, "Of 40 sentences"),
        ({"plain": method(70)}, "right on 70 lines as it is and on 80 calibrated, of 100"),
        ({"leaks": {"shuffled": Leak(Share.of(30, 100), Share.of(55, 100))}}, "55 right of 100; chosen in the training part, 30"),
    ],
)  # fmt: skip
def test_each_question_is_asked_by_its_premise_alone(changed: dict[str, object], said: str) -> None:
    (asked,) = follow_ups(SETTINGS, by_hand(**changed))
    assert said in asked.question.en
    figures = [sorted(re.findall(r"\d+(?:\.\d+)?", text)) for text in (asked.question.zh, asked.question.en)]
    assert figures[0] == figures[1]


def test_why_a_method_is_timid_goes_by_the_method() -> None:
    said = {}
    for name in ("state", "prompt"):
        (asked,) = follow_ups(SETTINGS, by_hand(methods=by_hand().methods | {name: method(80, 0.55)}))
        said[name] = asked.answer.en
    assert "penalty" in said["state"] and "penalty" not in said["prompt"] and "nothing was fitted" in said["prompt"]


def test_a_threshold_below_the_confidence_withholds_nothing_worth_asking_about() -> None:
    timid = by_hand(methods=by_hand().methods | {"state": method(80, 0.55)})
    assert follow_ups(Settings(threshold=0.5), timid) == ()


def test_a_p_value_is_never_written_as_zero() -> None:
    sure = by_hand(gaps=tuple(gap("state", name, 30, 1e-6) for name in METHODS if name != "state"))
    assert "(p < 0.001)" in verdict(SETTINGS, sure).en and "（p < 0.001）" in verdict(SETTINGS, sure).zh

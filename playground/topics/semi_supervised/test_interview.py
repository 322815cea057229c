"""What is said of hand-made findings: every branch of the verdict, the prediction, every follow-up and its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.statistics.intervals import Mean, Share
from playground.topics.semi_supervised.findings import (
    METHODS,
    AtNoise,
    AtThreshold,
    Buying,
    ClassCount,
    Findings,
    Leak,
    Method,
)  # fmt: skip
from playground.topics.semi_supervised.interview import PREDICTION, follow_ups, verdict
from playground.topics.semi_supervised.settings import Settings
from tests.every_topic.verdicts import numbers

SETTINGS = Settings()


def at(value: float, half: float = 0.02) -> Mean:
    return Mean(value, 6, value - half, value + half)


def method(gain: float, precision: Mean | None = at(0.95)) -> Method:
    return Method((at(0.8), at(0.8 + gain)), (None, precision), (at(0.0), at(0.7 if precision else 0.0)), at(gain))


def made(
    gain: float = 0.05, spreading: float = -0.1, bought: float = 0.0, worth: int | None = 54, **changes: Any
) -> Findings:
    methods = {name: method(gain) for name in METHODS} | {"spreading": method(spreading)}
    thresholds = tuple(AtThreshold(t, at(t), at(0.5), at(0.9), at(0.8), at(0.01)) for t in (0.8, 0.9))
    noises = tuple(AtNoise(n, at(0.8 - n), (at(0.0), at(-0.01)), at(0.7), at(0.95)) for n in (0.0, 0.4))
    found = Findings(
        "zh", "domain", ("hotel", "book", "computer"), 36, 800, 800, 240, 6, "consistency", at(0.8), at(0.81), at(0.79),
        Share.of(220, 240), methods, thresholds, noises,
        Buying((36, 66), (at(0.8), at(0.9)), (at(0.8), at(0.88)), at(bought), worth), Leak(at(0.9), at(0.88), at(0.02, 0.01)),
        {"hotel": ClassCount(0.6, 0.6, 0.9, 0.9), "book": ClassCount(0.05, None, 0.9, 0.8)}, 0.8, 0.5,
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


@pytest.mark.parametrize(
    ("gain", "bought", "said"),
    [
        (0.05, 0.05, ("reliably higher", "reliably beats")),
        (0.0, 0.0, ("no reliable difference", "can't be told apart")),
        (-0.05, -0.05, ("reliably lower", "reliably worse")),
    ],
)
def test_the_verdict_in_every_branch(gain: float, bought: float, said: tuple[str, str]) -> None:
    text = verdict(SETTINGS, made(gain, bought=bought))
    assert all(part in text.en for part in said) and numbers(text.zh) == numbers(text.en)
    assert "95%" in text.en and "70%" in text.zh


def test_the_verdict_without_a_pseudo_label() -> None:
    found = made()
    text = verdict(SETTINGS, dataclasses.replace(found, methods=found.methods | {"consistency": method(0.0, None)}))
    assert "no unlabelled example reaches the threshold" in text.en and numbers(text.zh) == numbers(text.en)


def test_the_prediction_is_the_precision_of_the_first_round() -> None:
    outcome = PREDICTION.outcome(SETTINGS, made())
    assert outcome is not None and outcome.answer == pytest.approx(90.0)
    none = tuple(dataclasses.replace(item, first_precision=None) for item in made().thresholds)
    assert PREDICTION.outcome(SETTINGS, made(thresholds=none)) is None


def test_follow_ups_have_their_premise() -> None:
    def asked(found: Findings) -> str:
        items = follow_ups(SETTINGS, found)
        for item in items:
            assert numbers(item.question.zh) == numbers(item.question.en), item.question
            assert numbers(item.answer.zh) == numbers(item.answer.en), item.answer
        return "\n".join(item.question.en + " " + item.answer.en for item in items)

    assert "it takes 54 labels" in asked(made()) and "doesn't catch up" in asked(made(worth=None))
    for gain in (0.0, -0.05):
        assert "What do you check next?" in asked(made(gain)) and "are the unlabelled data worth" not in asked(
            made(gain)
        )
    assert "isn't the threshold the precision" not in asked(made())
    low = tuple(dataclasses.replace(item, first_precision=at(0.7)) for item in made().thresholds)
    assert "isn't the threshold the precision" in asked(made(thresholds=low))
    assert "Why aren't they corrected?" in asked(made())
    gone = tuple(dataclasses.replace(item, survived=None) for item in made().noises)
    assert "Why aren't they corrected?" not in asked(made(noises=gone))
    assert "label spreading is below" in asked(made()) and "label spreading is below" not in asked(made(spreading=0.0))
    assert "near the boundary" in asked(made(bought=0.05)) and "cold start" in asked(made(bought=-0.05)).lower()
    assert "cold start" not in asked(made()).lower() and "the interval holds 0" in asked(made())

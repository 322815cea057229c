"""What is said of hand-made findings: every branch of the verdict, the prediction, every follow-up and its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.statistics.intervals import Mean
from playground.topics.overfitting.findings import At, Augmented, Curves, Findings, Forgotten, Noise, Side
from playground.topics.overfitting.interview import PREDICTION, follow_ups, verdict
from playground.topics.overfitting.settings import Settings

SETTINGS = Settings()


def at(value: float, half: float = 0.01) -> Mean:
    return Mean(value, 5, value - half, value + half)


def made_side(stop_loss: float = -0.2, gain: float = 0.0, peek: float = 0.01) -> Side:
    line = (at(0.5), at(0.4))
    weights = At(at(4.8), at(0.68), at(0.6))
    return Side(
        Curves((1, 2), line, line, line, line, line, line, line), (5, 4, 6, 4, 5), (2,) * 5, (2,) * 5, at(4.8), weights,
        weights, weights, weights, at(1.0), at(1.0), at(gain), at(stop_loss), at(peek), at(0.3), at(5.0), (0.2,) * 15,
    )  # fmt: skip


def made(difference: Mean = at(0.005), flip: float = -0.03, **changes: Any) -> Findings:
    line = (at(0.7), at(0.76))
    found = Findings(
        "zh", 300, 300, 60, 300, 500, 20, 5, made_side(), made_side(), difference, at(-0.3),
        Forgotten("B", at(0.68), at(0.67), at(-0.01), at(0.6), at(0.64), at(0.04), at(0.15)),
        Noise((10, 20), line, line, (at(0.97), at(0.99)), (at(0.5), at(0.49)), 10),
        at(0.75), (Augmented("delete", at(0.74), at(-0.01, 0.02), at(-0.04)), Augmented("flip", at(0.72), at(flip), at(0.04))),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (at(0.03), "above A's"),
        (at(-0.03), "below A's"),
        (at(0.005), "within error of A's"),
        (Mean(0.0, 5, 0.0, 0.0), "exactly A's"),
    ],
)
def test_the_verdict_in_every_branch(difference: Mean, said: str) -> None:
    assert f", {said};" in verdict(SETTINGS, made(difference)).en
    assert "the held-out loss rises;" in verdict(SETTINGS, made(difference)).en
    flat = verdict(SETTINGS, made(difference, a=made_side(stop_loss=0.0)))
    assert "doesn't reliably rise" in flat.en and "没有可靠的回升" in flat.zh


def test_the_prediction_is_the_mean_epoch_of_the_turn() -> None:
    outcome = PREDICTION.outcome(SETTINGS, made())
    assert outcome is not None and outcome.answer == 4.8
    assert PREDICTION.right(5, outcome) and not PREDICTION.right(9, outcome)
    assert "5, 4, 6, 4, 5" in outcome.evidence.en and "5、4、6、4、5" in outcome.evidence.zh


def test_follow_ups_have_their_premise() -> None:
    def asked(found: Findings) -> str:
        return "\n".join(item.question.en for item in follow_ups(SETTINGS, found))

    assert "Is that overfitting?" in asked(made())
    assert "Is that overfitting?" not in asked(made(a=made_side(stop_loss=0.0))), "no loss rose"
    assert "Is that overfitting?" not in asked(made(a=made_side(gain=0.05))), "accuracy fell as well"
    assert "by epoch 10" in asked(made())
    unlearnt = dataclasses.replace(made().noise, shuffled_epoch=None)
    assert "shuffled labels" not in asked(made(noise=unlearnt))
    assert "report the first" in asked(made()) and "report the first" not in asked(made(a=made_side(peek=0.0)))
    assert "which of its settings" in asked(made(at(0.03))) and "worth having" not in asked(made(at(0.03)))
    assert "worth having" in asked(made()) and "which of its settings" not in asked(made())
    assert "worth having" not in asked(made(loss_difference=at(0.0)))
    assert "coin toss" in asked(made()) and "coin toss" not in asked(made(flip=0.0))

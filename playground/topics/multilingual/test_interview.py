"""What is said of hand-made findings: every branch of the verdict, the prediction, every follow-up and its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.topics.multilingual.findings import (
    Accuracy,
    Amount,
    Cost,
    Design,
    Estimate,
    Findings,
    Layer,
    Lens,
    MixResult,
    Neutrality,
    Probed,
    Sweep,
    Tax,
)  # fmt: skip
from playground.topics.multilingual.interview import PREDICTION, follow_ups, verdict, works_in_english
from playground.topics.multilingual.settings import Settings

SETTINGS = Settings()


def at(value: float, half: float = 0.05) -> Estimate:
    return Estimate(value, value - half, value + half, 0.02, 80)


def mix(share: float, english: float, gain: Estimate | None) -> MixResult:
    return MixResult(share, share, 5.0, 6.0, Accuracy(at(0.75), at(english)), gain)


def lens(latin: int, inner: int = 4, chinese: bool = True, last_han: float = 0.8) -> Lens:
    def layer(han: float) -> Layer:
        shares = {"han": han, "latin": 0.9 - han, "other": 0.0, "neither": 0.1}
        return Layer(shares, shares)

    between = [layer(0.2)] * latin + [layer(0.7)] * (inner - latin)
    vocabulary = {"han": 0.1, "latin": 0.6, "other": 0.2, "neither": 0.1}
    layers = (layer(0.3), *between, layer(last_han))
    return Lens(layers, 5, False, vocabulary, ("x",) * len(layers), chinese)


def made(gain: Estimate | None = at(0.01), share: float = 0.4, part: float = 0.012, **changes: Any) -> Findings:
    accuracy = Accuracy(at(0.75), at(0.65))
    mixes = {
        "by_size": mix(0.1, 0.64, None), "chosen": mix(share, 0.65, gain), "equal": mix(0.5, 0.65, at(0.01)),
        "unimax": mix(0.2, 0.65, at(0.01)), "chinese_only": mix(0.0, 0.6, at(-0.04)), "english_only": mix(1.0, 0.6, at(-0.04)),
    }  # fmt: skip
    amounts = (Amount(2, part, at(0.61), at(0.6), at(0.6)), Amount(16, 0.09, at(0.64), at(0.65), at(0.65)))
    probed = (Probed(1.0, 0.99, 1.0),)
    found = Findings(
        16, mixes, (Sweep(0.0, accuracy),), amounts,
        tuple(Design(separate, tag, accuracy) for separate in (False, True) for tag in (False, True)),
        Tax(150, Cost(100, 300, 70, 0), Cost(300, 300, 68, 0), 1.03, 1.0, 1.06),
        Cost(10, 30, 8, 0), {"han": 8}, lens(1), Neutrality(20, probed, probed, probed),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


@pytest.mark.parametrize(
    ("gain", "share", "said"),
    [
        (at(0.01), 0.4, "within error of"),
        (at(0.2), 0.4, "above"),
        (at(-0.2), 0.4, "below"),
        (at(0.0), 0.1, "the mix by size itself"),
    ],
)
def test_the_verdict_in_every_branch(gain: Estimate, share: float, said: str) -> None:
    text = verdict(SETTINGS, made(gain, share))
    assert said in text.en
    assert "10.0%" in text.zh and "1.03" in text.zh and "1 of 4 inner layers" in text.en


def test_the_prediction_is_the_accuracy_at_one_percent() -> None:
    outcome = PREDICTION.outcome(SETTINGS, made())
    assert outcome is not None and outcome.answer == pytest.approx(61.0)
    assert PREDICTION.right(63, outcome) and not PREDICTION.right(70, outcome)
    assert PREDICTION.outcome(SETTINGS, made(part=0.09)) is None, "two examples of few are no 1%"


def test_follow_ups_have_their_premise() -> None:
    def asked(found: Findings, settings: Settings = SETTINGS) -> str:
        return "\n".join(item.question.en for item in follow_ups(settings, found))

    assert "didn't reliably change" in asked(made())
    assert "didn't reliably change" not in asked(made(share=0.1)), "no share rose"
    assert "due to the sampling temperature" in asked(made(at(0.2)))
    assert "due to the sampling temperature" not in asked(made(at(0.2)), dataclasses.replace(SETTINGS, mixing="unimax"))
    assert "language tag" in asked(made())
    assert "language tag" not in asked(made(), dataclasses.replace(SETTINGS, tag=True))


def test_the_language_inside_is_asked_of_chinese_texts_that_go_on_in_chinese() -> None:
    assert works_in_english(lens(3)) is True
    assert works_in_english(lens(2)) is False
    assert works_in_english(lens(3, chinese=False)) is None
    assert works_in_english(lens(3, last_han=0.1)) is None
    for found, said in ((made(lens=lens(3)), "Not yet"), (made(), "Not on this text")):
        assert said in follow_ups(SETTINGS, found)[-1].answer.en
    assert all(
        "think in English" not in item.question.en for item in follow_ups(SETTINGS, made(lens=lens(3, chinese=False)))
    )

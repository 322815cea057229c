"""Every branch of what is said of a run of multi-task learning, each follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.statistics.intervals import Mean
from playground.topics.multi_task.findings import Answer, Findings, Pair, TaskSize, Trained
from playground.topics.multi_task.interview import PREDICTION, follow_ups, verdict
from playground.topics.multi_task.settings import Settings
from tests.every_topic.verdicts import check_verdict, numbers

WITH_LENGTH = (TaskSize("sentiment", 600, 144, 640), TaskSize("length", 600, 144, 640))


def near(value: float, spread: float = 0.05) -> Mean:
    return Mean(value, 8, value - spread, value + spread)


def trained(name: str, gain: float, share: float | None = None) -> Trained:
    return Trained(name, share, (near(0.75), near(0.7 + gain)), (near(-0.01), near(gain)), near(gain / 2), 0.7)


def findings(gain: float = 0.0, cosine: float = 0.2, ratio: float = 2.0, **changes: Any) -> Findings:
    fixed, pair = trained("fixed", gain, 0.5), Pair(0, 1, near(cosine), near(0.4), near(ratio))
    found = Findings(
        which="pair", tasks=(TaskSize("sentiment", 600, 144, 640), TaskSize("domain", 24, 144, 240)), small=1, seeds=8, steps=100, width=8,
        alone=(near(0.76), near(0.7)), fixed=fixed, uncertainty=trained("uncertainty", -0.02), surgery=trained("surgery", 0.01),
        grid=(fixed, trained("fixed", 0.03, 0.8)), tuned=trained("tuned", 0.03), chosen=(0.5,) * 8, uncertainty_against=near(0.0),
        surgery_against=near(0.01), tuned_against=near(0.1), pairs=(pair,), pairs_uncertainty=(pair,), pairs_surgery=(pair,),
        learnt=(near(0.5), near(0.5)), losses=(0.3, 0.3),
        answers={name: (Answer("positive", 0.9, None), Answer("hotel", 0.8, None)) for name in ("alone", "fixed", "uncertainty", "surgery")},
        characters=10, runs=72,
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


def asked(found: Findings) -> list[str]:
    questions = follow_ups(Settings(), found)
    for item in questions:
        assert numbers(item.question.zh) == numbers(item.question.en)
    return [item.question.en for item in questions]


@pytest.mark.parametrize(("gain", "said"), [(-0.2, "so it loses"), (0.0, "so it can't be shown to gain or lose"), (0.2, "so it gains")])  # fmt: skip
@pytest.mark.parametrize("against", [-0.1, 0.0, 0.1])
def test_the_verdict_in_every_branch(gain: float, said: str, against: float) -> None:
    from playground.topics.multi_task.lab import TOPIC

    found = findings(gain, uncertainty_against=near(against), surgery_against=near(-against))
    check_verdict(TOPIC, Settings(), found)
    english = verdict(Settings(), found).en
    side = {-0.1: "worse than", 0.0: "not to be told apart from", 0.1: "better than"}
    assert said in english
    assert (
        f"uncertainty weighting is {side[against]} fixed" in english
        and f"gradient surgery is {side[-against]} fixed" in english
    )


def test_a_small_task_of_length_is_told_as_a_correlation() -> None:
    from playground.topics.multi_task.lab import TOPIC

    found = findings(0.2, tasks=(TaskSize("sentiment", 600, 144, 640), TaskSize("length", 24, 144, 640)))
    check_verdict(TOPIC, Settings(), found)
    assert "0.70 [0.65, 0.75] alone" in verdict(Settings(), found).en


@pytest.mark.parametrize(("gain", "answer"), [(-0.2, "loses"), (0.0, "unclear"), (0.2, "gains")])
def test_the_prediction_goes_by_the_interval_of_the_small_task(gain: float, answer: str) -> None:
    outcome = PREDICTION.outcome(Settings(), findings(gain))
    assert outcome is not None and outcome.answer == answer and answer in dict(PREDICTION.options)
    assert numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


@pytest.mark.parametrize(
    ("question", "with_it", "without"),
    [
        ("how do you rescue it", findings(-0.2), findings(0.2)),
        ("how do you show that this is transfer", findings(0.2), findings(0.0)),
        ("useless here", findings(0.0), findings(-0.2)),
        (
            "Uncertainty weighting ends with",
            findings(learnt=(near(0.01), near(0.99)), losses=(0.3, 0.001)),
            findings(learnt=(near(0.01), near(0.99))),
        ),
        ("Uncertainty weighting ends with", findings(learnt=(near(0.01), near(0.99)), losses=(0.3, 0.001)), findings()),
        ("how much can surgery do", findings(cosine=-0.02), findings(cosine=0.3)),
        ("the best tasks to train together", findings(cosine=0.8), findings(cosine=0.3)),
        ("simply added", findings(ratio=0.01, tasks=WITH_LENGTH), findings(ratio=0.2, tasks=WITH_LENGTH)),
        ("simply added", findings(ratio=0.01, tasks=WITH_LENGTH), findings(ratio=50.0)),
        ("what is a fair comparison", findings(tuned_against=near(0.0)), findings()),
    ],
)
def test_each_follow_up_is_asked_where_its_premise_holds(question: str, with_it: Findings, without: Findings) -> None:
    assert any(question in one for one in asked(with_it))
    assert not any(question in one for one in asked(without))


def test_the_task_with_the_longer_gradient_is_named() -> None:
    assert any(
        "gradient of length is 100 times as long as that of sentiment" in one
        for one in asked(findings(ratio=0.01, tasks=WITH_LENGTH))
    )


def test_fixed_weights_that_are_better_on_both_are_counted() -> None:
    found = findings(0.0)
    assert found.beaten(found.grid[1]) == 0
    better = Trained("fixed", 0.2, (near(0.8), near(0.9)), (near(0.0), near(0.2)), near(0.1), 0.7)
    assert dataclasses.replace(found, grid=(better,)).beaten(found.surgery) == 1

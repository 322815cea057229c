"""What is said of a text's graph: the prediction, each branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

import pytest

from playground.topics.text_graph.conftest import SETTINGS
from playground.topics.text_graph.findings import Central, Findings
from playground.topics.text_graph.interview import PREDICTION, follow_ups, verdict
from playground.topics.text_graph.lab import TOPIC
from playground.topics.text_graph.settings import Settings
from tests.every_topic.verdicts import check_verdict, numbers


def with_gain(found: Findings, gain: tuple[float, float, float]) -> Findings:
    gcn = dataclasses.replace(found.scores["gcn"], against=gain)
    return dataclasses.replace(found, scores={**found.scores, "gcn": gcn})


@pytest.mark.parametrize(
    ("gain", "words"),
    [((0.2, 0.1, 0.3), "above"), ((-0.2, -0.3, -0.1), "below"), ((0.0, -0.1, 0.1), "not distinguishable")],
)
def test_the_verdict_with_scores(found: Findings, gain: tuple[float, float, float], words: str) -> None:
    said = with_gain(found, gain)
    assert words in verdict(SETTINGS, said).en
    check_verdict(TOPIC, SETTINGS, said)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"why": "no_graph", "past_links": 0}, "nothing to learn"),
        ({"why": "few_links", "new_links": 1}, "fewer than 8"),
        ({"why": "few_links", "new_links": 20, "apart": 0}, "no negatives"),
    ],
)
def test_the_verdict_without_scores(found: Findings, changes: dict[str, object], words: str) -> None:
    said = dataclasses.replace(found, scores={}, leaky={}, **changes)  # type: ignore[arg-type]
    assert words in verdict(SETTINGS, said).en
    check_verdict(TOPIC, SETTINGS, said)
    # Only where there are pairs of both kinds, too few, is a number possible.
    asked = "AUC anyway" if words == "fewer than 8" else "No AUC is given"
    assert asked in follow_ups(SETTINGS, said)[0].question.en


def test_the_prediction_in_every_branch(found: Findings) -> None:
    old, late = Central("boat", 1, 0.5, 0.1, 0.5), Central("drone", 30, 0.0, 0.6, 0.2)
    other = Central("pump", 2, 0.2, 0.6, 0.2)
    for central, answer in (((old,), "same"), ((late, old), "new"), ((other, old), "other")):
        outcome = PREDICTION.outcome(SETTINGS, dataclasses.replace(found, central=central))
        assert outcome is not None and outcome.answer == answer


def test_follow_ups_are_asked_only_where_their_premise_holds(found: Findings) -> None:
    def asked(said: Findings, settings: Settings = SETTINGS) -> str:
        questions = follow_ups(settings, said)
        for item in questions:
            assert numbers(item.question.zh) == numbers(item.question.en)
        return " ".join(item.question.en for item in questions)

    common = found.scores["common"]

    def leaky(auc: float) -> Findings:
        return dataclasses.replace(found, leaky={**found.leaky, "common": dataclasses.replace(common, auc=auc)})

    assert "random split" in asked(leaky(common.auc + 0.2)) and "random split" not in asked(leaky(common.auc))
    assert "badly trained" in asked(with_gain(found, (-0.2, -0.3, -0.1)))

    def above(high: float) -> Findings:
        score = dataclasses.replace(common, auc=high - 0.1, auc_high=high)
        return dataclasses.replace(found, scores={**found.scores, "common": score})

    assert "flip the sign" in asked(above(0.45)) and "flip the sign" not in asked(above(0.55))
    assert "Is that enough" in asked(with_gain(found, (0.02, -0.1, 0.1)))
    assert "convolution" not in asked(with_gain(found, (0.2, 0.1, 0.3)))

    def busy(auc: float, matched: float) -> Findings:
        score = dataclasses.replace(found.scores["preferential"], auc=auc, matched=matched)
        return dataclasses.replace(found, scores={**found.scores, "preferential": score})

    assert "Preferential" in asked(busy(0.8, 0.5)) and "Preferential" not in asked(busy(0.8, 0.8))
    (answer,) = [item.answer for item in follow_ups(SETTINGS, busy(0.8, 0.5)) if "Preferential" in item.question.en]
    assert f"from {common.auc:.2f} to {common.matched:.2f}" in answer.en and numbers(answer.zh) == numbers(answer.en)
    a, b = Central("boat", 1, 0.5, 0.6, 0.1), Central("pump", 2, 0.2, 0.1, 0.6)
    two = dataclasses.replace(found, central=(a, b))
    assert "static graph" in asked(two) and "static graph" not in asked(two, dataclasses.replace(SETTINGS, decay=1.0))
    assert "static graph" not in asked(dataclasses.replace(found, central=(a,)))

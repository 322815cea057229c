"""What is said of explanations, of findings by hand: the prediction, the verdict, follow-ups, failures and a claim."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.lab.text import Text
from playground.topics.explainability.cases import CLAIMS, FAILURES
from playground.topics.explainability.findings import Areas, AtSpaces, Features, Findings, Integral, Layers, Method
from playground.topics.explainability.interview import PREDICTION, follow_ups, verdict
from playground.topics.explainability.settings import Settings


def method(*weights: float, **values: Any) -> Method:
    return Method(
        **(
            dict(weights=weights, low=(), high=(), fit=None, samples=None, distinct=None, reason=None, agreement=None)
            | values
        )
    )  # type: ignore[arg-type]


AREAS = Areas({}, 0.5, 0.4, 0.6)
MADE = Findings(
    units=("the", "room", "is", "clean", "很", "好"),
    token=None,
    value=0.61849,
    layer=8,
    layers=18,
    methods={
        "shapley": method(0.1, 0.1, 0.1, 0.1, -0.912, 0.1),
        "lime": method(0.2, 0.0, 0.0, 0.4, 0.0, 0.0, fit=0.876),
        "mean": method(0.0, 0.123, 0.0, 0.0, 0.1, 0.0),
    },
    spearman={},
    deletion=AREAS,
    insertion=AREAS,
    integral=Integral(0.5, 0.0),
    perturbed=(),
    sink=0.4,
    lens=Layers(("x", "y"), (0.1, 0.9), 1),
    at_spaces=AtSpaces(4, reliable=True),
    splits=Features(4, 6, 6, 14),
    chinese_splits=Features(1, 2, 7, 14),
)
NEGATIVE = Settings(target="negative")


def with_methods(**methods: Method) -> Findings:
    return dataclasses.replace(MADE, methods=MADE.methods | methods)


@pytest.mark.parametrize("heaviest", range(6))
def test_the_prediction_names_the_third_of_the_heaviest_word(heaviest: int) -> None:
    weights = [-0.9 if place == heaviest else 0.1 for place in range(6)]
    outcome = PREDICTION.outcome(NEGATIVE, with_methods(shapley=method(*weights)))
    assert outcome is not None
    assert outcome.answer == ["first", "first", "middle", "middle", "last", "last"][heaviest]
    assert f"number {heaviest + 1} of 6, “{MADE.units[heaviest]}”: −0.900" in outcome.evidence.en


def test_nothing_is_predicted_where_no_word_counts() -> None:
    assert PREDICTION.outcome(NEGATIVE, with_methods(shapley=method(*[0.0] * 6))) is None


DOUBT = Text(zh="样本太少。", en="Too few samples.")


@pytest.mark.parametrize(
    ("settings", "found", "zh", "en"),
    [
        (NEGATIVE, MADE,
         "探针判为“负面”的概率是 0.618；绝对值最大的权重：Shapley “很” −0.912，LIME “clean” +0.400（R² 0.88，可信），平均注意力 “room” 0.123。",
         "The probe's probability of “negative” is 0.618; largest weights by size: Shapley “很” −0.912, LIME “clean” +0.400 (R² 0.88, reliable), mean attention “room” 0.123."),
        (Settings(target="positive"), with_methods(lime=method(0.2, 0.0, fit=0.1, reason=DOUBT)),
         "探针判为“正面”的概率是 0.618；绝对值最大的权重：Shapley “很” −0.912，LIME “the” +0.200（R² 0.10，不可信），平均注意力 “room” 0.123。",
         "The probe's probability of “positive” is 0.618; largest weights by size: Shapley “很” −0.912, LIME “the” +0.200 (R² 0.10, not reliable), mean attention “room” 0.123."),
        (Settings(target="next"),
         dataclasses.replace(with_methods(shapley=method(0.0, 0.0), lime=method(0.0, 0.0, fit=0.0, reason=DOUBT), mean=method(0.0, 0.0)), token="\n{x}"),
         "下一个词元是“\\n{x}”的概率是 0.618；绝对值最大的权重：Shapley 全为 0，LIME 全为 0（R² 0.00，不可信），平均注意力 全为 0。",
         "The probability that “\\n{x}” comes next is 0.618; largest weights by size: Shapley all 0, LIME all 0 (R² 0.00, not reliable), mean attention all 0."),
    ],
)  # fmt: skip
def test_the_verdict_says_what_came_out(settings: Settings, found: Findings, zh: str, en: str) -> None:
    said = verdict(settings, found)
    assert (said.zh, said.en) == (zh, en)


def test_attention_and_shapley_are_set_against_each_other_where_they_differ() -> None:
    about = "Mean attention points at “room”, Shapley at “很”"
    assert any(about in item.question.en for item in follow_ups(NEGATIVE, MADE))
    same = with_methods(mean=method(0.0, 0.0, 0.0, 0.0, 0.5, 0.0))
    none = with_methods(shapley=method(*[0.0] * 6))
    unread = with_methods(mean=method(*[0.0] * 6))
    for found in (same, none, unread):
        assert not any("Mean attention" in item.question.en for item in follow_ups(NEGATIVE, found))


def test_grey_lime_is_explained_and_good_lime_questioned() -> None:
    good = {item.question.zh: item.answer.zh for item in follow_ups(NEGATIVE, MADE)}
    assert "剩下的 12% " in good["R² 是 0.88，够好吗？"]
    assert "这次的 LIME 为什么是灰色的？" not in good
    grey = {
        item.question.zh: item.answer
        for item in follow_ups(NEGATIVE, with_methods(lime=method(0.1, 0.2, fit=0.2, reason=DOUBT)))
    }
    assert grey["这次的 LIME 为什么是灰色的？"] == DOUBT
    assert not any("够好吗" in question for question in grey)
    unfitted = with_methods(lime=method(0.1, 0.2))
    assert not any("R²" in item.question.en for item in follow_ups(NEGATIVE, unfitted))
    assert "(R² –, reliable)" in verdict(NEGATIVE, unfitted).en


def test_the_spread_is_half_the_widest_interval_over_the_largest_weight() -> None:
    assert method(0.5, -2.0, low=(0.4, -3.0), high=(0.6, -1.0)).relative_spread == 0.5
    assert method(0.5, -2.0).relative_spread is None
    assert method(0.0, 0.0, low=(-1.0, -1.0), high=(1.0, 1.0)).relative_spread is None


def test_the_failures_are_seen_in_what_they_name_alone() -> None:
    few, one_feature, sink = FAILURES
    assert few.seen(NEGATIVE, with_methods(lime=method(0.1, reason=DOUBT)))
    assert one_feature.seen(NEGATIVE, dataclasses.replace(MADE, at_spaces=AtSpaces(1, reliable=False)))
    assert sink.seen(NEGATIVE, MADE)
    for failure in (few, one_feature, sink):
        assert not failure.seen(NEGATIVE, dataclasses.replace(MADE, sink=0.3))


def test_a_claim_about_perturbed_texts_knows_texts_that_are_not() -> None:
    (claim,) = (claim for claim in CLAIMS if "perturbed" in claim.sentence.en)
    settings = Settings(text="the room is clean")
    for texts, holds in (
        (("the room", "is clean", ""), True),
        (("the room", "is clean", "the room is clean"), False),
        (("the room", "is clean", "clean is"), False),
        (("the room",), False),
    ):
        assert claim.holds(settings, dataclasses.replace(MADE, perturbed=texts)) is holds

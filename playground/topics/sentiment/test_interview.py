"""What is said of the findings, on findings made by hand."""

from __future__ import annotations

import dataclasses
import re

import pytest

from playground.topics.sentiment import methods
from playground.topics.sentiment.findings import Explained, Findings, Side
from playground.topics.sentiment.interview import follow_ups, verdict
from playground.topics.sentiment.judgement import judge
from playground.topics.sentiment.settings import Settings

EXPLAINED = Explained(("好",), (0.4,), 0.9, 0.5, None, True, None)
BY_HAND = {"probe": (0.91, 0.22), "prompt": (0.8, 0.7), "calibrated": (0.6, 0.4), "lexicon": (0.9, 0.5), "bayes": (0.3, 0.1), "snownlp": (0.2, 0.7)}  # fmt: skip


def by_hand(change: str | None = "negation", b_text: str = "不好", lime: bool = True, **changed: tuple[float, float]) -> Findings:  # fmt: skip
    """Findings with the p(positive) of BY_HAND unless changed, and the judgements that belong to them."""
    pairs = BY_HAND | changed
    sides = []
    for side, text in enumerate(("好", b_text)):
        probabilities = {name: pair[side] for name, pair in pairs.items()}
        judgements = {name: judge(value) for name, value in probabilities.items()}
        reliable = dataclasses.replace(EXPLAINED, reliable=lime or side == 0)
        sides.append(Side(text, probabilities, judgements, (), EXPLAINED, reliable, EXPLAINED))
    shares = {"probe": {"zh": methods.Share(0.85, 0.83, 0.87, 1000), "en": methods.Share(0.86, 0.78, 0.91, 120)}}
    return Findings(sides[0], sides[1], change, {}, shares)


def test_methods_that_flip_are_those_on_opposite_sides() -> None:
    # The lexicon's 0.5 is no answer, so it is on neither side.
    assert by_hand().flipping == ("probe", "calibrated", "snownlp")
    assert by_hand(lexicon=(0.9, 0.49)).flipping == ("probe", "calibrated", "lexicon", "snownlp")
    assert by_hand(probe=(0.2, 0.9)).flips("probe")
    assert not by_hand(probe=(0.5, 0.5)).flips("probe")


@pytest.mark.parametrize(
    ("probe", "zh", "en"),
    [
        ((0.912, 0.218), ("翻转了", "A 为正面（正面概率 0.91），B 为负面（0.22）", "6 种方法里有 3 种对两句的判断相反"),
         ("verdict flips", "A is positive (p(positive) 0.91), B is negative (0.22)", "3 of 6 methods")),
        ((0.051, 0.912), ("翻转了", "A 为负面（正面概率 0.05），B 为正面（0.91）", "6 种方法里有 3 种对两句的判断相反"),
         ("verdict flips", "A is negative (p(positive) 0.05), B is positive (0.91)", "3 of 6 methods")),
        ((0.912, 0.912), ("没有翻转", "A 为正面（正面概率 0.91），B 为正面（0.91）", "6 种方法里有 2 种"),
         ("verdict stays", "A is positive (p(positive) 0.91), B is positive (0.91)", "2 of 6 methods")),
        ((0.051, 0.502), ("翻转了", "A 为负面（正面概率 0.05），B 为难判定（0.50）", "6 种方法里有 3 种对两句的判断相反"),
         ("verdict flips", "A is negative (p(positive) 0.05), B is undecided (0.50)", "3 of 6 methods")),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(probe: tuple[float, float], zh: tuple[str, ...], en: tuple[str, ...]) -> None:
    said = verdict(Settings(), by_hand(probe=probe))
    assert all(part in said.zh for part in zh), said.zh
    assert all(part in said.en for part in en), said.en
    assert sorted(re.findall(r"\d+\.?\d*", said.zh)) == sorted(re.findall(r"\d+\.?\d*", said.en))


NOT_FLIPPED, CALIBRATION, DISAGREE, GREY = "did the verdict not flip", "Why does calibration", "The probe and the prompt disagree", "LIME is grey"  # fmt: skip


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (by_hand(), {CALIBRATION}),
        (by_hand(probe=(0.9, 0.8)), {CALIBRATION, NOT_FLIPPED}),
        (by_hand(probe=(0.9, 0.8), change="swap"), {CALIBRATION, NOT_FLIPPED}),
        # Nobody expects a flip of a stronger word, of a text of one's own, or where the rule found nothing to change.
        (by_hand(probe=(0.9, 0.8), change="intensifier"), {CALIBRATION}),
        (by_hand(probe=(0.9, 0.8), change=None), {CALIBRATION}),
        (by_hand(probe=(0.9, 0.8), b_text="好"), {CALIBRATION}),
        (by_hand(calibrated=(0.8, 0.7)), set()),
        (by_hand(calibrated=(0.4, 0.3)), {CALIBRATION, DISAGREE}),
        (by_hand(calibrated=(0.8, 0.7), lime=False), {GREY}),
    ],
)  # fmt: skip
def test_a_question_is_asked_where_its_premise_holds(found: Findings, asked: set[str]) -> None:
    questions = [one.question.en for one in follow_ups(Settings(), found)]
    assert {
        part for part in (NOT_FLIPPED, CALIBRATION, DISAGREE, GREY) if any(part in one for one in questions)
    } == asked
    assert "How far would you trust this answer?" in questions
    assert len(questions) == len(asked) + 1


def test_follow_ups_quote_the_findings() -> None:
    answers = {one.question.en: one.answer for one in follow_ups(Settings(), by_hand(calibrated=(0.41, 0.3)))}
    trust = next(answer for question, answer in answers.items() if "trust" in question)
    assert "85% [83%, 87%]" in trust.zh and "86% [78%, 91%]" in trust.en
    disagree = next(answer for question, answer in answers.items() if DISAGREE in question)
    assert "0.91" in disagree.zh and "0.41" in disagree.en

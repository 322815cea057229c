"""What is said of the findings, on findings made by hand."""

from __future__ import annotations

import dataclasses
import re

import pytest

from playground.evaluation.calibration import Bin
from playground.topics.sentiment.findings import Attended, Explained, Findings, Side
from playground.topics.sentiment.interview import PREDICTION, follow_ups, verdict
from playground.topics.sentiment.judgement import judge
from playground.topics.sentiment.record import Learned, Reliability, Share
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
        sides.append(Side(text, probabilities, judgements, (), EXPLAINED, reliable, EXPLAINED, Attended(0.4, 0.1, 0.3)))
    shares = {
        "probe": {"zh": Share(0.85, 0.83, 0.87, 1000, 1000), "en": Share(0.86, 0.78, 0.91, 120, 120)},
        "lexicon": {"zh": Share(0.82, 0.79, 0.84, 1000, 703), "en": Share(0.9, 0.81, 0.95, 120, 71)},
    }
    bins = (Bin(0.0, 0.1, 60, 4, 0.05, 0.01, 0.15), Bin(0.9, 1.0, 190, 181, 0.95, 0.91, 0.97))
    reliability = {name: Reliability(bins, 0.02, 0.11) for name in ("zh", "en")}
    learned = Learned(9000, 500, Share(0.9, 0.83, 0.94, 120, 120), Share(0.86, 0.83, 0.89, 500, 500))
    return Findings(sides[0], sides[1], change, {"zh": 0.1, "en": 0.8}, {}, {}, shares, {}, reliability, learned)


def test_methods_that_flip_are_those_on_opposite_sides() -> None:
    # The lexicon's 0.5 is no answer, so it is on neither side.
    assert by_hand().flipping == ("probe", "calibrated", "snownlp")
    assert by_hand(lexicon=(0.9, 0.49)).flipping == ("probe", "calibrated", "lexicon", "snownlp")
    assert by_hand(probe=(0.2, 0.9)).flips("probe")
    assert not by_hand(probe=(0.5, 0.5)).flips("probe")


@pytest.mark.parametrize(
    ("probe", "zh", "en"),
    [
        ((0.912, 0.218), ("探针把两句放在 0.5 的两侧", "A 为正面（正面概率 0.91），B 为负面（0.22）", "6 种方法里有 3 种如此"),
         ("puts the two on opposite sides", "A is positive (p(positive) 0.91), B is negative (0.22)", "3 of 6 methods do")),
        ((0.051, 0.912), ("探针把两句放在 0.5 的两侧", "A 为负面（正面概率 0.05），B 为正面（0.91）", "6 种方法里有 3 种如此"),
         ("puts the two on opposite sides", "A is negative (p(positive) 0.05), B is positive (0.91)", "3 of 6 methods do")),
        ((0.912, 0.912), ("探针没有把两句放在 0.5 的两侧", "A 为正面（正面概率 0.91），B 为正面（0.91）", "6 种方法里有 2 种"),
         ("doesn't put the two on opposite sides", "A is positive (p(positive) 0.91), B is positive (0.91)", "2 of 6 methods do")),
        ((0.051, 0.502), ("探针把两句放在 0.5 的两侧", "A 为负面（正面概率 0.05），B 为难判定（0.50）", "6 种方法里有 3 种如此"),
         ("puts the two on opposite sides", "A is negative (p(positive) 0.05), B is undecided (0.50)", "3 of 6 methods do")),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(probe: tuple[float, float], zh: tuple[str, ...], en: tuple[str, ...]) -> None:
    said = verdict(Settings(), by_hand(probe=probe))
    assert all(part in said.zh for part in zh), said.zh
    assert all(part in said.en for part in en), said.en
    assert sorted(re.findall(r"\d+\.?\d*", said.zh)) == sorted(re.findall(r"\d+\.?\d*", said.en))


QUESTIONS = {
    "not flipped": "did the answer not flip", "calibration": "Why does calibration", "disagree": "The probe and the prompt disagree",
    "grey": "LIME is grey", "abstains": "it doesn't answer", "languages": "in different languages",
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (by_hand(), {"calibration"}),
        (by_hand(probe=(0.9, 0.8)), {"calibration", "not flipped"}),
        (by_hand(probe=(0.9, 0.8), change="swap"), {"calibration", "not flipped"}),
        # Nobody expects a flip of a stronger word, of a text of one's own, or where the rule found nothing to change.
        (by_hand(probe=(0.9, 0.8), change="intensifier"), {"calibration"}),
        (by_hand(probe=(0.9, 0.8), change=None), {"calibration"}),
        (by_hand(probe=(0.9, 0.8), b_text="好"), {"calibration"}),
        (by_hand(calibrated=(0.8, 0.7)), set()),
        (by_hand(calibrated=(0.4, 0.3)), {"calibration", "disagree"}),
        (by_hand(calibrated=(0.8, 0.7), lime=False), {"grey"}),
        (by_hand(calibrated=(0.8, 0.7), lexicon=(0.5, 0.9)), {"abstains"}),
        (by_hand(calibrated=(0.8, 0.7), b_text="good", change=None), {"languages"}),
    ],
)  # fmt: skip
def test_a_question_is_asked_where_its_premise_holds(found: Findings, asked: set[str]) -> None:
    questions = [one.question.en for one in follow_ups(Settings(), found)]
    assert {name for name, part in QUESTIONS.items() if any(part in one for one in questions)} == asked
    assert "How far would you trust this answer?" in questions
    assert len(questions) == len(asked) + 1


def test_follow_ups_quote_the_findings() -> None:
    answers = {one.question.en: one.answer for one in follow_ups(Settings(), by_hand(calibrated=(0.41, 0.3)))}
    trust = next(answer for question, answer in answers.items() if "trust" in question)
    assert "85% [83%, 87%]" in trust.zh and "86% [78%, 91%] of 120 held-out English" in trust.en
    disagree = next(answer for question, answer in answers.items() if QUESTIONS["disagree"] in question)
    assert "0.91" in disagree.zh and "0.41" in disagree.en


def test_trust_quotes_the_bin_of_the_probability_where_there_is_one() -> None:
    def trust(found: Findings) -> str:
        return next(one.answer.en for one in follow_ups(Settings(), found) if "trust" in one.question.en)

    assert "of 190 held-out texts of its language with a probability from 0.9 to 1.0, 95% are positive" in trust(
        by_hand()
    )
    assert "held-out texts of its language" not in trust(by_hand(probe=(0.55, 0.2)))


def test_lime_is_grey_where_either_side_is() -> None:
    plain = by_hand(calibrated=(0.8, 0.7))
    grey = dataclasses.replace(EXPLAINED, reliable=False)
    for found in (
        dataclasses.replace(plain, a=dataclasses.replace(plain.a, lime=grey)),
        dataclasses.replace(plain, b=dataclasses.replace(plain.b, lime=grey)),
    ):
        assert any(QUESTIONS["grey"] in one.question.en for one in follow_ups(Settings(), found))


def test_a_single_method_does_and_several_do() -> None:
    one = by_hand(probe=(0.9, 0.8), calibrated=(0.8, 0.7))
    assert one.flipping == ("snownlp",)
    assert verdict(Settings(), one).en.endswith("1 of 6 methods does.")
    assert verdict(Settings(), by_hand()).en.endswith("3 of 6 methods do.")


def test_the_prediction_is_whether_the_probe_flips() -> None:
    for probe, answer in (((0.9, 0.2), "flips"), ((0.9, 0.8), "stays")):
        outcome = PREDICTION.outcome(Settings(), by_hand(probe=probe))
        assert outcome is not None and outcome.answer == answer

"""Every branch of the verdict, and each follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.lab.text import Text
from playground.topics.evaluation.findings import Findings
from playground.topics.evaluation.interview import PREDICTION, follow_ups, verdict
from playground.topics.evaluation.judge import Judgement
from playground.topics.evaluation.settings import Settings
from playground.topics.evaluation.test_lab import findings_of

SURE = "gold,a,b\n" + "x,y,x\n" * 9 + "y,y,y\n" * 9
EQUAL = "gold,a,b\n" + "x,y,x\n" * 3 + "x,x,y\n" * 3
# Letters in another order, against half of the words in a row.
APART = {
    "text": "d e a b c x y z", "other": "c b a e d", "references": "a b c d e", "unit": "word",
}  # fmt: skip
ALONE = "gold,a\n" + "x,x\n" * 3 + "x,y\n"


def questions(found: Findings) -> list[str]:
    return [asked.question.en for asked in follow_ups(Settings(), found)]


def said(**values: Any) -> Text:
    return verdict(*findings_of(**values))


def test_the_verdict_on_labels() -> None:
    default = said()
    assert "p = 0.070，还不能说谁更好，照这个差距要约 103 条" in default.zh
    assert "doesn't show which is better (McNemar, p = 0.070): at this difference it takes about 103" in default.en
    assert "差距显著" in said(table=SURE).zh and "a significant difference (McNemar, p = 0.004)" in said(table=SURE).en
    assert "A、B 的准确率同为 50.0%" in said(table=EQUAL).zh
    assert "on the labels A's accuracy is 75.0%" in said(table=ALONE).en
    assert "accuracy" not in said(table="").en and "条标注" not in said(table="").zh


def test_the_verdict_on_edits() -> None:
    assert "意思变了的（改数字）反而不低于它" in said(table="").zh
    ordered = said(table="", references="昨天他带了一把非常大的雨伞去上班。", unit="character")
    assert "score below" in ordered.en or "no less" in ordered.en
    assert "改动" not in said(table="", references="猫").zh
    assert said(table="").en.endswith("are swapped.")


def test_the_prediction_is_the_score_of_the_moved_word() -> None:
    settings, found = findings_of(table="")
    known = PREDICTION.outcome(settings, found)
    assert known is not None and known.answer == found.moved_bleu
    assert PREDICTION.right(float(known.answer) - 3, known) and not PREDICTION.right(100.0, known)
    assert PREDICTION.outcome(*findings_of(table="", references="猫")) is None


@pytest.mark.parametrize(
    ("values", "question", "asked"),
    [
        ({}, "Why can't BLEU tell", True),
        ({"references": "猫"}, "Why can't BLEU tell", False),
        ({}, "What next?", True),
        ({"table": SURE}, "What next?", False),
        ({"table": SURE}, "would you replace", True),
        ({}, "would you replace", False),
        ({"table": EQUAL}, "What next?", False),
        ({"table": EQUAL}, "would you replace", False),
        ({}, "With other bins", True),
        ({"table": SURE}, "With other bins", False),
        ({"table": "", **APART}, "Counted by word, BLEU scores A higher; the order is reversed by", True),
        (
            {"table": "", "text": "a b c d e", "other": "f g h i j", "references": "a b c d e"},
            "order is reversed by",
            False,
        ),
        ({}, "Why correct?", True),
        ({"table": EQUAL}, "Why correct?", False),
        ({}, "per token and", True),
        ({"table": "", "text": "猫 狗", "references": "狗 猫 鸟 鱼 牛"}, "Without smoothing", True),
        ({"table": "", "text": "猫狗鸟鱼", "references": "猫狗鸟鱼", "unit": "character"}, "Without smoothing", False),
    ],
)
def test_a_question_is_asked_where_its_premise_holds(values: dict[str, Any], question: str, asked: bool) -> None:
    _, found = findings_of(**values)
    assert any(question in one for one in questions(found)) is asked, questions(found)


def test_a_judge_that_never_flips_is_not_asked_about() -> None:
    _, found = findings_of(table="")
    steady = dataclasses.replace(
        found.judged, pairs=(Judgement(1, -1, 1, -1), Judgement(-1, 1, -1, 1)), longer=(True, False)
    )
    biased = dataclasses.replace(
        found.judged, pairs=(Judgement(1, 1, 1, -1), Judgement(1, -1, -1, 1)), longer=(False, True)
    )
    assert not any("Swapped" in one for one in questions(dataclasses.replace(found, judged=steady)))
    assert any(
        "changes 1 of 2 choices, and it chooses the first place 75%" in one
        for one in questions(dataclasses.replace(found, judged=biased))
    )
    assert (biased.first, biased.right_with_better_first, biased.right_with_better_second) == (3, 2, 1)
    assert (biased.right_in_both, biased.right_averaged, biased.right_alone, biased.alone_says_yes) == (1, 1, 1, 2)
    assert (steady.flips, steady.right_in_both, steady.flip_share) == (0, 1, 0.0)
    # The first is right and the longer one, the second wrong and so the longer one too.
    assert (steady.longer_averaged, steady.longer_alone) == (2, 2)
    assert (biased.longer_averaged, biased.longer_alone) == (2, 0)

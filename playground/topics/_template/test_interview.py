"""What is said of the findings: the verdict in every branch, the prediction, a follow-up with and without its premise."""

from __future__ import annotations

from playground.topics._template.findings import Findings
from playground.topics._template.interview import PREDICTION, follow_ups, verdict
from playground.topics._template.settings import Settings
from playground.topics._template.tokens import Token

SETTINGS = Settings()


def by_hand(characters: int, tokens: int) -> Findings:
    return Findings(characters, tuple(Token(place, "x") for place in range(tokens)))


def test_the_verdict_in_every_branch() -> None:
    more, fewer = verdict(SETTINGS, by_hand(4, 7)), verdict(SETTINGS, by_hand(8, 6))
    assert more.zh == "词元多于字符：4 个字符读成 7 个词元，平均每字符 1.75 个。"
    assert more.en == "There are more tokens than characters: 7 for 4, 1.75 a character."
    assert fewer.zh == "词元不比字符多：8 个字符读成 6 个词元，平均每字符 0.75 个。"
    assert fewer.en == "There are no more tokens than characters: 6 for 8, 0.75 a character."
    assert "no more tokens" in verdict(SETTINGS, by_hand(5, 5)).en


def test_the_prediction_is_scored_by_the_findings() -> None:
    answers = [PREDICTION.outcome(SETTINGS, by_hand(4, tokens)) for tokens in (3, 4, 5)]
    assert [known.answer for known in answers if known] == ["fewer", "fewer", "more"]


def test_the_question_on_cost_is_asked_where_tokens_are_many() -> None:
    assert follow_ups(SETTINGS, by_hand(4, 4)) == ()
    (asked,) = follow_ups(SETTINGS, by_hand(4, 7))
    assert "1.75" in asked.question.zh and "1.75" in asked.question.en

"""The lab against an independent reference, and what is said of its findings."""

from __future__ import annotations

import json

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.interview import PREDICTION, follow_ups, verdict
from playground.topics.mechanisms.lab import run
from playground.topics.mechanisms.settings import Settings
from playground.topics.mechanisms.tokens import Token
from tests.fakes import OneModel

SETTINGS = Settings()


def findings_of(lm: LanguageModel, text: str) -> Findings:
    """The findings of a run, whichever of its yields brings them."""
    found = [result.findings for result in run(Settings(text=text), Bench(OneModel(lm))) if result.findings]
    return found[-1]


def by_hand(characters: int, tokens: int) -> Findings:
    return Findings(characters, tuple(Token(place, "x") for place in range(tokens)))


def test_tokens_against_the_bytes_of_the_text(tiny_lm: LanguageModel) -> None:
    # The tiny model's tokenizer has one token per byte, so UTF-8 itself is the reference; its start token comes first.
    text = "ab猫"
    found = findings_of(tiny_lm, text)
    assert len(found.tokens) == 1 + len(text.encode("utf-8"))
    assert [token.text for token in found.tokens[1:]] == ["a", "b", "猫", "", ""]
    assert found.characters == 3
    assert found.tokens_per_character == 6 / 3
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


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

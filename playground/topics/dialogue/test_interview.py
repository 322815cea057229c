"""Prediction, verdict and follow-ups on findings made by hand: every branch, both languages."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.topics.dialogue.findings import Findings, History, Measured, Milliseconds, SideFindings, TurnTimes
from playground.topics.dialogue.interview import PREDICTION, follow_ups, verdict
from playground.topics.dialogue.memory import Memory
from playground.topics.dialogue.settings import Settings

SIDE = SideFindings(
    read="abc", tokens=210, example_tokens=120, examples_whole=True, whole_turns=4, unread_turns=0, summary="", reused=150,
    prefix_changed=False, tokens_by_turn=(150, 160, 180, 190, 210), examples_forgotten_at=None,
    forgotten_at=(None, None, None, None), reply="好", reply_tokens=2,
)  # fmt: skip
HISTORY = History(("我叫小红", "你好", "几点了", "天气"), (4, 2, 3, 2, 4), (3, 3, 3, 3), (150, 160, 180, 190, 210), 256)


def timed(whole: float, new: float) -> tuple[TurnTimes, ...]:
    def every(median: float) -> Milliseconds:
        return Milliseconds(median, median - 1, median + 1)

    return (TurnTimes(1, every(80), every(80)), TurnTimes(5, every(whole), every(new)))


def found_of(
    a: SideFindings, b: SideFindings, history: History = HISTORY, times: tuple[float, float] = (100.0, 90.0)
) -> Findings:
    return Findings(a, b, history, {"a": True, "b": True}, Measured(timed(*times), timed(*times), 3))


def changed(**values: Any) -> SideFindings:
    return dataclasses.replace(SIDE, **values)


@pytest.mark.parametrize(
    ("examples", "exchanges", "answer", "named"),
    [
        (None, (None, None, None, None), "nothing", ""),
        (3, (3, None, None, None), "frame", "3"),
        (4, (3, 4, None, None), "first", "我叫小红"),
        (None, (5, 4, 4, None), "later", "你好"),
    ],
)
def test_the_prediction_asks_what_went_first(
    examples: int | None, exchanges: tuple[int | None, ...], answer: str, named: str
) -> None:
    a = changed(examples_forgotten_at=examples, forgotten_at=exchanges)
    outcome = PREDICTION.outcome(Settings(), found_of(a, SIDE))
    assert outcome is not None and outcome.answer == answer
    assert named in outcome.evidence.zh and named in outcome.evidence.en


def test_a_long_message_is_quoted_with_a_mark_where_it_is_cut() -> None:
    long = "很" * 30
    for said, quoted in ((long, "“" + "很" * 24 + "…”"), ("很" * 24, "“" + "很" * 24 + "”")):
        history = dataclasses.replace(HISTORY, said=(said, *HISTORY.said[1:]))
        outcome = PREDICTION.outcome(Settings(), found_of(changed(forgotten_at=(3, None, None, None)), SIDE, history))
        assert outcome is not None and quoted in outcome.evidence.zh and quoted in outcome.evidence.en


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (
            found_of(SIDE, SIDE),
            "两侧读到同一个字符串：此前 4 轮，A 完整读到 4 轮、B 4 轮；提示 A 210 个词元、B 210 个，其中复用键和值的 A 150 个、B 150 个；两个回复相同。",
            "Both sides read the same string: of 4 earlier turns A reads 4 whole and B 4; the prompts have 210 (A) and 210 (B) tokens,"
            " of which 150 (A) and 150 (B) reuse keys and values; the two replies are the same.",
        ),
        (
            found_of(SIDE, changed(read="ac", tokens=170, whole_turns=2, reused=121, reply="坏", examples_whole=False)),
            "两侧读到的字符串不同：此前 4 轮，A 完整读到 4 轮、B 2 轮；提示 A 210 个词元、B 170 个，其中复用键和值的 A 150 个、B 121 个；"
            "B 没有完整读到开头的示例；两个回复不同。",
            "The sides read different strings: of 4 earlier turns A reads 4 whole and B 2; the prompts have 210 (A) and 170 (B) tokens,"
            " of which 150 (A) and 121 (B) reuse keys and values; B doesn't read the examples at the start whole; the two replies differ.",
        ),
        (
            found_of(
                changed(read="c", tokens=90, examples_whole=False, reused=0),
                changed(examples_whole=False),
                dataclasses.replace(HISTORY, said=()),
            ),
            "两侧读到的字符串不同：这是第一轮，提示 A 90 个词元、B 210 个，还没有上一轮的键和值可复用；两侧都没有完整读到开头的示例；两个回复相同。",
            "The sides read different strings: this is the first turn, with prompts of 90 (A) and 210 (B) tokens and no keys and values of an earlier turn to reuse;"
            " neither side reads the examples at the start whole; the two replies are the same.",
        ),
        (
            found_of(
                changed(reply=None, examples_whole=False), changed(reply=None), dataclasses.replace(HISTORY, said=("嗯",))
            ),
            "两侧读到同一个字符串：此前 1 轮，A 完整读到 4 轮、B 4 轮；提示 A 210 个词元、B 210 个，其中复用键和值的 A 150 个、B 150 个；"
            "A 没有完整读到开头的示例。",
            "Both sides read the same string: of 1 earlier turn A reads 4 whole and B 4; the prompts have 210 (A) and 210 (B) tokens,"
            " of which 150 (A) and 150 (B) reuse keys and values; A doesn't read the examples at the start whole.",
        ),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(found: Findings, zh: str, en: str) -> None:
    said = verdict(Settings(), found)
    assert (said.zh, said.en) == (zh, en)


def questions(found: Findings) -> str:
    return "\n".join(item.question.en for item in follow_ups(Settings(), found))


def test_each_follow_up_is_asked_where_its_premise_holds() -> None:
    plain = questions(found_of(SIDE, SIDE))
    assert plain == "The examples take 120 tokens. Why does an instruction-tuned model not need them?"
    assert questions(found_of(changed(examples_whole=False), SIDE)) == "", (
        "the rest of cut examples isn't what they take"
    )
    no_examples = changed(example_tokens=0)
    assert questions(found_of(no_examples, SIDE)) == ""
    assert "A doesn't read the original of 1 turn." in questions(found_of(changed(unread_turns=1), SIDE))
    # Of the four turns that A reads, five were to be kept: there the budget is what cuts.
    for memory, useless in ((Memory("window"), True), (Memory("window", 5), False), (Memory("oldest"), False)):
        first, *_ = follow_ups(Settings(a=memory), found_of(changed(unread_turns=3), SIDE))
        assert ("not one turn more" in first.answer.en) is ("一轮也不会多读" in first.answer.zh) is useless
    assert "A doesn't read the original of 3 turns" in questions(found_of(changed(unread_turns=3), SIDE))
    assert "doesn't read" not in questions(found_of(SIDE, changed(unread_turns=3)))
    for a, b, asked in (
        (changed(summary="一句"), SIDE, True),
        (SIDE, changed(summary="一句"), True),
        (SIDE, SIDE, False),
    ):
        assert ("The summary leaves out" in questions(found_of(a, b))) is asked

    little = changed(reused=90, prefix_changed=True)
    for a, b, side in ((little, SIDE, "A"), (SIDE, little, "B")):
        assert f"{side} reuses the keys and values of only 90 tokens" in questions(found_of(a, b))
    assert "reuses" not in questions(found_of(changed(reused=105, prefix_changed=True), SIDE)), "half of the prompt"
    first = changed(reused=0, prefix_changed=False)
    assert "reuses" not in questions(found_of(first, first)), "at the first turn there is nothing to reuse"

    assert "Prefilling all of A's prompt takes 131 ms, only what is new 100 ms" in questions(
        found_of(SIDE, SIDE, times=(131.0, 100.0))
    )
    assert "Prefilling" not in questions(found_of(SIDE, SIDE, times=(129.0, 100.0)))
    assert "Prefilling" not in questions(found_of(little, SIDE, times=(131.0, 100.0))), "one of the two"

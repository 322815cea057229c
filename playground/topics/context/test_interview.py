"""Prediction, verdict and follow-ups on findings made by hand: every branch, both languages."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.topics.context.few_shot import Accuracy
from playground.topics.context.findings import Answers, Findings, Kept, Piece, Side
from playground.topics.context.interview import PREDICTION, follow_ups, verdict
from playground.topics.context.position import Depths
from playground.topics.context.settings import Context, Settings

ANSWERS = Answers(
    {"none": "red", "a": "green", "b": "blue"},
    {"a": "green", "b": "blue"},
    {"none": {"a": -2.0, "b": -3.0}, "a": {"a": -1.0, "b": -5.0}, "b": {"a": -4.0, "b": -0.5}},
)
DEPTHS = Depths("It is green.", (0.0, 0.5, 1.0), (-1.0, -1.1, -1.2), (-1.2, -1.5, -1.4), (-0.8, -0.7, -1.0), -3.0)
GREEN = Piece("green", 3.0, 1, 0.2, 1, "answer")
MAYA = Piece("Maya", 0.5, 2, 0.1, 2, "question")
SENTENCE = Piece("It is green.", 3.1, 1, 0.4, 1, "answer")
SIDE = Side(Kept(20, 4096, 1.5), (SENTENCE,), (GREEN, MAYA), 2, DEPTHS)


def accuracies(*shares: float) -> tuple[Accuracy, ...]:
    return tuple(Accuracy(number, share, 0.0, 1.0, (share,), 40) for number, share in enumerate(shares))


FOUND = Findings(ANSWERS, SIDE, SIDE, accuracies(0.5), accuracies(0.5), 64, 259)
MANY_ORDERS, ONE_ORDER = Settings(orders=3), Settings(orders=1)


def side_of(**values: Any) -> Side:
    return dataclasses.replace(SIDE, **values)


def found_of(**values: Any) -> Findings:
    return dataclasses.replace(FOUND, **values)


def written(none: str, a: str, b: str) -> Answers:
    return dataclasses.replace(ANSWERS, written={"none": none, "a": a, "b": b})


def read_most(side: Side) -> Side:
    """A side whose attention favours the second word."""
    return dataclasses.replace(
        side, words=(dataclasses.replace(GREEN, attention_rank=2), dataclasses.replace(MAYA, attention_rank=1))
    )


@pytest.mark.parametrize("place", ["answer", "question", "elsewhere"])
def test_the_prediction_asks_for_the_place_of_the_heaviest_word(place: str) -> None:
    words = (dataclasses.replace(GREEN, place=place), MAYA)
    outcome = PREDICTION.outcome(Settings(), found_of(a=side_of(words=words)))
    assert outcome is not None and outcome.answer == place
    assert all("green" in said and "3.00" in said for said in (outcome.evidence.zh, outcome.evidence.en))
    assert PREDICTION.outcome(Settings(), found_of(a=side_of(words=()))) is None
    assert PREDICTION.outcome(Settings(), found_of(a=side_of(words=IDLE))) is None, "the answer falls without none"


LEARNED = {"right_labels": accuracies(0.5, 0.9), "random_labels": accuracies(0.5, 0.256)}
IDLE = (dataclasses.replace(GREEN, fall=0.004),)


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (
            found_of(b=side_of(words=(dataclasses.replace(GREEN, name="blue", fall=1.456),)), **LEARNED),
            "无上下文时答“red”，A 下答“green”，B 下答“blue”；A 里“green”最依赖“green”（去掉它降 3.00 奈特），"
            "B 里“blue”最依赖“blue”（去掉它降 1.46 奈特）；1 个示例时，标签正确的准确率是 90%，标签随机的是 26%。",
            "Without context the answer is “red”, under A “green”, under B “blue”; in A “green” rests most on “green” (3.00 nats less without it),"
            " in B “blue” rests most on “blue” (1.46 nats less without it); with 1 example accuracy is 90% by right labels and 26% by random ones.",
        ),
        (
            found_of(answers=written("red", "green", "green"), a=side_of(words=IDLE)),
            "无上下文时答“red”，A、B 下都答“green”；A 里试着逐个去掉的词，没有一个使“green”下降，"
            "B 里“blue”最依赖“green”（去掉它降 3.00 奈特）；0 个示例时，标签正确的准确率是 50%，标签随机的是 50%。",
            "Without context the answer is “red”, under A and B alike “green”; in A leaving out any one of the words tried doesn't lower “green”,"
            " in B “blue” rests most on “green” (3.00 nats less without it); with 0 examples accuracy is 50% by right labels and 50% by random ones.",
        ),
        (
            found_of(answers=written("green", "green", "green"), b=side_of(words=())),
            "有没有上下文都答“green”；A 里“green”最依赖“green”（去掉它降 3.00 奈特），"
            "B 里试着逐个去掉的词，没有一个使“blue”下降；0 个示例时，标签正确的准确率是 50%，标签随机的是 50%。",
            "The answer is “green” with or without context; in A “green” rests most on “green” (3.00 nats less without it),"
            " in B leaving out any one of the words tried doesn't lower “blue”; with 0 examples accuracy is 50% by right labels and 50% by random ones.",
        ),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(found: Findings, zh: str, en: str) -> None:
    said = verdict(Settings(), found)
    assert (said.zh, said.en) == (zh, en)


def questions(found: Findings, settings: Settings = MANY_ORDERS) -> str:
    asked = follow_ups(settings, found)
    assert all(one.answer.zh and one.answer.en for one in asked)
    return "\n".join(one.question.en for one in asked)


def test_answers_that_differ_and_answers_that_agree() -> None:
    assert questions(FOUND) == "“green” under A, “blue” under B: is that proof that the answer comes from the context?"
    same = questions(found_of(answers=written("blue", "red", "red")))
    assert same == "The context changed and the answer is “red” both times: what does that say?"
    for none, prior in (("red", True), ("blue", False)):
        first, *_ = follow_ups(MANY_ORDERS, found_of(answers=written(none, "red", "red")))
        assert ("doesn't outweigh the prior" in first.answer.en, "没盖过先验" in first.answer.zh) == (prior, prior)
        assert ("It isn't the prior" in first.answer.en, "不是先验" in first.answer.zh) == (not prior, not prior)


def test_nothing_is_asked_of_two_contexts_that_are_one() -> None:
    one = Settings(a=Context("It rains."), b=Context("It rains."))
    assert "context" not in questions(found_of(answers=written("blue", "red", "red")), one)


def test_attention_that_favours_another_word() -> None:
    asked = "In {} attention favours “Maya”, but the answer falls most without “green”"
    assert asked.format("A") in questions(found_of(a=read_most(SIDE)))
    assert asked.format("B") in questions(found_of(b=read_most(SIDE)))
    both = questions(found_of(a=read_most(SIDE), b=read_most(SIDE)))
    assert asked.format("A") in both and asked.format("B") not in both
    assert "favours" not in questions(FOUND)
    twice = (dataclasses.replace(GREEN, attention_rank=2), dataclasses.replace(MAYA, name="green", attention_rank=1))
    assert "favours" not in questions(found_of(a=side_of(words=twice))), "the same word in two places"
    assert "favours" not in questions(found_of(a=side_of(words=())))
    harmful = tuple(dataclasses.replace(word, fall=-0.1) for word in read_most(SIDE).words)
    assert "favours" not in questions(found_of(a=side_of(words=harmful))), "the answer falls without none"
    rounding = tuple(dataclasses.replace(word, fall=0.09) for word in read_most(SIDE).words)
    assert "favours" not in questions(found_of(a=side_of(words=rounding))), "it falls by no more than rounding"


def test_words_that_back_each_other_up() -> None:
    heavy = (dataclasses.replace(SENTENCE, fall=7.0),)
    asked = "Without the sentence it falls by 7.00 nats, without any one word by 3.00 at most"
    assert asked in questions(found_of(a=side_of(sentences=heavy)))
    assert "any one word" not in questions(found_of(a=side_of(sentences=heavy, units=50))), "not every word was tried"
    assert "any one word" not in questions(found_of(a=side_of(sentences=heavy, words=(GREEN,), units=1)))
    slight = (dataclasses.replace(SENTENCE, fall=0.09),)
    idle = tuple(dataclasses.replace(word, fall=0.01) for word in (GREEN, MAYA))
    assert "any one word" not in questions(found_of(a=side_of(sentences=slight, words=idle))), "rounding"
    light = (dataclasses.replace(SENTENCE, fall=5.9),)
    assert "any one word" not in questions(found_of(a=side_of(sentences=light)))
    none = (dataclasses.replace(SENTENCE, fall=-0.5),)
    harmful = (dataclasses.replace(GREEN, fall=-0.4), MAYA)
    assert "any one word" not in questions(found_of(a=side_of(sentences=none, words=harmful)))


def test_position_is_asked_about_where_depths_differ() -> None:
    moved = dataclasses.replace(DEPTHS, mean=(-3.0, -4.0, -1.0))
    apart = found_of(a=side_of(position=moved))
    assert "best at depth 100% and worst at 50%, 3.00 nats apart" in questions(apart)
    assert "depth" not in questions(FOUND)
    (answer,) = [one.answer for one in follow_ups(MANY_ORDERS, apart) if "depth" in one.question.en]
    # (-0.7) - (-1.5), the widest of the three.
    assert "0.80 nats" in answer.en and "0.80 奈特" in answer.zh
    (answer,) = [one.answer for one in follow_ups(ONE_ORDER, apart) if "depth" in one.question.en]
    assert "single order" in answer.en and "一种排法" in answer.zh


def test_examples_that_hurt_and_examples_that_teach() -> None:
    for one, hurts in ((0.3, True), (0.8, False)):
        asked = questions(found_of(right_labels=accuracies(0.8, one, 0.9), random_labels=accuracies(0.8, 0.3, 0.5)))
        assert ("Accuracy is 80% without examples and 30% with 1." in asked) is hurts
        assert "With 2 examples: 90% by right labels, 50% by random ones" in asked
    only = questions(found_of(right_labels=accuracies(0.8, 0.3), random_labels=accuracies(0.8, 0.3)))
    assert "How can an example hurt" not in only, "with one number of examples there is no curve"
    assert "What do examples teach" not in questions(FOUND)


def test_nothing_is_asked_of_words_that_were_not_left_out_or_read() -> None:
    heavy = (dataclasses.replace(SENTENCE, fall=7.0),)
    assert "any one word" not in questions(found_of(a=side_of(sentences=heavy, words=(), units=0)))
    assert "favours" not in questions(found_of(a=side_of(words=(GREEN,), units=1))), "the word that is most read"
    for right in (accuracies(0.8, 0.3), accuracies(0.8, 0.8, 0.9)):
        asked = questions(found_of(right_labels=right, random_labels=accuracies(*[0.5] * len(right))))
        assert "How can an example hurt" not in asked


def test_a_word_that_ranks_second_by_its_loss_alone_is_asked_about() -> None:
    # Read most and heaviest are one word in two places: the same name, another rank.
    twice = (
        dataclasses.replace(GREEN, attention_rank=2),
        dataclasses.replace(GREEN, rank=2, fall=1.0, attention_rank=1),
    )
    assert "favours" not in questions(found_of(a=side_of(words=twice)))

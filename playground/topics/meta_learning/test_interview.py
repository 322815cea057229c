"""Every branch of what is said of a run of meta-learning, each follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

import pytest

from playground.statistics.intervals import Mean, Share
from playground.topics.meta_learning.findings import Answer, Findings, Fit, InContext, Passes, Score, TextScore
from playground.topics.meta_learning.interview import PREDICTION, follow_ups, verdict
from playground.topics.meta_learning.settings import METHODS, Settings
from tests.every_topic.verdicts import check_verdict, numbers


def near(value: float, spread: float = 0.1) -> Mean:
    return Mean(value, 4, value - spread, value + spread)


def score(before: float, one: float, to_maml: float | None = 0.0, diverged: bool = False) -> Score:
    return Score(
        near(before), near(one), near(one / 2), near(-1.0), None if to_maml is None else near(to_maml),
        (near(before), near(one), near(one / 2)), (near(one),) * 2, (one, one), diverged,
    )  # fmt: skip


def text(one: float, against: float | None = 0.3, to_maml: float | None = -0.2) -> TextScore:
    return TextScore(
        near(0.9), (near(0.33), near(one)), near(one), near(one), None if against is None else near(against),
        None if to_maml is None else near(to_maml), near(one), Answer("book", 0.7),
    )  # fmt: skip


def findings(
    gain: float = 0.3, nearest: float = -0.2, named: int = 11, letters: int = 4, both_ways: int = 0, **scores: Score
) -> Findings:
    own = {"maml": score(3.2, 1.0, None), "fomaml": score(3.2, 1.8, 0.8), "anil": score(3.2, 1.1, 0.05), "reptile": score(3.2, 2.4, 1.4),
           "joint": score(3.2, 4.0, 3.0), "none": score(4.0, 5.0, 4.0)} | scores  # fmt: skip
    texts = {name: text(0.5) for name in METHODS} | {"maml": text(0.7, gain, None), "nearest": text(0.5, 0.0, nearest)}
    return Findings(
        seeds=4, tasks=30, shots=5, inner_steps=1, reptile_steps=3, rate=0.04, unseen="same", labels="shuffled", unseen_texts="language",
        language="zh", ways=3, text_shots=1, scores=own, rates=(0.02, 0.04), points=5,
        fits={name: Fit(near(3.0), near(1.0), near(2.0)) for name in METHODS}, texts=texts,
        in_context=InContext(Share.of(named, 12), Share.of(letters, 12), max(named - letters, 0) + both_ways, max(letters - named, 0) + both_ways, Answer("hotel", 0.8), Answer("book", 0.4), 2, 80),
        passes={"maml": Passes(3, 1), "fomaml": Passes(2, 0), "anil": Passes(3, 1), "reptile": Passes(3, 0), "joint": Passes(1, 0)},
        measured={"maml": 8.0, "fomaml": 4.0, "anil": 6.0, "reptile": 6.0, "joint": 2.0},
    )  # fmt: skip


def asked(found: Findings) -> list[str]:
    questions = follow_ups(Settings(), found)
    for item in questions:
        assert numbers(item.question.zh) == numbers(item.question.en)
    return [item.question.en for item in questions]


@pytest.mark.parametrize("order", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("gain", [-0.3, 0.0, 0.3])
def test_the_verdict_in_every_branch(order: float, gain: float) -> None:
    found = findings(gain=gain, fomaml=score(3.2, 1.0 + order, order))
    said = verdict(Settings(), found).en
    assert ("lower" in said, "told apart from it" in said, "is higher" in said) == (order < 0, order == 0, order > 0)
    assert ("worse than joint" in said, "apart from joint" in said, "better than joint" in said) == (
        gain < 0,
        gain == 0,
        gain > 0,
    )


def test_the_verdict_is_one_sentence_with_the_same_numbers() -> None:
    from playground.topics.meta_learning.lab import TOPIC

    for found in (findings(), findings(named=0, letters=0), findings(gain=-0.3, maml=score(3.0, 1000.0, None, True))):
        check_verdict(TOPIC, Settings(), found)


@pytest.mark.parametrize(("one", "answer"), [(0.3, "0"), (1.0, "1"), (2.0, "2"), (5.0, "3")])
def test_the_prediction_is_the_share_that_remains(one: float, answer: str) -> None:
    outcome = PREDICTION.outcome(Settings(), findings(maml=score(3.2, one, None)))
    assert outcome is not None and outcome.answer == answer
    assert numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


def test_follow_ups_come_where_their_premise_holds() -> None:
    questions = asked(findings())
    assert len(questions) == 5
    for words in (
        "where does that come from",
        "which would you use",
        "what does that say",
        "has it learnt the task",
        "baseline",
    ):
        assert any(words in question for question in questions), words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("where does that come from", findings(joint=score(3.2, 2.0, 1.0))),
        ("which would you use", findings(fomaml=score(3.2, 0.5, -0.5))),
        ("what does that say", findings(anil=score(3.2, 2.0, 1.0))),
        ("has it learnt the task", findings(named=5, letters=4)),
        # 12 queries: a third more right, by five against one, isn't a difference yet.
        ("has it learnt the task", findings(named=8, letters=4, both_ways=1)),
        ("has it learnt the task", findings(named=4, letters=11)),
        ("noticed and avoided", findings()),
        ("generalize to", findings()),
    ],
)  # fmt: skip
def test_follow_ups_do_not_come_without_it(words: str, found: Findings) -> None:
    assert not any(words in question for question in asked(found))


def test_memorization_and_another_distribution_are_asked_about() -> None:
    fixed = dataclasses.replace(findings(), labels="fixed")
    assert any("noticed and avoided" in question for question in asked(fixed))
    far = dataclasses.replace(findings(maml=score(5.0, 4.9, None)), unseen="faster")
    assert any("generalize to" in question for question in asked(far))


@pytest.mark.parametrize(
    ("nearest", "words"), [(-0.3, "the latter"), (0.0, "can't be told apart"), (0.3, "the former")]
)
def test_the_baseline_is_compared_by_its_interval(nearest: float, words: str) -> None:
    assert any(words in question for question in asked(findings(nearest=nearest)) if "baseline" in question)

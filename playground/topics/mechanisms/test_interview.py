"""What is said of mechanisms, of findings by hand: the verdict, the prediction, follow-ups and a failure."""

from __future__ import annotations

import dataclasses

from playground.topics.mechanisms.cases import FAILURES
from playground.topics.mechanisms.findings import (
    Ablated,
    Direct,
    Findings,
    Head,
    Losses,
    OnText,
    Patched,
    Place,
    Sparse,
    Steered,
)
from playground.topics.mechanisms.interview import PREDICTION, follow_ups, verdict
from playground.topics.mechanisms.settings import Settings

MADE = Findings(
    patched=Patched(
        "Paris",
        "Rome",
        5.9232,
        -7.6351,
        5,
        Place(12, 5, "France", 1.06),
        Place(13, 9, "of", 0.852),
        0.001,
        0.4,
        13,
        0.0,
        0.0,
    ),
    direct=Direct(5.9232, 0.03, 7.1, -1.2, -0.005, 13, 3, 4.81),
    ablated=Ablated(
        {},
        (Head(7, 1, 0.9), Head(8, 2, 0.8)),
        Losses(1.0, 3.0),
        Losses(4.0, 3.2),
        Losses(1.3, 3.1),
        12.0,
        drawn=2,
        repeats=True,
        on_text=OnText(0.4, 0.1),
    ),
    steered=Steered(9, 0.3, 0.5, 0.1, 30.0, 15.0, "x", "y"),
    sparse=Sparse(9, 4096, 32, 107_000, 0.2, 32.0, 0.01, {"zh": 0.9, "en": 0.9}, 0.8, 7, 3.0, 0.2, "a", "b", 30, 0),
)


def test_the_verdict_in_every_branch() -> None:
    said = verdict(Settings(), MADE)
    assert said.en == (
        "Here from layer 13 on, patching the last position does more than patching the word that differs; the head that writes the answer most is "
        "head 3 of layer 13 (+4.81 of 5.92 logits); without 2 induction heads the loss of a second copy goes from 1.00 to 4.00; steering multiplies "
        "the perplexity of neutral text by 2.00."
    )
    assert said.zh.startswith("从第 13 层起，修补最后一个位置比修补不同的词更有效；")
    other = dataclasses.replace(MADE, patched=dataclasses.replace(MADE.patched, handover=None))
    assert "layer 12 at “France”, 106% of the difference" in verdict(Settings(), other).en
    assert "第 12 层“France”处，恢复 106%" in verdict(Settings(), other).zh
    one = dataclasses.replace(MADE, ablated=dataclasses.replace(MADE.ablated, chosen=MADE.ablated.chosen[:1]))
    assert "without 1 induction head the loss" in verdict(Settings(), one).en
    assert "消融 2 个归纳头，重复的第二遍损失从 1.00 变为 4.00" in said.zh
    clicked = verdict(Settings(heads="7.1 8.2"), MADE)
    assert "without the 2 chosen heads the loss" in clicked.en and "消融点选的 2 个头" in clicked.zh
    parts = dataclasses.replace(MADE, ablated=dataclasses.replace(MADE.ablated, mlps=(9,)))
    clicked = verdict(Settings(heads="7.1 8.2 9.mlp"), parts)
    assert "without the 3 chosen parts the loss" in clicked.en and "消融点选的 3 个部件" in clicked.zh


def ablated(copied: float, plain: float, others: float = 1.0) -> Findings:
    return dataclasses.replace(
        MADE, ablated=dataclasses.replace(MADE.ablated, without=Losses(copied, plain), others=Losses(others, 3.0))
    )


def test_the_prediction_is_where_the_loss_rises_more() -> None:
    answers = [PREDICTION.outcome(Settings(), ablated(*losses)) for losses in ((2.0, 3.2), (1.1, 4.0), (1.05, 3.05))]
    assert [known.answer for known in answers if known] == ["copied", "plain", "neither"]
    none = dataclasses.replace(MADE, ablated=dataclasses.replace(MADE.ablated, chosen=()))
    assert PREDICTION.outcome(Settings(), none) is None
    mlp = dataclasses.replace(none, ablated=dataclasses.replace(none.ablated, mlps=(9,)))
    assert PREDICTION.outcome(Settings(heads="9.mlp"), mlp) is not None


def asked(found: Findings) -> str:
    return " ".join(item.question.en for item in follow_ups(Settings(), found))


def test_follow_ups_are_asked_where_they_hold() -> None:
    assert "are they useless" in asked(ablated(1.05, 3.0))
    assert "are they useless" not in asked(MADE)
    assert "Without other heads the loss rises by 0.30 nats, without these by 3.00" in asked(MADE)
    assert "Without other heads" not in asked(ablated(1.4, 3.0, 1.3))
    fewer = dataclasses.replace(MADE, ablated=dataclasses.replace(MADE.ablated, drawn=1))
    assert "Without other heads" not in asked(fewer), "fewer others show nothing about as many"
    assert "One head writes 4.81 of 5.92" in asked(MADE)
    small = dataclasses.replace(MADE, direct=dataclasses.replace(MADE.direct, largest=1.0))
    assert "One head writes" not in asked(small)
    against = dataclasses.replace(MADE, direct=dataclasses.replace(MADE.direct, total=-5.0))
    assert "One head writes" not in asked(against), "no head writes most of an answer that isn't preferred"
    assert "by 2.00: is that strength usable" in asked(MADE)
    mild = dataclasses.replace(MADE, steered=dataclasses.replace(MADE.steered, perplexity=16.0))
    assert "usable" not in asked(mild)
    assert "recovers 80% of the loss" in asked(MADE)
    for sparse in (None, dataclasses.replace(MADE.sparse, here=0.95), dataclasses.replace(MADE.sparse, here=None)):  # type: ignore[type-var]
        assert "recovers" not in asked(dataclasses.replace(MADE, sparse=sparse))


def test_follow_ups_speak_of_parts_where_an_mlp_is_ablated() -> None:
    for losses in ((1.05, 3.0), (4.0, 3.2)):
        found = ablated(*losses)
        found = dataclasses.replace(
            found, ablated=dataclasses.replace(found.ablated, mlps=(9,), drawn=3, others=Losses(1.1, 3.0))
        )
        questions = [item for item in follow_ups(Settings(heads="7.1 9.mlp"), found) if "rises by" in item.question.en]
        assert len(questions) == 1
        said = questions[0].question.en + questions[0].answer.en, questions[0].question.zh + questions[0].answer.zh
        assert "head" not in said[0] and "头" not in said[1], said


def test_what_the_heads_cost_is_explained_by_their_kind() -> None:
    def answer(settings: Settings) -> str:
        (found,) = (item.answer.en for item in follow_ups(settings, MADE) if "Without other heads" in item.question.en)
        return found

    assert "needs previous-token heads" in answer(Settings())
    assert "They don't copy themselves" in answer(Settings(head_kind="previous"))
    for settings in (Settings(head_kind="sink"), Settings(heads="7.1 8.2")):
        assert "needs previous-token heads" not in answer(settings) and "path patching" in answer(settings)


def test_steering_too_far_is_seen_in_the_perplexity_alone() -> None:
    failure = next(failure for failure in FAILURES if "far" in failure.label.en)
    for perplexity, seen in ((29.0, False), (31.0, True)):
        steered = dataclasses.replace(MADE.steered, perplexity=perplexity)
        assert failure.seen(Settings(), dataclasses.replace(MADE, steered=steered)) is seen

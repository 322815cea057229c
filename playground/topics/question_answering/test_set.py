"""The project's question set, counted by hand, and what is recorded of it."""

from __future__ import annotations

import dataclasses
import math

import pytest

from playground.data.sets import questions
from playground.evaluation.answers import answer_units
from playground.evaluation.overlap import token_f1
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import wilson
from playground.topics.question_answering import on_the_set, record
from playground.topics.question_answering.answering import Answer
from playground.topics.question_answering.findings import (
    KEPT,
)
from playground.topics.question_answering.on_the_set import Asked
from playground.topics.question_answering.prompts import CLOSED, OPEN
from playground.topics.question_answering.set_scores import CONFIDENCE, GAIN, TOTAL, score_set
from tests.conftest import tiny_llama, wrap


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    """A tiny model whose context holds the worked examples in bytes."""
    return wrap(tiny_llama(max_position_embeddings=4096))


def asked_by_hand() -> list[Asked]:
    item, other, empty = questions(Language.EN)[:3]
    right, wrong = Answer(item.answers[0], -0.2, 2), Answer("a barn", -3.0, 2)
    return [
        Asked(item, right, wrong, right, Answer("purple", -1, 1), "purple", -9.0),
        Asked(other, Answer("on " + other.answers[0], -0.6, 2), wrong, wrong, wrong, "Monday", -1.0),
        Asked(empty, Answer("Ann", -0.4, 1), wrong, None, None, "", -1.0),
    ]


def test_the_set_is_counted_as_by_hand() -> None:
    found = score_set(asked_by_hand(), (), Language.EN, OPEN, 0.7, 0)
    assert (found.scores[KEPT].exact.right, found.scores[KEPT].exact.count) == (1, 2)
    assert found.scores[KEPT].f1 == pytest.approx((1 + 2 / 3) / 2)
    assert (found.scores[KEPT].exact.low, found.scores[KEPT].exact.high) == wilson(1, 2)
    assert found.still and found.followed and found.unmoved
    assert (found.still.right, found.followed.right, found.unmoved.right, found.still.count) == (1, 1, 0, 1)
    # Confidences 0.90, 0.74 and 0.67: two are answered, one of them rightly; the unanswerable one is withheld.
    assert (found.at.count, found.at.wrong, found.at.coverage) == (2, 1, 2 / 3)
    assert found.right is not None and found.right.value == 0.5
    assert (found.leaked.right, found.leaked.count, found.lost.right, found.lost.count) == (0, 1, 0, 2)
    assert found.overall == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert [one.risk for one in found.curve] == [0, 1 / 2, 2 / 3]
    assert found.signals[CONFIDENCE].auroc == 1 and set(found.signals) == {CONFIDENCE, TOTAL, GAIN}
    assert found.signals[CONFIDENCE].aurc == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)


def test_live_answers_stand_in_for_recorded_ones() -> None:
    before = asked_by_hand()
    now = [dataclasses.replace(before[0], open=Answer("a barn", -1.0, 2))]
    found = score_set(now, before, Language.EN, OPEN, 0.7, 0)
    assert (found.count, found.live, found.scores[KEPT].exact.right) == (3, 1, 0)
    assert found.agreed is not None and (found.agreed.right, found.agreed.count) == (0, 1)
    assert score_set(before, (), Language.EN, OPEN, 0.7, 0).agreed is None


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("refusal", [False, True])
def test_the_record_is_of_these_questions_and_prompts(
    lm: LanguageModel, language: Language, refusal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record.read()["prompts"] == record.prompts_hash()
    assert on_the_set.recorded(lm, language, refusal) == ()
    monkeypatch.setattr(record, "fingerprint", lambda lm: record.read()["fingerprint"])
    found = on_the_set.recorded(lm, language, refusal)
    assert [one.item for one in found] == list(questions(language))
    assert all((one.removed is None) == (not one.item.answers) for one in found)
    assert on_the_set.written(found[0]) == record.read()["answers"][on_the_set.key_of(language, refusal)][0]


@pytest.mark.model
def test_the_record_is_what_the_model_answers(real_lm: LanguageModel) -> None:
    # In bfloat16 a near tie may turn.
    live = on_the_set.asked(real_lm, Language.EN, False, on_the_set.GROUP)
    same = [
        one.open.text == two.open.text
        for one, two in zip(live, on_the_set.recorded(real_lm, Language.EN, False), strict=False)
    ]
    assert sum(same) >= on_the_set.GROUP - 1


def test_a_closed_book_is_counted_by_its_own_answers() -> None:
    found = score_set(asked_by_hand(), (), Language.EN, CLOSED, 0.0, 0)
    assert found.at.wrong == found.at.count == 3
    assert found.signals[CONFIDENCE].auroc is None and GAIN not in found.signals


def test_a_refusal_is_withheld_at_any_threshold() -> None:
    one = asked_by_hand()[2]
    refused = Asked(one.item, Answer("not stated", -0.01, 2), one.closed, None, None, "", -1.0)
    found = score_set([*asked_by_hand()[:2], refused], (), Language.EN, OPEN, 0.0, 0)
    assert (found.at.count, found.leaked.right, found.refused_unanswerable.right) == (2, 0, 1)
    assert found.curve[-1].coverage == pytest.approx(2 / 3)


def test_the_card_counts_abstention_right() -> None:
    assert (560 + 140, 140 + 300) == (700, 440)
    answered, wrong = 1000 - 240 - 105, (300 - 240) + (140 - 70)
    assert (answered, wrong, f"{wrong / answered:.0%}", f"{answered / 1000:.1%}") == (655, 130, "20%", "65.5%")
    assert math.ceil((1000 - 50) / 150) * 1_000_000 * 768 * 4 == 21_504_000_000
    assert token_f1(answer_units("八元"), answer_units("十八元")) == pytest.approx(0.8)
    assert token_f1(answer_units("not in 1962"), answer_units("in 1962")) == pytest.approx(0.8)

"""Scores of short answers against SQuAD's own script, and by hand in Chinese."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest

from playground.evaluation.answers import normalize_answer, score_answer

ANSWERS = [
    "the old Library", "an old library!", "5:15", "at 5:15", "half-way", "half way", "$5.00", "A", "a cat and the dog", "cat dog dog", "re-use's",
]  # fmt: skip


def squad_normalize(text: str) -> str:
    """SQuAD 1.1's `normalize_answer`, written out again from its definition."""
    text = "".join(character for character in text.lower() if character not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_f1(prediction: str, truth: str) -> float:
    ours, theirs = squad_normalize(prediction).split(), squad_normalize(truth).split()
    if not ours or not theirs:
        return float(ours == theirs)
    common = (Counter(ours) & Counter(theirs)).total()
    if not common:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("truth", ANSWERS)
@pytest.mark.parametrize("prediction", ANSWERS)
def test_english_is_scored_as_by_squads_script(prediction: str, truth: str) -> None:
    found = score_answer(prediction, [truth])
    assert normalize_answer(prediction) == squad_normalize(prediction)
    assert found.exact == (squad_normalize(prediction) == squad_normalize(truth))
    assert found.f1 == pytest.approx(squad_f1(prediction, truth))


def test_the_best_accepted_answer_counts() -> None:
    found = score_answer("former tram depot", ["a depot", "a former tram depot"])
    assert found.exact and found.f1 == 1
    # Two of two words, two of three.
    assert score_answer("tram depot", ["a former tram depot"]).f1 == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))


def test_chinese_is_scored_by_characters() -> None:
    assert score_answer("“一座粮仓”。", ["一座粮仓"]).exact
    assert score_answer("５元", ["5元"]).exact
    # 粮仓 against 一座粮仓: both of its characters, half of the other's.
    assert score_answer("粮仓", ["一座粮仓"]).f1 == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert score_answer("2023 年春", ["2023年夏"]).f1 == pytest.approx(2 / 3)


def test_an_unanswerable_question_wants_no_answer() -> None:
    assert score_answer("", []).exact and score_answer("", []).f1 == 1
    assert not score_answer("green", []).exact and score_answer("green", []).f1 == 0
    assert not score_answer("", ["green"]).exact and score_answer("", ["green"]).f1 == 0
    assert score_answer("。", []).exact

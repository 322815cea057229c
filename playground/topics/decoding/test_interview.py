"""Prediction, verdict and follow-ups against hand-made findings."""

from __future__ import annotations

import dataclasses

import pytest

from playground.topics.decoding.findings import Findings, Parting, Side
from playground.topics.decoding.interview import PREDICTION, follow_ups, verdict
from playground.topics.decoding.settings import Constrained, Settings

PLAIN = Side("abc", 3, 1.0, 1.0, 0.0, -1.0, None, None, None, (), (), ())
SETTINGS = Settings(text="abc", a=Constrained(), b=Constrained())


def parted(token: int, a: str | None = "x", b: str | None = "y") -> Findings:
    known = b is not None
    return Findings(PLAIN, PLAIN, Parting(token, a, b, 3 if known else None, 0.125 if known else None))


@pytest.mark.parametrize(
    ("token", "answer"), [(1, "1-4"), (4, "1-4"), (5, "5-8"), (8, "5-8"), (9, "9-16"), (16, "9-16"), (17, "later")]
)
def test_the_guess_is_scored_by_the_token_at_which_b_leaves_a(token: int, answer: str) -> None:
    outcome = PREDICTION.outcome(SETTINGS, parted(token))
    assert outcome is not None
    assert outcome.answer == answer
    for words in (outcome.evidence.zh, outcome.evidence.en):
        assert str(token) in words and "0.125" in words and "3" in words


def test_a_side_that_had_ended_has_no_rank() -> None:
    outcome = PREDICTION.outcome(SETTINGS, parted(2, b=None))
    assert outcome is not None
    assert "the end" in outcome.evidence.en and "结束" in outcome.evidence.zh
    assert "rank" not in outcome.evidence.en


def test_equal_sides() -> None:
    found = Findings(PLAIN, PLAIN, None)
    outcome = PREDICTION.outcome(SETTINGS, found)
    assert outcome is not None
    assert outcome.answer == "never"
    words = verdict(SETTINGS, found)
    assert "All 3 tokens are the same" in words.en and "3 个词元全部相同" in words.zh


def test_the_verdict_has_the_figures_of_both_sides() -> None:
    found = Findings(
        dataclasses.replace(PLAIN, repeated_4=0.5, mean_log_probability=-0.25),
        dataclasses.replace(PLAIN, repeated_4=None, mean_log_probability=None),
        Parting(7, "x", "y", 2, 0.2),
    )
    words = verdict(SETTINGS, found)
    for sentence in (words.zh, words.en):
        assert all(part in sentence for part in ("7", "A 50%", "B –", "A −0.25"))


def looping(log_probability: float | None) -> Side:
    return dataclasses.replace(PLAIN, repeated_4=0.5, looping_log_probability=log_probability)


def asked(settings: Settings, found: Findings) -> str:
    return " ".join(item.question.en for item in follow_ups(settings, found))


@pytest.mark.parametrize(
    ("words", "settings", "found"),
    [
        ("so sure of them", SETTINGS, Findings(looping(-0.1), PLAIN, None)),
        ("Is its text worse", SETTINGS, Findings(PLAIN, dataclasses.replace(PLAIN, mean_log_probability=-2.0), None)),
        (
            "counts the prompt",
            dataclasses.replace(SETTINGS, b=Constrained(repetition_penalty=1.3)),
            Findings(PLAIN, PLAIN, None),
        ),
        (
            "wider beam",
            dataclasses.replace(SETTINGS, b=Constrained(strategy="beam", beams=3)),
            Findings(PLAIN, PLAIN, None),
        ),
        (
            "A's finished beams differ in length (2 to 5 tokens)",
            SETTINGS,
            Findings(dataclasses.replace(PLAIN, lengths=(2, 5, 3)), PLAIN, None),
        ),
        (
            "B's finished beams differ in length",
            SETTINGS,
            Findings(dataclasses.replace(PLAIN, lengths=(4, 4)), dataclasses.replace(PLAIN, lengths=(4, 3)), None),
        ),
        (
            "has to match “[0-9]+”",
            dataclasses.replace(SETTINGS, b=Constrained(regex="[0-9]+")),
            Findings(PLAIN, PLAIN, None),
        ),
        (
            "temperature comes before top-p",
            dataclasses.replace(SETTINGS, a=Constrained(strategy="sample")),
            Findings(PLAIN, PLAIN, None),
        ),
    ],
)
def test_each_follow_up_has_its_premise(words: str, settings: Settings, found: Findings) -> None:
    assert words in asked(settings, found)
    assert words not in asked(SETTINGS, Findings(PLAIN, PLAIN, None))


@pytest.mark.parametrize("log_probability", [None, -0.6])
def test_a_loop_that_the_model_is_not_sure_of_is_not_called_sure(log_probability: float | None) -> None:
    assert "so sure of them" not in asked(SETTINGS, Findings(looping(log_probability), PLAIN, None))


def test_an_uncounted_prompt_is_not_asked_about() -> None:
    settings = dataclasses.replace(SETTINGS, b=Constrained(repetition_penalty=1.3, count_prompt=False))
    assert "counts the prompt" not in asked(settings, Findings(PLAIN, PLAIN, None))


def test_without_an_expression_no_form_is_asked_about_and_a_long_one_is_cut() -> None:
    found = Findings(PLAIN, PLAIN, None)
    assert "has to match" not in asked(SETTINGS, found)
    long = dataclasses.replace(SETTINGS, b=Constrained(regex="[0-9]" * 12))
    assert f"“{('[0-9]' * 12)[:40]}…”" in asked(long, found)


def test_what_is_sure_but_no_loop_is_not_asked_about() -> None:
    few = dataclasses.replace(looping(-0.1), repeated_4=0.0)
    assert "so sure of them" not in asked(SETTINGS, Findings(few, PLAIN, None))
    assert "B's 4-grams" in asked(SETTINGS, Findings(PLAIN, looping(-0.1), None)), "the side that repeats more"
    unknown = dataclasses.replace(PLAIN, repeated_4=None)
    assert "B's 4-grams" in asked(SETTINGS, Findings(unknown, looping(-0.1), None))
    assert "A's 4-grams" in asked(SETTINGS, Findings(looping(-0.1), unknown, None))


def test_a_side_without_tokens_has_no_mean_to_compare() -> None:
    empty = dataclasses.replace(PLAIN, mean_log_probability=None)
    for found in (Findings(empty, PLAIN, None), Findings(PLAIN, empty, None)):
        assert "Is its text worse" not in asked(SETTINGS, found)


def test_the_evidence_names_both_tokens_or_the_end() -> None:
    for parting, said in (
        (parted(2), "A has “x”, B has “y”"),
        (parted(2, a=None), "A has the end, B has “y”"),
        (parted(2, b=None), "A has “x”, B has the end"),
    ):
        outcome = PREDICTION.outcome(SETTINGS, parting)
        assert outcome is not None and said in outcome.evidence.en, outcome.evidence.en

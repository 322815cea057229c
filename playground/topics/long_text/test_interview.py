"""What is said of a long text: the prediction, each branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

import pytest

from playground.topics.long_text import findings, interview
from playground.topics.long_text.conftest import SMALL, found_of
from playground.topics.long_text.findings import Estimate, Findings, Hits, Measured


def changed(**changes: object) -> Findings:
    return dataclasses.replace(found_of(SMALL), **changes)  # type: ignore[arg-type]


def hits(found: int, count: int = 9, greedy: int | None = None) -> Hits:
    return Hits(
        found,
        found if greedy is None else greedy,
        count,
        (0.0, 1.0),
        (0.0, 1.0),
        Estimate(0.0, None, None, count),
        None,
        "",
    )


@pytest.mark.parametrize(
    ("whole", "half", "answer"), [(2.0, 1.0, "two"), (2.59, 1.0, "two"), (3.0, 1.0, "between"), (4.0, 1.0, "four")]
)
def test_the_prediction_is_scored_by_the_clock(whole: float, half: float, answer: str) -> None:
    times = Measured(whole, half, 9.0, {})
    outcome = interview.PREDICTION.outcome(SMALL, changed(measured=times, tokens=200, half_tokens=100))
    assert outcome is not None and outcome.answer == answer
    assert interview.PREDICTION.outcome(SMALL, changed(half_tokens=found_of(SMALL).tokens)) is None


def test_the_prediction_is_of_a_doubling_where_the_first_half_is_longer_than_a_half() -> None:
    squared = Measured((648 / 384) ** 2, 1.0, 9.0, {})
    outcome = interview.PREDICTION.outcome(SMALL, changed(measured=squared, tokens=648, half_tokens=384))
    assert outcome is not None and outcome.answer == "four"
    assert "4.00 times per doubling" in outcome.evidence.en and "每翻一倍 4.00 倍" in outcome.evidence.zh


def test_the_verdict_with_and_without_distractors() -> None:
    three = {"literal": hits(9), "reworded": hits(4), "distracted": hits(2), "none": hits(1, 3)}
    said = interview.verdict(SMALL, changed(hits=three))
    assert said.zh.endswith("9 处里用原词提问找到 9 处，换词提问 4 处，有干扰句 2 处。")
    assert said.en.endswith("9 of 9 with the same words, 4 with other words, 2 with distractors.")
    del three["distracted"]
    assert interview.verdict(SMALL, changed(hits=three)).en.endswith("4 with other words.")


def asked(found: Findings) -> str:
    return " ".join(one.question.en for one in interview.follow_ups(SMALL, found))


def test_follow_ups_are_asked_where_their_premise_holds() -> None:
    base = found_of(SMALL)
    strategies_with = dict(base.strategies)
    strategies_with["disjoint"] = dataclasses.replace(
        base.strategies["disjoint"], against_whole=Estimate(0.3, 0.1, 0.5, 9)
    )
    strategies_with["overlapping"] = dataclasses.replace(
        base.strategies["overlapping"], against_whole=Estimate(0.1, 0.0, 0.2, 9)
    )
    worse = {"literal": hits(9), "reworded": hits(9), "distracted": hits(2)}
    bare = findings.WithoutStart(10.0, 90.0, Estimate(2.2, 2.0, 2.4, 9))
    said = asked(changed(strategies=strategies_with, hits=worse, without_start=bare))
    for part in ("Disjoint windows", "start token", "Without distractors", "past the window of 24"):
        assert part in said
    assert "greedy" not in said and "rewording" not in said
    easier = {"literal": hits(6), "reworded": hits(8), "distracted": hits(6)}
    assert "In other words it is found 8 of 9 times, in the needle's own words only 6 of 9" in asked(
        changed(hits=easier)
    )
    worse["reworded"] = hits(9, greedy=2)
    assert (
        "“other words”: by probability it is found 9 of 9 times, and greedy decoding begins with the answer 2 of 9"
        in (asked(changed(hits=worse)))
    )
    strategies_with["disjoint"] = dataclasses.replace(
        base.strategies["disjoint"], against_whole=Estimate(0.3, -0.1, 0.5, 9)
    )
    same = {"literal": hits(9), "reworded": hits(9), "distracted": hits(9)}
    key_values = dataclasses.replace(base.key_values, window=None)
    assert asked(changed(strategies=strategies_with, hits=same, without_start=None, key_values=key_values)) == ""

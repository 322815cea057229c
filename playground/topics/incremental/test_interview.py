"""Every branch of what is said of an update, each follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

import pytest

from playground.statistics.intervals import Mean
from playground.topics.incremental.findings import (
    Answer,
    Cost,
    Findings,
    Merged,
    Paced,
    Probe,
    Rows,
    Score,
    Swept,
    Vocabulary,
    Word,
)
from playground.topics.incremental.interview import PREDICTION, follow_ups, verdict
from playground.topics.incremental.lab import TOPIC
from playground.topics.incremental.settings import DATA, METHODS, Settings
from tests.every_topic.verdicts import check_verdict, numbers

COST = Cost(80, 100, 0, 2560, 0, 400, 1200)


def near(value: float, spread: float = 0.02) -> Mean:
    return Mean(value, 5, value - spread, value + spread)


def score(
    old: float, new: float, base: float = 0.95, drift: float = 0.5, naive: tuple[float, float] | None = (0.95, 0.7)
) -> Score:
    against = None if naive is None else near(old - naive[0])
    gained = None if naive is None else near(new - naive[1])
    return Score(near(old), near(new), near(base - old), against, gained, near(drift), 2, COST)


def merged(amount: float, old: float, new: float, tuned: float) -> Merged:
    return Merged(amount, near(old), near(new), near(0.95 - old), near(old - tuned), near(new - 0.3))


def findings(
    old: float = 0.94, replay: tuple[float, float] = (0.94, 0.7), adapter: tuple[float, float] = (0.94, 0.7), drift: float = 0.2, cold: float = 0.7,
    share: float = 0.1, probe: float = 0.0, middle: float = 0.5, rows: float = 0.0, fresh: tuple[str, ...] = (), data: str = "language", own: bool = False,
    amount: float = 0.5,
) -> Findings:  # fmt: skip
    naive = (old, 0.7)
    new = score(old, 0.7, naive=None)
    scores = {
        "new": new, "replay": score(*replay, drift=drift, naive=naive), "again": score(0.95, 0.7, naive=naive),
        "head": score(0.95, 0.4, naive=naive), "adapter": score(*adapter, naive=naive),
    }  # fmt: skip
    treated = Rows(near(0.9), near(0.3), near(0.9), near(0.35 + rows), near(0.1), near(rows))
    return Findings(
        data=data, own=own, repeated=0, seeds=5, names=("hotel", "book", "computer"), fresh=fresh, before_old=near(0.95), before_new=near(0.3),
        scores=scores, rank=2, share=share, ranks=(Swept(1.0, score(0.95, 0.5)), Swept(2.0, scores["adapter"])),
        shares=(Swept(0.0, new), Swept(0.1, scores["replay"]), Swept(0.5, score(0.95, 0.6))),
        paces=(Paced("rewarmed", 1.0, new), Paced("constant", 1.0, score(0.8, 0.71)), Paced("cold", 1.0, score(0.94, cold)), Paced("rewarmed", 3.0, score(0.7, 0.72))),
        merges=(merged(0.0, 0.95, 0.3, old), merged(0.5, middle, middle, old), merged(1.0, old, 0.7, old), merged(1.25, middle, middle, old)),
        amount=amount, probe=Probe(near(old + probe), near(probe), 10),
        vocabulary=Vocabulary(300, 120, 0.8, True, {"unknown": dataclasses.replace(treated, against=None), "random": treated, "mean": treated}, (Word("the", 30, 0.2),), 0.0, ("dies",)),
        answers={name: Answer("hotel", 0.9) for name in ("base", *METHODS, "merge")}, parameters=5155, examples=70, new_examples=210, held_old=180, held_new=120,
    )  # fmt: skip


SETTINGS = Settings()


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("old", [0.02, 0.7, 0.94, 0.99])
@pytest.mark.parametrize("own", [False, True])
def test_the_verdict_is_one_sentence_with_the_same_numbers_in_every_branch(data: str, old: float, own: bool) -> None:
    for replay in (0.5, old, 0.99):
        check_verdict(TOPIC, SETTINGS, findings(old, replay=(replay, 0.7), adapter=(replay, 0.5), data=data, own=own))


def test_the_verdict_says_who_keeps_old_data_better() -> None:
    better = verdict(SETTINGS, findings(0.6, replay=(0.9, 0.7), adapter=(0.3, 0.7)))
    assert "10% of old data is better on old data" in better.en and "rank 2 is worse on old data" in better.en
    assert "分不出高下" in verdict(SETTINGS, findings(0.6, replay=(0.6, 0.7), adapter=(0.6, 0.7))).zh


def test_the_verdict_states_the_merge_that_was_set_and_not_the_best_on_the_data_it_reports() -> None:
    said = verdict(SETTINGS, findings(0.6, middle=0.4))
    assert "amount 0.5 has 40% [38%, 42%] on old and 40% [38%, 42%] on new data" in said.en
    assert "系数 0.5 时，旧 40% [38%, 42%]、新 40% [38%, 42%]" in said.zh


@pytest.mark.parametrize(("old", "answer"), [(0.97, "0"), (0.93, "0"), (0.85, "1"), (0.7, "2"), (0.1, "3")])
def test_the_prediction_is_the_share_lost(old: float, answer: str) -> None:
    outcome = PREDICTION.outcome(SETTINGS, findings(old))
    assert outcome is not None and outcome.answer == answer
    assert numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


PREMISES: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("new class", {"old": 0.05, "fresh": ("computer",)}, {"old": 0.05}),
    ("mix in half", {"old": 0.6, "replay": (0.9, 0.7)}, {"old": 0.6, "replay": (0.9, 0.5)}),
    ("mix in half", {"old": 0.6, "replay": (0.9, 0.7), "share": 0.4}, {"old": 0.6, "replay": (0.9, 0.7), "share": 0.5}),
    ("an improvement", {"old": 0.6, "adapter": (0.8, 0.5)}, {"old": 0.6, "adapter": (0.8, 0.7)}),
    (
        "distance of weights",
        {"old": 0.6, "replay": (0.9, 0.7), "drift": 0.5},
        {"old": 0.6, "replay": (0.9, 0.7), "drift": 0.1},
    ),
    ("re-warming cost", {"cold": 0.4}, {"cold": 0.69}),
    ("knowledge lost", {"old": 0.6, "probe": 0.3}, {"old": 0.6, "probe": 0.1}),
    ("average of weights", {"old": 0.6, "middle": 0.9}, {"old": 0.9, "middle": 0.9}),
    ("average of weights", {"old": 0.1, "middle": 0.4}, {"old": 0.1, "middle": 0.31}),
    ("large model's vocabulary", {"rows": 0.2}, {"rows": 0.01}),
    ("replay needed", {"old": 0.94}, {"old": 0.8}),
]


@pytest.mark.parametrize(("words", "premise", "without"), PREMISES)
def test_each_follow_up_is_asked_where_its_premise_holds_and_only_there(
    words: str, premise: dict[str, object], without: dict[str, object]
) -> None:
    asked = follow_ups(SETTINGS, findings(**premise))  # type: ignore[arg-type]
    assert any(words in item.question.en for item in asked), [item.question.en for item in asked]
    assert not any(words in item.question.en for item in follow_ups(SETTINGS, findings(**without)))  # type: ignore[arg-type]
    for item in asked:
        assert numbers(item.question.zh) == numbers(item.question.en), item.question


def test_a_merge_beyond_the_tuned_network_is_not_between_the_two() -> None:
    asked = [
        one.question.en
        for amount in (0.5, 1.25)
        for one in follow_ups(SETTINGS, findings(0.6, middle=0.8, amount=amount))
    ]
    assert len([question for question in asked if "The merge of amount 0.5" in question]) == 1
    assert not [question for question in asked if "amount 1.25" in question]

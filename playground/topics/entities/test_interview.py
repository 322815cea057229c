"""The verdict in every branch, the prediction, and every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

from playground.data.spans import KINDS
from playground.language.span_scores import SCHEMES, Score
from playground.topics.entities.findings import Entity, Findings, TagCounts
from playground.topics.entities.interview import PREDICTION, follow_ups, verdict
from playground.topics.entities.settings import Settings
from tests.every_topic.verdicts import numbers

SETTINGS = Settings()


def score(f1: float, recall: float = 0.5) -> Score:
    return Score(0.5, recall, f1, f1 - 0.1, f1 + 0.1, 10, 10, 64)


def scores(f1: float, recalls: tuple[float, float, float] = (0.5, 0.6, 0.7)) -> dict[str, dict[str, Score]]:
    kinds = {"all": score(f1)} | {kind: score(f1, recall) for kind, recall in zip(KINDS, recalls, strict=True)}
    return dict.fromkeys(SCHEMES, kinds)


ANN = Entity("Ann", 0, 3, "person", 0.9)
METHODS = ("viterbi", "argmax", "jieba", "copied", "free")


def by_hand(**changes: object) -> Findings:
    values: dict[str, object] = dict(
        language="zh", methods=dict.fromkeys(METHODS, (ANN,)), units=4, differing=0, illegal=0, listed=1, absent=(),
        yours=None, yours_missed=(), own={name: {"viterbi": scores(0.42), "argmax": scores(0.54)} for name in ("zh", "en")},
        held_out={"viterbi": scores(0.61)}, errors={}, tags={"viterbi": TagCounts(0.97, 0, 0, 9000)}, all_outside=0.9, by_ahead={},
    )  # fmt: skip
    return Findings(**(values | changes))  # type: ignore[arg-type]


def test_the_verdict_in_every_branch() -> None:
    plain = verdict(SETTINGS, by_hand())
    assert (
        "标出 1 个实体" in plain.zh and "marks 1 entity here, of which jieba and the copying prompt mark 1" in plain.en
    )
    none = verdict(SETTINGS, by_hand(methods=dict.fromkeys(METHODS, ())))
    assert "没有标出实体" in none.zh and "marks no entity" in none.en
    yours = {"viterbi": {scheme: score(0.25 if scheme == "strict" else 0.75) for scheme in SCHEMES}}
    labelled = verdict(SETTINGS, by_hand(yours=yours))
    assert "jieba" in labelled.zh and "jieba" in labelled.en, "the methods that agree are named"
    assert "严格 F1 为 0.25，部分 F1 为 0.75" in labelled.zh and "strict F1 is 0.25 and partial F1 0.75" in labelled.en
    for said in (plain, none, labelled):
        assert "0.42" in said.zh and "0.61" in said.en and numbers(said.zh) == numbers(said.en)


def test_the_three_methods_agree_only_on_border_and_kind() -> None:
    other = dataclasses.replace(ANN, kind="place")
    assert by_hand(methods=dict.fromkeys(METHODS, (ANN,)) | {"jieba": (other,)}).common == 0
    assert by_hand().common == 1


def test_the_prediction_is_the_lowest_recall_or_a_tie() -> None:
    for recalls, answer in (((0.5, 0.6, 0.2), "organisation"), ((0.5, 0.5, 0.7), "tie")):
        own = {name: {"viterbi": scores(0.4, recalls), "argmax": scores(0.54)} for name in ("zh", "en")}
        outcome = PREDICTION.outcome(SETTINGS, by_hand(own=own))
        assert outcome is not None and outcome.answer == answer and f"{recalls[2]:.2f}" in outcome.evidence.en


def test_with_labels_the_prediction_is_the_kind_of_those_missed() -> None:
    yours = {"viterbi": {scheme: score(0.5) for scheme in SCHEMES}}
    rome, acme, bob = (
        Entity("Rome", 8, 12, "place"),
        Entity("Acme", 16, 20, "organisation"),
        Entity("Bob", 4, 7, "person"),
    )
    for missed, answer, said in (
        ((), "none", "finds all 10 of your labelled entities, border and type"),
        ((rome,), "place", "of your 10 labelled entities it misses or gets wrong 1: Rome"),
        ((ANN, rome), "tie", "misses or gets wrong 2: Ann, Rome"),
        ((ANN, bob, acme), "person", "misses or gets wrong 3: Ann, Bob, Acme"),
    ):
        outcome = PREDICTION.outcome(SETTINGS, by_hand(yours=yours, yours_missed=missed))
        assert outcome is not None and outcome.answer == answer and said in outcome.evidence.en
        assert answer in dict(PREDICTION.options) and numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


def test_follow_ups_are_asked_where_their_premise_holds() -> None:
    def asked(**changes: object) -> str:
        return " ".join(item.question.en for item in follow_ups(SETTINGS, by_hand(**changes)))

    plain = asked()
    assert "forbidden tags" not in plain and "the text lacks" not in plain and "You labelled" not in plain
    assert "Without English labels" in plain and "and 0.54 with argmax" in plain
    assert "falls" not in plain, "0.42 and 0.61 have intervals that overlap"
    low = {name: {"viterbi": scores(0.3), "argmax": scores(0.54)} for name in ("zh", "en")}
    assert "Strict F1 of type person falls from 0.61 on held-out sentences to 0.30" in asked(own=low)
    assert "gives 2 forbidden tags" in asked(illegal=2)
    assert "lists 1 name that the text lacks" in asked(absent=("Bob",)) and "lists 2 names that" in asked(
        absent=("Bob", "Eve")
    )
    assert "“Ann”" in asked(yours_missed=(ANN,))
    assert "falls" not in asked(language="en", own=low)
    assert "falls" not in asked(own={name: {"viterbi": scores(0.7), "argmax": scores(0.54)} for name in ("zh", "en")})

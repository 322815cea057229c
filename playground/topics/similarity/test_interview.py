"""What is said of hand-made findings: the prediction, every branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
import re

from playground.data.sets import CHANGES
from playground.statistics.intervals import Share
from playground.statistics.paired import Difference
from playground.topics.similarity.findings import Alignment, Findings, Hubness, Method, Overlap, Recalled
from playground.topics.similarity.interview import PREDICTION, follow_ups, verdict
from playground.topics.similarity.measures import Correlation
from playground.topics.similarity.scoring import VARIANTS
from playground.topics.similarity.settings import Settings

SETTINGS = Settings()


def method(
    scores: tuple[float, ...] = (0.5, 0.2), right: int = 6, rho: float | None = 0.5, random_mean: float = 0.0
) -> Method:
    return Method(
        scores=scores,
        percentiles=tuple(0.9 for _ in scores),
        ranks=tuple(1 + sum(other > score for other in scores) for score in scores),
        random_mean=random_mean,
        random_low=-0.1,
        random_high=0.1,
        paraphrase_mean=0.5,
        reworded_mean=0.9,
        changed_mean=0.8,
        control_low=-0.15,
        control_high=-0.05,
        grades=Correlation(rho, rho, rho),
        changes={change: Share.of(right, 8) for change in CHANGES},
        controlled={change: Share.of(right - (change == "role"), 8) for change in CHANGES},
    )


def by_hand(binary: float = 0.9, rescored: float = 0.9, **changed: Method) -> Findings:
    methods = {name: method() for name in VARIANTS} | {"state": method(rho=0.7)} | changed
    return Findings(
        text="a",
        lines=("b", "c")[: len(methods["state"].scores)],
        language="en",
        layer=2,
        layers=3,
        centre=True,
        methods=methods,
        alignment=Alignment(("a",), ("b",), ((0.5,),)),
        random=1000,
        background=250,
        pairs=60,
        recalled=(
            Recalled("float32", 32, 2560, 1.0, 1.0, 1.0),
            Recalled("binary", 1, 80, binary, binary, binary),
            Recalled("rescored", 1, 80, rescored, rescored, rescored),
        ),
        vectors=100,
        hubness={
            "raw": Hubness(30, Share.of(10, 100), 2.0, 1.5, 2.5),
            "centred": Hubness(20, Share.of(0, 100), 0.5, 0.2, 0.8),
        },
        hubs_less=Difference(-1.5, -2.0, -1.0, 0.004),
        overlaps=(Overlap(0.5, 0.5),) * 2,
        hashes=128,
    )


def test_the_prediction_counts_negations() -> None:
    answers = []
    for right in (6, 4, 1):
        outcome = PREDICTION.outcome(SETTINGS, by_hand(state=method(right=right)))
        assert outcome is not None
        answers.append(outcome.answer)
        assert str(right) in outcome.evidence.zh and str(right) in outcome.evidence.en
    assert answers == ["most", "half", "few"]


def test_the_verdict_when_all_agree_when_they_do_not_and_with_a_single_line() -> None:
    assert verdict(SETTINGS, by_hand()).en.startswith(
        "All 7 methods rank line 1 first; the prompted state gives line 1 0.50"
    )
    other = verdict(SETTINGS, by_hand(bm25=method((0.1, 0.4))))
    assert "BM25 ranks line 2 first, the prompted state ranks line 1 first" in other.en and "BM25 把第 2 行" in other.zh
    zeros = by_hand(bm25=method((0.0, 0.0)))
    assert "BM25 gives 2 lines the same top score, the prompted state ranks line 1 first" in verdict(SETTINGS, zeros).en
    assert follow_ups(SETTINGS, zeros) == ()
    tied = verdict(SETTINGS, by_hand(edit=method((0.2, 0.2))))
    assert "don't all agree" in tied.en
    assert (
        "for BM25 and the prompted state it is line 1, not for edit distance;" in tied.en
        and "编辑距离不是；" in tied.zh
    )
    alone = by_hand(**{name: method((0.5,)) for name in VARIANTS})
    assert verdict(SETTINGS, alone).zh.startswith("只有一行")
    assert "correlates – with" in verdict(SETTINGS, by_hand(state=method(rho=None))).en


def test_no_question_without_its_premise() -> None:
    assert follow_ups(SETTINGS, by_hand()) == ()


def asked(found: Findings) -> str:
    (item,) = follow_ups(SETTINGS, found)
    figures = [sorted(re.findall(r"\d+(?:\.\d+)?", said)) for said in (item.question.zh, item.question.en)]
    assert figures[0] == figures[1]
    return item.question.en


def test_each_question_is_asked_by_its_premise_alone() -> None:
    assert "0.92 on average" in asked(by_hand(state_raw=method(random_mean=0.92)))
    assert "in only 1 of 8" in asked(by_hand(state=method(right=1, rho=0.7)))
    one = method(right=1, rho=0.7)
    blind = dataclasses.replace(one, changes=one.changes | {"negation": Share.of(0, 8)})
    (none,) = follow_ups(SETTINGS, by_hand(state=blind))
    assert "in none of 8" in none.question.en and "在 8 组里没有一组" in none.question.zh
    assert "BM25 picks line 2" in asked(by_hand(bm25=method((0.1, 0.4))))
    assert "recall of 0.60, rescored 0.95" in asked(by_hand(binary=0.6, rescored=0.95))
    assert "Best correlated with the grades is BM25 (0.80)" in asked(by_hand(bm25=method(rho=0.8)))


def test_the_two_comparisons_are_asked_about_where_they_part() -> None:
    plain = method(rho=0.7)
    shares = {change: Share.of(1 if change != "negation" else 6, 8) for change in CHANGES}
    parted = dataclasses.replace(plain, changes=shares, controlled={change: Share.of(5, 8) for change in CHANGES})
    assert "in 10 of 40 items and below the reworded sentence in 25 of 40" in asked(by_hand(state=parted))
    (item,) = follow_ups(SETTINGS, by_hand(state=parted))
    assert "[0.47, 0.76]" in item.answer.zh and "[0.47, 0.76]" in item.answer.en
    level = dataclasses.replace(parted, controlled={change: Share.of(4, 8) for change in CHANGES})
    assert follow_ups(SETTINGS, by_hand(state=level)) == ()


def test_best_graded_ignores_what_has_no_correlation() -> None:
    without = {name: method(rho=None) for name in VARIANTS}
    found = dataclasses.replace(by_hand(), methods=without)
    assert found.best_graded is None
    assert follow_ups(SETTINGS, found) == ()

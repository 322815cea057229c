"""What is said of hand-made findings: every branch of the verdict, the prediction, every follow-up and its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.language.word_graph import Arc
from playground.topics.chinese.compress import Fragment, Rate, Trained
from playground.topics.chinese.findings import Candidate, Findings, Graph, Place
from playground.topics.chinese.forms import Form, Gap
from playground.topics.chinese.interview import PREDICTION, follow_ups, verdict
from playground.topics.chinese.settings import Settings
from playground.topics.chinese.tokens import Token

SETTINGS = Settings(text="南京市猫")
WHOLE, PART = Token(7, "南京", "南京", False), Token(8, "⟨E7 8C⟩", "猫", True)
NAMES = ("bpe", "wordpiece", "unigram", "byte_bpe")


def graph(framed: tuple[float, ...] = (-5.0, -9.0), paths: int = 9, length: int = 3, runs: int = 1) -> Graph:
    """A graph whose best path is 南京市; `framed`: the model's log-probability of each candidate after the examples."""
    words = (("南京市",), ("南京", "市"))
    shares = (0.9, 0.05)
    candidates = tuple(
        Candidate(words[place], -10.0 - 3 * place, shares[place], one, one - 1) for place, one in enumerate(framed)
    )
    arcs = (Arc(0, 3, "南京市", -10.0, True), Arc(0, 2, "南京", -7.0, True), Arc(2, 3, "市", -6.0, True))
    return Graph("南京市", arcs, paths, candidates, ("南京市",), length, runs)


def made(
    lost: int = 0, lost_by_bpe: int = 0, without_hmm: tuple[str, ...] = ("南京市", "猫"), **changes: Any
) -> Findings:
    """Findings of a run on 南京市猫, of which one token is a piece of a character."""
    losses = {"bpe": lost_by_bpe, "wordpiece": lost, "unigram": lost_by_bpe, "byte_bpe": 0}
    found = Findings(
        characters=4,
        tokens=(WHOLE, PART),
        cuts={"precise": ("南京市", "猫"), "full": ("南京", "南京市", "猫"), "search": ("南京", "南京市", "猫")},
        without_hmm=without_hmm,
        graph=graph(),
        places=(Place(1, "南京市长江大桥", ("南京市", "长江大桥"), ("市长",)),),
        trained={name: Trained(600, ("南京市", "猫"), losses[name]) for name in NAMES},
        rates={
            name: Rate(1.5, 1.4, 1.6, losses.get(name, 0) / 4, 200) for name in ("character", "jieba", "model", *NAMES)
        },
        fragments=(Fragment("国", "U+56FD", 3, ("国",), dict.fromkeys(NAMES, ("国",))),),
        forms={"typed": Form("南京市猫", 2, 20.0), "traditional": Form("南京市貓", 3, 26.0)},
        gap=Gap(0.5, 0.2, 0.8, 0.1, -0.1, 0.3, 30),
    )
    return dataclasses.replace(found, **changes)


def questions(found: Findings) -> list[str]:
    return [asked.question.en for asked in follow_ups(SETTINGS, found)]


def test_the_verdict_by_the_models_choice() -> None:
    agreed = verdict(SETTINGS, made())
    assert agreed.en.startswith("The model reads 4 characters as 2 tokens, 1 of them bytes of a character; ")
    assert "of the 9 paths in the word graph “南京市” has 90.0%" in agreed.en and "of the best 2 too" in agreed.en
    assert "the text has 1 overlapping ambiguity;" in agreed.en and "全文有 1 处交集型歧义；词图的 9" in agreed.zh
    assert "词图的 9 条路径里，“南京市”占 90.0% 的概率，前 2 条里模型也最偏好它" in agreed.zh
    other = verdict(SETTINGS, made(graph=graph((-9.0, -5.0))))
    assert (
        "yet of the best 2 the model prefers “南京 / 市”" in other.en and "前 2 条里模型却偏好“南京 / 市”" in other.zh
    )


def test_the_verdict_without_a_choice() -> None:
    assert "没有歧义" in verdict(SETTINGS, made(graph=graph((-5.0,), paths=1))).zh
    assert "nothing is ambiguous" in verdict(SETTINGS, made(graph=graph((-5.0,), paths=1))).en
    # Of a part alone it can't be said that nothing is.
    part = verdict(SETTINGS, made(graph=graph((-5.0,), paths=1, length=30), places=()))
    assert "“南京市”的词图只有 1 条路径，全文有 0 处交集型歧义" in part.zh
    assert "of “南京市” has 1 path, and the whole text 0 overlapping ambiguities" in part.en
    assert "画不出词图" in verdict(SETTINGS, made(graph=None)).zh
    assert "no word graph" in verdict(SETTINGS, made(graph=None)).en


@pytest.mark.parametrize("framed", [(-5.0, -9.0), (-9.0, -5.0)])
def test_the_verdict_names_the_part_that_the_graph_is_of(framed: tuple[float, ...]) -> None:
    for part in (graph(framed, runs=2), graph(framed, length=30)):
        said = verdict(SETTINGS, made(graph=part))
        assert "“南京市”的词图的 9 条路径" in said.zh and "in the word graph of “南京市” “" in said.en


def test_the_prediction_is_the_number_of_tokens() -> None:
    outcome = PREDICTION.outcome(SETTINGS, made())
    assert outcome is not None and outcome.answer == 2.0
    assert "其中 1 个是不成字的字节" in outcome.evidence.zh


@pytest.mark.parametrize(
    ("found", "question", "asked"),
    [
        (made(), "stops inside a character", True),
        (made(tokens=(WHOLE,)), "stops inside a character", False),
        (made(graph=graph((-9.0, -5.0))), "Who is right", True),
        (made(), "Who is right", False),
        (made(graph=graph((-5.0,), paths=1)), "Who is right", False),
        (made(graph=None), "Who is right", False),
        (made(without_hmm=("南京", "市", "猫")), "Why did the HMM", True),
        (made(), "Why did the HMM", False),
        (made(lost=3, lost_by_bpe=1), "WordPiece lost 3 characters, BPE 1", True),
        (made(lost=1, lost_by_bpe=1), "Why do they differ", False),
        (made(), "Why do they differ", False),
    ],
)
def test_a_question_is_asked_where_its_premise_holds(found: Findings, question: str, asked: bool) -> None:
    assert any(question in one for one in questions(found)) is asked, questions(found)


def test_the_preference_is_among_the_candidates_that_were_scored() -> None:
    found = graph((-9.0, -5.0))
    assert found.preferred == 1 and found.margin == 3.0
    assert graph((-5.0,)).margin is None

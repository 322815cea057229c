"""What is said of the findings, on findings made by hand."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import Any

import pytest

from playground.evaluation.rouge import Rouge, Score
from playground.topics.summarization.copying import CopiedExample
from playground.topics.summarization.extractive import Bound
from playground.topics.summarization.findings import Findings, Summarized
from playground.topics.summarization.interview import PREDICTION, follow_ups, verdict
from playground.topics.summarization.on_the_set import SetScores
from playground.topics.summarization.reference import Reference
from playground.topics.summarization.settings import Settings

SETTINGS = Settings(sentences=2)
SENTENCES = ("One.", "Two.", "Three.", "Four.", "Five.", "A sixth sentence.")


def summary(f1: float | None, chosen: tuple[int, ...] = (), **changed: Any) -> Summarized:
    """A summary of that ROUGE-1 by character, equal precision and recall; None: there is no reference."""
    zero = Score(0.0, 0.0)
    scores = {} if f1 is None else {"character": Rouge(Score(f1, f1), zero, zero)}
    plain = Summarized("text", chosen, (), 0.3, 1.0, 5, 0.0, 0.0, 0.0, 3, 0, scores)
    return dataclasses.replace(plain, **changed)


def by_hand(
    values: dict[str, float] | None = None,
    textrank: tuple[int, ...] = (2, 0),
    ranks: tuple[float, ...] = (0.2, 0.1, 0.3, 0.1, 0.1, 0.1),
    centroid: tuple[int, ...] = (4, 1),
    example: CopiedExample | None = None,
    reference: bool = True,
    given: Reference | None = None,
    **model: Any,
) -> Findings:
    """Findings of a Chinese document: ROUGE-1 of 0.30, 0.40, 0.25, 0.20 (the model) and 0.50 (the bound) unless changed."""
    f1: dict[str, Any] = {"lead": 0.3, "textrank": 0.4, "centroid": 0.25, "model": 0.2, "bound": 0.5} | (values or {})
    if not reference:
        f1 = dict.fromkeys(f1)
    summaries = {
        "lead": summary(f1["lead"], (0, 1)),
        "textrank": summary(f1["textrank"], textrank, scores=ranks),
        "centroid": summary(f1["centroid"], centroid),
        "model": summary(f1["model"], **model),
    }
    if reference:
        summaries["bound"] = summary(f1["bound"], (1,))
    bound = Bound((1,), 21, exact=True) if reference else None
    return Findings(
        "zh",
        "character",
        SENTENCES,
        summaries,
        bound,
        given or Reference("x" if reference else "", "own" if reference else "none"),
        example,
        {},
        SetScores(40, 2, {}, 1, 2),
    )


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (by_hand(longest_copy=17, unsupported=3),
         "ROUGE-1 最高者：TextRank（0.40），抽取上界为 0.50；模型从原文最长连抄 17 个词，有 3 处名字或数字是原文没有的。",
         "The highest ROUGE-1 is that of TextRank (0.40), the extractive upper bound 0.50; the model's longest copied run, in words, is 17; names or numbers that the document lacks: 3."),
        (by_hand({"lead": 0.4}),
         "ROUGE-1 最高者：取前 2 句（Lead-2）、TextRank（0.40），抽取上界为 0.50；模型从原文最长连抄 5 个词，有 0 处名字或数字是原文没有的。",
         "The highest ROUGE-1 is that of the first 2 sentences (Lead-2) and TextRank (0.40), the extractive upper bound 0.50; the model's longest copied run, in words, is 5; names or numbers that the document lacks: 0."),
        (by_hand({"model": 0.55}, example=CopiedExample("灯塔", 9)),
         "ROUGE-1 最高者：模型（0.55），高过按三种 ROUGE 的平均选句的抽取上界（0.50）；模型抄的是提示里的示例“灯塔”，连抄 9 个词。",
         "The ROUGE-1 of the model (0.55) is above that of the extractive upper bound (0.50), which is the best in the mean of three kinds; the model copied the prompt's example “灯塔”, 9 words in a row."),
        (by_hand({"model": 0.5001}),
         "ROUGE-1 最高者：模型（0.50），抽取上界为 0.50；模型从原文最长连抄 5 个词，有 0 处名字或数字是原文没有的。",
         "The highest ROUGE-1 is that of the model (0.50), the extractive upper bound 0.50; the model's longest copied run, in words, is 5; names or numbers that the document lacks: 0."),
        (by_hand(dict.fromkeys(("lead", "textrank", "centroid", "model", "bound"), 0.0), text=""),
         "各方法的 ROUGE-1 都是 0.00，抽取上界为 0.00；模型没有生成任何内容。",
         "Every method has a ROUGE-1 of 0.00, the extractive upper bound 0.00; the model generated nothing."),
        (by_hand(reference=False, longest_copy=8),
         "没有参考摘要，ROUGE 无从计算；模型从原文最长连抄 8 个词，有 0 处名字或数字是原文没有的。",
         "There is no reference, so there is no ROUGE; the model's longest copied run, in words, is 8; names or numbers that the document lacks: 0."),
        (by_hand(reference=False, given=Reference("", "another", "候鸟数错了"), longest_copy=8),
         "参考摘要属于另一篇文章“候鸟数错了”，没有采用，ROUGE 无从计算；模型从原文最长连抄 8 个词，有 0 处名字或数字是原文没有的。",
         "The reference is that of another document, “候鸟数错了”, and wasn't used, so there is no ROUGE; the model's longest copied run, in words, is 8; names or numbers that the document lacks: 0."),
    ],
)  # fmt: skip
def test_the_verdict_in_every_branch(found: Findings, zh: str, en: str) -> None:
    said = verdict(SETTINGS, found)
    assert (said.zh, said.en) == (zh, en)
    assert numbers(zh) == numbers(en)


def test_a_lead_of_one_sentence_is_called_so() -> None:
    found = by_hand({"lead": 0.45})
    for settings, short in (
        (dataclasses.replace(SETTINGS, sentences=1), found),
        (SETTINGS, dataclasses.replace(found, sentences=("One.",))),
    ):
        said = verdict(settings, short)
        assert "取首句（Lead-1）" in said.zh and "the first sentence (Lead-1)" in said.en
        assert numbers(said.zh) == numbers(said.en)


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+\.\d+|\d+", text))


def test_the_best_are_the_highest_of_those_that_saw_no_reference() -> None:
    assert by_hand().best == ("textrank",)
    assert by_hand({"centroid": 0.4}).best == ("textrank", "centroid")
    assert by_hand({"model": 0.6}).best == ("model",)
    assert by_hand(reference=False).best == ()


@pytest.mark.parametrize(
    ("textrank", "ranks", "answer", "evidence"),
    [
        ((2, 0), (0.2, 0.1, 0.3), "3", "sentence 3 has the highest score: Three."),
        ((0,), (0.4, 0.1, 0.3), "1", "sentence 1 has the highest score: One."),
        ((5,), (0, 0, 0, 0, 0, 1.0), "later", "sentence 6 has the highest score: A sixth sentence."),
        ((0, 1), (0.25, 0.25, 0.2), "1", "2 sentences share the highest score, and the earliest of them is taken, sentence 1: One."),
    ],
)  # fmt: skip
def test_the_prediction_is_the_first_sentence_of_textrank(
    textrank: tuple[int, ...], ranks: tuple[float, ...], answer: str, evidence: str
) -> None:
    known = PREDICTION.outcome(SETTINGS, by_hand(textrank=textrank, ranks=ranks))
    assert known is not None
    assert (known.answer, known.evidence.en) == (answer, evidence)
    assert SENTENCES[textrank[0]] in known.evidence.zh and f"第 {textrank[0] + 1} 句" in known.evidence.zh


def test_a_long_sentence_is_shortened_in_the_evidence() -> None:
    found = dataclasses.replace(by_hand(textrank=(0,), ranks=(1.0, 0.0)), sentences=("x" * 61, "y"))
    known = PREDICTION.outcome(SETTINGS, found)
    assert known is not None and known.evidence.en.endswith(": " + "x" * 60 + "…")


COPIED, INVENTED, RANKED, MMR, GAP, BLIND = (
    "copied", "aren't in the source", "TextRank chose", "What happens at λ = 1", "the remaining gap", "Without a reference",
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "settings", "asked"),
    [
        (by_hand(), SETTINGS, {RANKED, MMR, GAP}),
        (by_hand(longest_copy=8), SETTINGS, {COPIED, RANKED, MMR, GAP}),
        (by_hand(longest_copy=7, unsupported=2), SETTINGS, {INVENTED, RANKED, MMR, GAP}),
        (by_hand(textrank=(1, 0)), SETTINGS, {MMR, GAP}),
        (by_hand(textrank=(0, 2)), SETTINGS, {RANKED, MMR, GAP}),
        (by_hand(centroid=(3,)), SETTINGS, {RANKED, GAP}),
        (by_hand(), dataclasses.replace(SETTINGS, novelty=1.0), {RANKED, GAP}),
        (by_hand({"model": 0.6}), SETTINGS, {RANKED, MMR}),
        (by_hand({"bound": 1.0}), SETTINGS, {RANKED, MMR}),
        (by_hand({"bound": 0.401}), SETTINGS, {RANKED, MMR}),
        (by_hand(reference=False), SETTINGS, {RANKED, MMR, BLIND}),
    ],
)
def test_a_question_is_asked_where_its_premise_holds(found: Findings, settings: Settings, asked: set[str]) -> None:
    questions = [one.question.en for one in follow_ups(settings, found)]
    known = (COPIED, INVENTED, RANKED, MMR, GAP, BLIND)
    assert {part for part in known if any(part in question for question in questions)} == asked
    assert len(questions) == len(asked)
    for one in follow_ups(settings, found):
        assert numbers(one.question.zh) == numbers(one.question.en)


def test_follow_ups_quote_the_findings() -> None:
    asked = {one.question.en: one for one in follow_ups(SETTINGS, by_hand(longest_copy=12, unsupported=2))}
    texts = {part: next(one for question, one in asked.items() if part in question) for part in (COPIED, INVENTED, RANKED, MMR, GAP)}  # fmt: skip
    assert "连抄了 12 个词" in texts[COPIED].question.zh and "12 words" in texts[COPIED].question.en
    assert "2 处" in texts[INVENTED].question.zh
    assert "第 3 句" in texts[RANKED].question.zh
    assert "第 2、5 句" in texts[MMR].question.zh and "λ 是 0.7" in texts[MMR].answer.zh
    for text in (texts[GAP].question.zh, texts[GAP].question.en, texts[GAP].answer.zh, texts[GAP].answer.en):
        assert "0.40" in text and "0.50" in text
    same_start = next(one for one in follow_ups(SETTINGS, by_hand(textrank=(0, 2))) if RANKED in one.question.en)
    assert "第 1、3 句，取前 2 句（Lead-2）是第 1、2 句" in same_start.question.zh
    assert "sentences 1 and 3, the first 2 sentences (Lead-2) are 1 and 2" in same_start.question.en
    assert any(
        "1 name or number marked here isn't" in one.question.en for one in follow_ups(SETTINGS, by_hand(unsupported=1))
    )


@pytest.mark.parametrize(
    ("shots", "penalty", "format_shown", "certain"),
    [(2, 1.0, True, True), (0, 1.0, False, True), (2, 1.3, True, False)],
)
def test_a_copy_is_explained_by_what_the_prompt_had_and_how_it_was_decoded(
    shots: int, penalty: float, format_shown: bool, certain: bool
) -> None:
    model = dataclasses.replace(SETTINGS.model, shots=shots, repetition_penalty=penalty)
    answer, *_ = (
        one.answer
        for one in follow_ups(dataclasses.replace(SETTINGS, model=model), by_hand(longest_copy=12))
        if COPIED in one.question.en
    )
    assert ("examples only show the format" in answer.en, "示例只告诉它格式" in answer.zh) == (format_shown,) * 2
    assert ("probabilities usually approach 1" in answer.en, "概率往往一路接近 1" in answer.zh) == (certain,) * 2


def test_a_score_or_a_bound_that_is_missing_is_not_compared() -> None:
    bound_alone = by_hand({"lead": None, "textrank": None, "centroid": None, "model": None})  # type: ignore[dict-item]
    known = by_hand()
    without_bound = dataclasses.replace(known, summaries=known.summaries | {"bound": summary(None, (1,))})
    for found in (bound_alone, without_bound):
        assert "remaining gap" not in " ".join(one.question.en for one in follow_ups(SETTINGS, found))
        assert "there is no ROUGE" in verdict(SETTINGS, found).en

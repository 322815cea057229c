"""The panels draw the findings."""

from __future__ import annotations

import dataclasses

from playground.evaluation.selective import Answered
from playground.lab.text import Language, Text
from playground.statistics.intervals import Share
from playground.topics.question_answering import panels
from playground.topics.question_answering.answering import MOST_TOKENS, Answer
from playground.topics.question_answering.chunking import Range
from playground.topics.question_answering.findings import SHUT, Reading
from playground.topics.question_answering.prompts import FORMS
from playground.topics.question_answering.test_interview import by_hand
from playground.topics.question_answering.test_set import asked_by_hand


def test_the_runs_own_answer_comes_first() -> None:
    found = by_hand()
    drawn = panels.answers(found.readings, "open", 0.5, "three pounds")
    assert drawn.highlight == (0,) and drawn.rows[0][:2] == (panels.READING_NAMES["kept"], "eight pounds")
    assert drawn.rows[-1][0] == Text(zh="把答案改成“three pounds”", en="contradicted: “three pounds”")
    closed = panels.answers(found.readings, "closed", 0.5, "")
    assert closed.rows[0][:2] == (panels.READING_NAMES[SHUT], "two dollars")


def test_the_passage_strikes_out_what_was_not_read_and_marks_the_span() -> None:
    found = by_hand()
    (drawn,) = panels.passage(found.passage, [Range(0, 28)], found.support, found.support[0]).passages
    assert "".join(span.text for span in drawn.spans) == found.passage
    by_text = {span.text: span for span in drawn.spans}
    assert by_text["eight pounds"].mark == "F1 1.00" and by_text["eight pounds"].score == 1
    assert by_text["A ticket costs "].mark == "S" and by_text[" It rains."].tone == "faint"
    assert by_text["."].mark == ""


def test_chunks_are_ranked_and_the_kept_ones_tinted() -> None:
    drawn = panels.ranking(by_hand().chunks[::-1])
    assert [row[0] for row in drawn.rows] == [1, 2] and drawn.highlight == (0,)
    assert drawn.rows[0][2] == "ticket" and drawn.rows[1][2] == "—"


def test_shares_have_their_interval_and_none_where_nothing_was_counted() -> None:
    assert panels.percent(Share.of(1, 6)) == "1/6 = 17% [3%, 56%]"
    assert panels.percent(None) is None and panels.percent(Share.of(0, 0)) is None
    rows = panels.on_the_set(by_hand().set).rows
    assert rows[0][1:] == ("6/12 = 50% [25%, 75%]", "0.60 [0.40, 0.80]") and rows[5][1] == "4/6 = 67% [30%, 90%]"


def test_the_curve_has_the_thresholds_mark_unless_nothing_is_answered() -> None:
    found = by_hand()
    drawn = panels.risk(found)
    assert drawn.lines[0].x == (2 / 18, 0.5) and drawn.lines[0].y == (0, 1 / 3)
    assert [(mark.x, mark.y) for mark in drawn.marks] == [(0.5, 1 / 3)]
    nothing = dataclasses.replace(found, set=dataclasses.replace(found.set, at=Answered(0.99, 0, 0, 18)))
    assert panels.risk(nothing).marks == () and panels.abstention(nothing).rows[0][1] is None


def test_the_table_says_that_the_prompt_was_chosen_on_its_questions() -> None:
    caveat = panels.on_the_set(by_hand().set).caveat
    assert caveat is not None and "was chosen by the EM on these very questions" in caveat.en
    assert "就是按这些题的 EM 选的" in caveat.zh
    # The numbers that it names are those of the prompts.
    assert [len(FORMS[language].shown) for language in Language] == [9, 6]
    assert "九个、英文六个" in caveat.zh and "nine in Chinese, six in English" in caveat.en


def test_an_answer_of_the_most_tokens_is_marked_and_counted() -> None:
    assert panels.answers(by_hand().readings, "open", 0.5, "").caveat is None
    cut = Answer("it opened in May when the", -2.0, MOST_TOKENS, cut=True)
    found = by_hand(main=Reading(cut, False, -2.0))
    drawn = panels.answers(found.readings, "open", 0.5, "")
    assert drawn.rows[0][1] == "it opened in May when the…"
    assert drawn.caveat is not None and "Answers that end in “…”: 1. They stop after 10 tokens" in drawn.caveat.en
    asked = [dataclasses.replace(one, closed=cut) for one in asked_by_hand()]
    items = panels.items(asked)
    assert {row[5] for row in items.rows} == {"it opened in May when the…"}
    assert items.caveat is not None and "“…”: 3." in items.caveat.en


def test_recall_and_signals() -> None:
    found = by_hand()
    assert [series.values for series in panels.recall(found.recalls).series] == [(0.5, 0.5, 0.5)] * 2
    assert panels.signals(found.set).rows[0][1:] == ("0.80 [0.60, 0.90]", "0.30 [0.20, 0.50]")

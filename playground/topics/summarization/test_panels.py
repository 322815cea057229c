"""The drawings of summarization: they show the findings' numbers and mark what is wrong in a text."""

from __future__ import annotations

import numpy as np
import pytest

from playground.lab.text import say
from playground.topics.summarization import panels
from playground.topics.summarization.copying import CopiedExample
from playground.topics.summarization.document import Summary, extract, read_document
from playground.topics.summarization.extractive import Bound
from playground.topics.summarization.fewshot import write
from playground.topics.summarization.findings import count, summarized
from playground.topics.summarization.on_the_set import Mean, SetScores
from playground.topics.summarization.settings import DEFAULT_REFERENCE, DEFAULT_TEXT
from playground.topics.summarization.states import Similarity
from tests.conftest import tiny_llama, wrap

DOCUMENT = read_document(DEFAULT_TEXT.zh, DEFAULT_REFERENCE.zh)
MADE = {
    "textrank": extract(DOCUMENT, "textrank", (2, 0), (0.2, 0.1, 0.3)),
    "lead": extract(DOCUMENT, "lead", (0, 1)),
    "bound": extract(DOCUMENT, "bound", (1,)),
}
BOUND = Bound((1,), 28, exact=True)


def test_a_passage_is_its_text_and_marks_what_is_wrong() -> None:
    document = read_document(DEFAULT_TEXT.en, DEFAULT_REFERENCE.en)
    text = "Port Alder will have a ferry to Gotham at 77."
    spans = panels.passage(document, Summary("model", text)).spans
    assert "".join(span.text for span in spans) == text
    assert [span.text for span in spans if span.tone == "warn"] == ["Gotham", "77"]
    assert [span.text for span in spans if span.tone == "b"] == ["Port Alder will have a ferry"]


@pytest.mark.parametrize(
    ("scores", "strengths"), [((1.0, 3.0, 2.0), (0, 1, 0.5)), ((0.2, 0.2), (0.5, 0.5)), ((0.0, 0.0), (0, 0)), ((), ())]
)
def test_tints_go_from_the_lowest_score_to_the_highest(scores: tuple[float, ...], strengths: tuple[float, ...]) -> None:
    assert Summary("textrank", "", scores=scores).strengths == pytest.approx(strengths)


def test_sentences_are_numbered_in_the_order_of_choice() -> None:
    passages = {say(one.name, "en"): one for one in panels.scores(DOCUMENT, {"lead": MADE["lead"]}).passages}
    assert [span.mark for span in passages["Lead-k"].spans[:3]] == ["1", "2", ""]


def test_rouge_of_each_method_and_none_of_the_reference() -> None:
    found = summarized(DOCUMENT, MADE)
    table = panels.rouge(DOCUMENT, found, BOUND)
    assert [row[0] for row in table.rows] == [panels.NAMES[name] for name in ("lead", "textrank", "bound")]
    of_textrank = found["textrank"].rouge
    expected = [score.f1 for unit in ("character", "word") for score in (of_textrank[unit].one, of_textrank[unit].two, of_textrank[unit].longest)]  # fmt: skip
    assert list(table.rows[1][1:]) == [*expected, of_textrank["ascii"].one.f1]
    assert table.caveat is not None and "28" in table.caveat.zh and "精确" in table.caveat.zh
    greedy = panels.rouge(DOCUMENT, found, Bound((1,), 28, exact=False)).caveat
    assert greedy is not None and "贪心" in greedy.zh
    parts = panels.rouge_parts(DOCUMENT, found)
    assert parts.rows[1][1:3] == (of_textrank["character"].one.precision, of_textrank["character"].one.recall)


def test_figures_of_each_summary_the_reference_last() -> None:
    found = summarized(DOCUMENT, MADE)
    rows = panels.figures(found).rows
    assert [row[0] for row in rows] == [panels.NAMES[name] for name in ("lead", "textrank", "bound", "reference")]
    one = found["reference"]
    assert rows[-1][1:] == (one.compression, one.coverage, one.longest_copy, one.novel_1, one.novel_2, one.novel_3, one.mentions, one.unsupported)  # fmt: skip


def test_the_prompt_says_which_examples_did_not_fit() -> None:
    assert panels.prompt("x", 2, 2).caveat is None
    said = panels.prompt("x", 1, 3).caveat
    assert said is not None and "3" in said.en and "1" in said.zh


def test_sentences_that_share_nothing_have_no_edges() -> None:
    drawn = panels.graph(np.full(2, 0.5), np.zeros((2, 2)))
    assert drawn.edges == () and drawn.caveat is not None
    joined = panels.graph(np.array([0.4, 0.6]), np.array([[0.0, 0.7], [0.7, 0.0]]))
    assert [edge.weight for edge in joined.edges] == [0.7] and joined.caveat is None


def test_states_and_the_set_show_their_numbers() -> None:
    table = panels.states({"lead": Similarity(0.9, 0.1), "another_summary": Similarity(0.8, 0.2), "reversed": Similarity(0.7, 0.3)})  # fmt: skip
    assert [row[1:] for row in table.rows] == [(0.9, 0.1), (0.8, 0.2), (0.7, 0.3)]
    assert table.caveat is not None and "0.80" in table.caveat.en and "0.70" in table.caveat.en
    kinds = {"one": Mean(0.3, 0.2, 0.4), "two": Mean(0.1, 0.0, 0.2), "longest": Mean(0.25, 0.15, 0.35)}
    bars = panels.on_the_set(SetScores(40, 2, {"lead": kinds}, wins=7, losses=30))
    (series,) = bars.series
    assert (series.values, series.low, series.high) == ((0.3, 0.1, 0.25), (0.2, 0.0, 0.15), (0.4, 0.2, 0.35))
    assert bars.caveat is not None and "on 7 and loses on 30" in bars.caveat.en


@pytest.mark.parametrize(
    ("text", "example", "expected"),
    [
        (DOCUMENT.sentences[1].text, None, "第 2 句"),
        (DOCUMENT.sentences[1].text, CopiedExample("灯塔", 9), "连续 9 个词与“灯塔”"),
        ("天鹅的数量没有变。", None, None),
    ],
)
def test_a_copy_is_said_with_its_source(text: str, example: CopiedExample | None, expected: str | None) -> None:
    shares = tuple(float(one.text == text) for one in DOCUMENT.sentences)
    model = count(DOCUMENT, Summary("model", text, scores=shares))
    lm = wrap(tiny_llama())
    *_, written = write(lm, "abc", 2, 1.0)
    shown = panels.finished_tokens(lm, written, DOCUMENT.language, model, example)
    assert len(shown.tokens) == len(written.continuation.ids)
    assert (expected in shown.caveat.zh) if expected and shown.caveat else (shown.caveat is None and expected is None)

"""Drawings: the marked texts join to the text, tables have no NaN, long texts are cut and say so."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from playground.data.spans import Span
from playground.language.span_scores import SCHEMES, Score
from playground.learning import entities
from playground.learning.entities import TAGS, units
from playground.statistics.intervals import wilson, with_interval
from playground.topics.entities import labelled, panels
from playground.topics.entities.findings import TagCounts, entities_of, score_yours
from playground.topics.entities.prompted import Answer
from playground.topics.entities.test_interview import by_hand


def test_the_marked_text_is_the_text() -> None:
    text = "王芳在 São Paulo。"
    found = entities_of(text, [Span(0, 2, "person"), Span(4, 13, "place")], [0.5, 0.25])
    drawn = panels.marked(text, {"viterbi": found, "jieba": ()})
    assert ["".join(span.text for span in passage.spans) for passage in drawn.passages] == [text, text]
    marks = [(span.text, span.mark, span.score) for span in drawn.passages[0].spans if span.mark]
    assert marks == [("王芳", "PER", 0.5), ("São Paulo", "LOC", 0.25)]


def test_probabilities_of_a_long_text_are_cut_and_say_so() -> None:
    for count, cut in ((3, False), (60, True)):
        parts = units("王" * count)
        drawn = panels.probabilities(parts, np.log(np.full((count, len(TAGS)), 1 / len(TAGS))), [0] * count)
        assert len(drawn.columns) == min(count, panels.MOST_COLUMNS) and (drawn.caveat is not None) == cut
        assert all(sum(column) == 1.0 or math.isclose(sum(column), 1) for column in zip(*drawn.values, strict=True))


def test_paths_show_where_they_differ() -> None:
    parts = units("王芳在")
    scores = np.log(np.full((3, len(TAGS)), 1 / len(TAGS)))
    person = [TAGS.index(tag) for tag in ("B-person", "I-person")]
    drawn = panels.paths(parts, scores, [*person, 0], [0, person[1], 0])
    assert [row[0] for row in drawn.rows] == ["王", "芳"] and drawn.highlight == (0,)
    assert [row[-1] for row in drawn.rows] == ["", "✗"]
    assert len(panels.paths(parts, scores, [0, 0, 0], [0, 0, 0]).rows) == 1
    assert drawn.caveat is None
    long = panels.paths(units("王" * 90), np.zeros((90, len(TAGS))), [person[0]] * 90, [0] * 90)
    assert (
        len(long.rows) == panels.MOST_ROWS and long.caveat is not None and long.caveat.en == "The first 80 of 90 rows."
    )


def test_every_kind_has_every_scheme_with_interval_and_n() -> None:
    drawn = panels.by_kind(by_hand(held_out=labelled.held_out()))
    assert [row[1] for row in drawn.rows[:4]] == list(panels.KIND_NAMES.values()) and len(drawn.rows) == 12
    scores = labelled.held_out()["viterbi"]
    person = scores["strict"]["person"]
    row = next(row for row in drawn.rows if row[1] == panels.KIND_NAMES["person"])
    right = round((person.precision or 0) * person.predicted)
    assert row[2:5] == (
        f"{person.gold}",
        with_interval(right / person.predicted, *wilson(right, person.predicted)),
        with_interval(right / person.gold, *wilson(right, person.gold)),
    )
    assert row[5:] == tuple(panels.said(scores[scheme]["person"]) for scheme in SCHEMES)
    assert all("[" in str(cell) for row in drawn.rows for cell in row[3:])
    assert drawn.caveat is not None and drawn.caveat.en.startswith(f"{person.texts:,}".replace(",", ""))


def test_the_flattering_figures_have_their_intervals() -> None:
    held = {"viterbi": {"strict": {"all": Score(0.7, 0.7, 0.701, 0.665, 0.732, 592, 592, 1000)}}}
    drawn = panels.flattering(
        by_hand(
            held_out=held, tags=dict.fromkeys(("viterbi", "argmax"), TagCounts(0.97, 0, 3, 10_000)), all_outside=0.94
        )
    )
    low, high = wilson(9700, 10_000)
    assert [item.unit for item in drawn.items[:3]] == ["%"] * 3
    assert drawn.items[1].interval == f"[{100 * low:.1f}, {100 * high:.1f}]"
    assert drawn.items[2].interval == "[66.5, 73.2]"
    assert drawn.caveat is not None and "10,000 units" in drawn.caveat.en and "1000 sentences" in drawn.caveat.en


def test_the_probe_says_on_how_much_it_was_trained_and_what_was_not_tried() -> None:
    drawn = panels.trained(entities.load().report)
    assert "Of 3000 sentences that are prepared for training it uses these 600" in drawn.text.en
    assert (
        "training on more wasn't tried and may help" in drawn.text.en
        and "116 in training, and only 36 held out" in drawn.text.en
    )
    assert (
        "备好的训练句有 3000 句，只用了这 600 句" in drawn.text.zh
        and "训练里 116 个，留出句里只有 36 个" in drawn.text.zh
    )


def test_lists_that_reached_a_limit_are_counted() -> None:
    whole = Answer((), (), (), "", -1.0, "prompt", 0)
    assert panels.prompts(whole, whole).caveat is None
    caveat = panels.prompts(whole, dataclasses.replace(whole, limited=2)).caveat
    assert caveat is not None and "8 names and 48 tokens at most" in caveat.en and "0 copying, 2 free" in caveat.en


def test_scores_without_a_value_are_blank() -> None:
    assert panels.said(Score(None, None, None, None, None, 0, 0, 5)) == "–"
    assert panels.said(Score(1, 0.5, 0.667, 0.4, 0.9, 4, 2, 5)) == "0.67 [0.40, 0.90]"
    assert len(panels.yours(None).rows) == 1
    drawn = panels.yours(score_yours([Span(0, 1, "person")], {"viterbi": [], "jieba": [Span(0, 1, "person")]}))
    assert [row[1] for row in drawn.rows] == [0.0, 1.0]
    held = panels.held_out(by_hand(held_out=labelled.held_out()))
    assert all(str(row[3]).count("[") == 2 for row in held.rows if row[3] != "– / –")


def test_forbidden_transitions_are_blank_and_the_others_add_up() -> None:
    drawn = panels.transitions(entities.load())
    for before, row in enumerate(drawn.values):
        for tag, value in enumerate(row):
            assert (value is None) == (not entities.is_legal(before, tag))
        assert math.isclose(sum(value for value in row if value is not None), 1, abs_tol=1e-6)

"""Drawings: the marked texts join to the text, tables have no NaN, long texts are cut and say so."""

from __future__ import annotations

import math

import numpy as np

from playground.data.spans import Span
from playground.language.span_scores import Score
from playground.learning import entities
from playground.learning.entities import TAGS, units
from playground.topics.entities import panels
from playground.topics.entities.findings import entities_of, score_yours


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


def test_scores_without_a_value_are_blank() -> None:
    assert panels.said(Score(None, None, None, None, None, 0, 0, 5)) == "–"
    assert panels.said(Score(1, 0.5, 0.667, 0.4, 0.9, 4, 2, 5)) == "0.67 [0.40, 0.90]"
    assert len(panels.yours(None).rows) == 1
    drawn = panels.yours(score_yours([Span(0, 1, "person")], {"viterbi": [], "jieba": [Span(0, 1, "person")]}))
    assert [row[1] for row in drawn.rows] == [0.0, 1.0]


def test_forbidden_transitions_are_blank_and_the_others_add_up() -> None:
    drawn = panels.transitions(entities.load())
    for before, row in enumerate(drawn.values):
        for tag, value in enumerate(row):
            assert (value is None) == (not entities.is_legal(before, tag))
        assert math.isclose(sum(value for value in row if value is not None), 1, abs_tol=1e-6)

"""Panels that aren't plain: matches that join to the text, and tables that lack B or probabilities."""

from __future__ import annotations

from playground.topics.evaluation import panels
from playground.topics.evaluation.lab import references_of
from playground.topics.evaluation.test_lab import findings_of, tiny


def test_matches_join_to_the_text_and_deepen_with_the_n_gram() -> None:
    settings, found = findings_of(table="", text="we sat  on a hill", references="they sat on a chair")
    drawn = panels.matches(tiny(), found.a, found.b, references_of(settings.references), "word")
    first = drawn.passages[0]
    assert "".join(span.text for span in first.spans) == settings.text
    scores = {span.text.strip(): span.score for span in first.spans}
    assert scores["sat"] == 0.75 and scores["we"] is None and scores["hill"] is None
    assert [passage.spans[0].text for passage in drawn.passages[2:]] == ["they sat on a chair"]


def test_a_table_without_b_or_probabilities_is_drawn_with_what_it_lacks_said() -> None:
    _, found = findings_of(table="x,x\ny,x\nx,x\ny,y")
    labels = found.labels
    assert labels is not None and labels.b is None
    for panel in (panels.comparison(labels), panels.power(labels), panels.calibration(labels), panels.bins(labels, 10)):
        assert panel.caveat is not None
    (only,) = {len(row) for row in panels.classes(labels).rows}
    assert only == 8
    assert panels.confusion(labels).a.values == panels.confusion(labels).b.values


def test_edits_that_cannot_be_made_are_named() -> None:
    _, found = findings_of(table="", references="猫")
    drawn = panels.edited(found.edits, [], "猫")
    assert drawn.caveat is not None and "改数字" in drawn.caveat.zh and "another number" in drawn.caveat.en


def test_the_curve_of_power_passes_through_both_marks() -> None:
    _, found = findings_of()
    assert found.labels is not None and found.labels.comparison is not None
    drawn = panels.power(found.labels)
    (curve,) = drawn.lines
    points = dict(zip(curve.x, curve.y, strict=True))
    for mark in drawn.marks:
        known = points[mark.x]
        assert known is not None and abs(known - mark.y) < 0.01

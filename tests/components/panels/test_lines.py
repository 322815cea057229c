"""Curves: where the names of marks stand, and ticks between few whole numbers."""

from __future__ import annotations

import pytest

from components.panels import lines
from playground.lab import panels as p
from playground.lab.text import Language
from tests.components.panels.drawn import place


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("x", "anchor"), [(1.0, "left"), (9.9, "right")])
def test_a_marks_name_stands_where_there_is_room(log: bool, x: float, anchor: str) -> None:
    panel = p.Lines((p.Line("a", (1.0, 10.0), (1.0, 2.0)),), "x", "y", marks=(p.Mark(x, 1.0, "here"),), log_x=log)
    (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
    assert name.xanchor == anchor
    assert (name.ax < 0) == (anchor == "right")


@pytest.mark.parametrize(
    ("heights", "at", "below"),
    [
        ((1.0, 2.0, 3.0, 4.0), 1, True),
        ((4.0, 3.0, 2.0, 1.0), 1, False),
        ((4.0, 3.0, 2.0, 1.0), 3, False),
        ((1.0, 2.0, 3.0, 4.0), 3, False),
        ((1.0, 1.05, 3.0, 4.0), 0, False),
    ],
    ids=("rising", "falling", "falling, at the end", "rising, at the end", "no space below"),
)
def test_a_marks_name_does_not_lie_on_its_curve(heights: tuple[float, ...], at: int, below: bool) -> None:
    places = (0.0, 1.0, 2.0, 3.0)
    panel = p.Lines((p.Line("a", places, heights),), "x", "y", marks=(p.Mark(places[at], heights[at], "here"),))
    (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
    assert (name.ay > 0) == below


def test_names_of_marks_near_each_other_have_lines_of_their_own() -> None:
    marks = tuple(p.Mark(x, 1.0, f"at {x}") for x in (14.0, 16.0, 4.0))
    panel = p.Lines((p.Line("a", (0.0, 18.0), (0.0, 1.0)),), "x", "y", marks=marks)
    notes = {note.text: note for note in place(panel).update(panel)[1]["value"].layout.annotations}
    assert notes["at 16.0"].ay < notes["at 14.0"].ay == notes["at 4.0"].ay


def test_a_marks_name_does_not_lie_on_its_curve_on_logarithmic_axes() -> None:
    def below(heights: tuple[float, ...]) -> bool:
        line = p.Line("a", (1.0, 10.0, 100.0, 1000.0, 10_000.0), heights)
        panel = p.Lines((line,), "x", "y", marks=(p.Mark(10.0, heights[1], "here"),), log_x=True, log_y=True)
        (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
        return bool(name.ay > 0)

    # In steps of the axis the curve goes down beside the mark, and is high only at its far end.
    assert below((1.0, 10.0, 100.0, 1000.0, 10_000.0))
    assert not below((1.0, 100.0, 1.0, 1000.0, 10_000.0))


def test_a_mark_without_a_name_has_no_line_to_one() -> None:
    line = p.Line("x", (0.0, 1.0), (0.0, 1.0))
    for name, notes in (("", 0), ("here", 1)):
        chart = lines.figure(p.Lines((line,), marks=(p.Mark(0.5, 0.5, name),)), Language.EN)
        assert sum(note.showarrow is True for note in chart.layout.annotations) == notes


@pytest.mark.parametrize(("x", "whole"), [((1.0, 2.0, 5.0), True), ((1.0, 2.5), False), ((0.0, 40.0), False)])
def test_between_few_whole_numbers_there_are_no_ticks(x: tuple[float, ...], whole: bool) -> None:
    panel = p.Lines((p.Line("a", x, x),), "x", "y")
    assert (place(panel).update(panel)[1]["value"].layout.xaxis.dtick == 1) == whole

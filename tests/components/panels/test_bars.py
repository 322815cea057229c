"""Bars: their numbers, equal names, and which stand on which."""

from __future__ import annotations

import pytest

from components.panels import bars
from playground.lab import panels as p
from playground.lab.text import Language
from tests.components.panels.drawn import place


def test_equal_category_names_stay_apart() -> None:
    panel = p.Bars(("的", "的", "好"), (p.Series("s", (1.0, 2.0, 3.0)),))
    figure = place(panel).update(panel)[1]["value"]
    assert list(figure.data[0].x) == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == ["的", "的", "好"]


def test_a_bar_has_three_digits_and_its_hover_label_four() -> None:
    panel = p.Bars(("a", "b", "c"), (p.Series("s", (1 / 6, -0.09869, 1234.0)),))
    bars = place(panel).update(panel)[1]["value"].data[0]
    assert list(bars.text) == ["0.167", "−0.0987", "1,234"]
    assert [label for _, label in bars.customdata] == ["0.1667", "−0.09869", "1234"]


def test_stacked_series_are_in_one_group_on_each_side() -> None:
    series = (p.Series("s", (1.0, 2.0)), p.Series("t", (3.0, 4.0)))

    def groups(panel: p.Bars) -> list[str | None]:
        return [bar.offsetgroup for bar in place(panel).update(panel)[1]["value"].data]

    stacked, beside = (p.Bars(("a", "b"), series, stacked=stacked) for stacked in (True, False))
    assert len(set(groups(stacked))) == 1, "of different groups they would be drawn beside each other"
    assert len(set(groups(beside))) == 2
    both = p.SideBySide(stacked, stacked)
    sides = [bar.offsetgroup for bar in place(both).update(both)[1]["value"].data]
    assert sides[0] == sides[1] != sides[2] == sides[3]


def test_series_of_one_side_are_stacked_and_sides_stand_side_by_side() -> None:
    series = (p.Series("x", (3.0, -1.0)), p.Series("y", (-2.0, 2.0)))
    stack = p.Bars(("a", "b"), series, stacked=True)
    chart = bars.figure(stack, Language.EN)
    assert chart.layout.legend.traceorder == "normal"
    assert chart.layout.barmode == "relative" and len({trace.offsetgroup for trace in chart.data}) == 1
    both = bars.overlay(stack, stack, Language.EN)
    groups = [trace.offsetgroup for trace in both.data]
    assert groups[0] == groups[1] != groups[2] == groups[3]
    apart = bars.figure(p.Bars(("a", "b"), series), Language.EN)
    assert len({trace.offsetgroup for trace in apart.data}) == 2


@pytest.mark.parametrize("horizontal", [True, False])
def test_a_bars_number_has_room_beside_the_names(horizontal: bool) -> None:
    panel = p.Bars(("a", "b"), (p.Series("s", (-0.5, 1.0)),), horizontal=horizontal)
    layout = place(panel).update(panel)[1]["value"].layout
    low, high = (layout.xaxis if horizontal else layout.yaxis).range
    assert low < -0.5 - 0.1 * 1.5 and high > 1.0

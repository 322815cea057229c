"""Points: the lines between them, their intervals, symbols and names."""

from __future__ import annotations

import pytest

from components.panels import scatter
from playground.lab import panels as p
from playground.lab.text import Language
from tests.components.panels.drawn import place


def test_a_line_joins_points_and_names_them_among_many() -> None:
    points = (
        *tuple(p.Point(float(i), float(i % 5), f"n{i}", "many") for i in range(30)),
        p.Point(3.0, 9.0, "own", "one"),
    )
    chart = scatter.figure(p.Scatter(points, line=(4, 9, 20)), Language.EN)
    line, many, one = chart.data
    assert line.mode == "lines" and list(line.x) == [4.0, 9.0, 20.0]
    assert [name for name in many.text if name] == ["n4", "n9", "n20"]
    assert list(one.text) == ["own"]
    assert all(trace.text is None for trace in scatter.figure(p.Scatter(points), Language.EN).data)


def test_links_join_two_points_each_and_nothing_between_them() -> None:
    points = tuple(p.Point(float(i), float(i * i), f"n{i}") for i in range(6))
    links, _ = scatter.figure(p.Scatter(points, links=((0, 3), (4, 5))), Language.EN).data
    assert list(links.x) == [None, 0.0, 3.0, None, 4.0, 5.0] and list(links.y) == [None, 0.0, 9.0, None, 16.0, 25.0]
    assert links.mode == "lines" and not links.connectgaps
    line, _ = scatter.figure(p.Scatter(points, line=(1, 2), links=((0, 3),)), Language.EN).data
    assert list(line.x) == [1.0, 2.0, None, 0.0, 3.0]


def test_a_point_has_its_intervals_as_bars_and_in_its_hover() -> None:
    points = (
        p.Point(10.0, 0.5, "a", "g", y_interval=(0.1, 0.6)),
        p.Point(20.0, 0.4, "b", "g"),
        p.Point(30.0, 0.2, "c", "h", (28.0, 33.0), (0.2, 0.95)),
    )
    chart = scatter.figure(p.Scatter(points), Language.EN)
    first, second = chart.data
    assert first.error_x.array is None
    assert [list(ends) for ends in (first.error_y.array, first.error_y.arrayminus)] == [
        pytest.approx([0.1, 0.0]),
        pytest.approx([0.4, 0.0]),
    ]
    assert list(second.error_x.array) == [3.0] and list(second.error_x.arrayminus) == [2.0]
    assert [row[2] for row in first.customdata] == ["0.5 [0.1, 0.6]", "0.4"] and second.customdata[0][
        1
    ] == "30 [28, 33]"
    # No bar is cut off, and none runs through a name.
    assert chart.layout.yaxis.range[0] < 0.1 and chart.layout.yaxis.range[1] > 0.95 and chart.layout.xaxis.range[1] > 33
    assert next(iter(first.textposition)) != "top center"


def test_a_ninth_group_has_a_symbol_of_its_own_where_colours_repeat() -> None:
    points = tuple(p.Point(float(i), 1.0, f"n{i}", f"group {i}") for i in range(9))
    traces = scatter.figure(p.Scatter(points), Language.EN).data
    assert len({(trace.marker.symbol, trace.marker.color) for trace in traces}) == 9


def test_a_point_named_like_its_group_is_named_by_the_legend_alone() -> None:
    points = (p.Point(0.0, 0.0, "0.5", "grid"), p.Point(1.0, 1.0, "own", "own"))
    grid, own = scatter.figure(p.Scatter(points), Language.EN).data
    assert list(grid.text) == ["0.5"] and list(own.text) == [""] and own.customdata[0][0] == "own"
    (alone,) = scatter.figure(p.Scatter(points[1:]), Language.EN).data
    assert list(alone.text) == ["own"]


def test_names_of_near_points_stand_on_different_sides() -> None:
    points = (
        p.Point(0.0, 0.0, "alone"),
        p.Point(1.0, 1.0, "first"),
        p.Point(1.01, 1.0, "second"),
        p.Point(2.0, 2.0, "far"),
    )
    (trace,) = place(p.Scatter(points)).update(p.Scatter(points))[1]["value"].data
    assert trace.textposition[0] == trace.textposition[3] == scatter.ABOVE
    assert trace.textposition[1] != trace.textposition[2]


def test_a_name_at_the_end_of_a_figure_is_not_cut_off() -> None:
    crowd = tuple(p.Point(9.6 + 0.1 * step, 1.0 + 0.2 * step, "name of some length") for step in range(4))
    points = (p.Point(0.0, 0.0, "the first"), *crowd, p.Point(10.0, 1.1, "the last of them"))
    (trace,) = place(p.Scatter(points)).update(p.Scatter(points))[1]["value"].data
    assert "middle right" not in trace.textposition

"""What the panels of multi-task learning draw of the findings."""

from __future__ import annotations

import pytest

from playground.lab.panels import Point
from playground.topics.multi_task import panels
from playground.topics.multi_task.test_interview import findings, near


def test_the_front_holds_the_points_that_no_other_beats() -> None:
    points = [Point(0.9, 0.1), Point(0.5, 0.5), Point(0.4, 0.4), Point(0.1, 0.9)]
    assert panels._front(points) == [3, 1, 0]


def test_the_plane_has_every_weight_the_two_methods_and_single_networks() -> None:
    found = findings()
    drawn = panels.plane(found)
    assert len(drawn.points) == len(found.grid) + 3 and all(at < len(found.grid) for at in drawn.line)
    assert all(point.x_interval and point.y_interval for point in drawn.points)
    assert drawn.points[-1].y_interval == found.alone[1].interval
    assert drawn.points[-1].x == found.alone[0].value and drawn.points[-1].y == found.alone[1].value


def test_rows_of_the_small_task_and_of_this_weight_are_marked() -> None:
    found = findings()
    table = panels.together(found)
    assert table.highlight == (4, 5, 6, 7) and len(table.rows) == 8
    assert panels.budget(found).highlight == (0,)


@pytest.mark.parametrize(("name", "written"), [("domain", "12% [7%, 17%]"), ("length", "0.12 [0.07, 0.17]")])
def test_length_is_written_as_a_correlation(name: str, written: str) -> None:
    assert panels.written(name, near(0.12)) == written


def test_an_interval_ends_where_an_accuracy_does() -> None:
    assert panels.written("domain", near(0.9, 0.3)) == "90% [60%, 100%]"


def test_a_text_that_is_not_chinese_gets_a_caveat() -> None:
    found = findings()
    assert panels.answers(found, "房间很干净").caveat is None
    assert panels.answers(found, "The room was clean").caveat is not None

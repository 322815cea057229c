"""What the panels of continual learning draw of the findings."""

from __future__ import annotations

import numpy as np
import pytest

from playground.lab.panels import Point
from playground.lab.text import Language, say
from playground.topics.continual import panels
from playground.topics.continual.test_interview import findings, score


def test_the_front_holds_the_points_that_no_other_beats() -> None:
    points = [Point(1, 0.9), Point(10, 0.5), Point(20, 0.6), Point(100, 0.1), Point(100, 0.2)]
    assert panels._front(points) == (0, 1, 3)


def test_the_plane_has_every_strength_and_replay_twice() -> None:
    found = findings()
    drawn = panels.plane(found)
    assert len(drawn.points) == 3 + len(found.lambdas) + 2 * len(found.memories)
    assert all(point.x >= 1 for point in drawn.points)
    assert {point.y_interval for point in drawn.points} == {found.naive.forgetting.interval}


def test_intervals_are_cut_where_an_accuracy_ends() -> None:
    assert panels.percent(score(0.9, spread=0.3).average) == "90% [60%, 100%]"
    assert panels.percent(None) == "–"


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [("zh-hotel", "中文酒店", "Chinese hotel"), ("en-book", "英文书", "English book"), ("computer-0", "电脑差评", "bad computer"), ("hotel-1", "酒店好评", "good hotel")],
)  # fmt: skip
def test_classes_have_names_in_both_languages(name: str, zh: str, en: str) -> None:
    assert (panels.class_name(name).zh, panels.class_name(name).en) == (zh, en)


def test_the_best_method_that_does_not_keep_everything_is_marked() -> None:
    table = panels.methods(findings(replay=0.7, joint=0.9))
    assert say(table.rows[table.highlight[0]][0], Language.EN) == "replay"  # type: ignore[arg-type]
    assert len(table.columns) == len(table.rows[0])


def test_a_wrong_fisher_information_is_said_to_be_wrong() -> None:
    assert panels.fisher(findings(), "optimum").caveat is None
    assert panels.fisher(findings(), "batch").caveat is not None
    fisher = np.ones(100, np.float32)
    right, wrong = (panels.parameters(fisher, findings(), kind) for kind in ("optimum", "batch"))
    assert right.caveat is not None and wrong.caveat is not None
    assert "mistake" not in right.caveat.en and not right.warning
    assert wrong.caveat.en.startswith("Not the correct Fisher information") and wrong.warning


def test_every_parameter_with_information_is_counted_once() -> None:
    fisher = np.concatenate([10.0 ** -np.arange(1.0, 10.0).repeat(10), np.zeros(3), np.ones(7)]).astype(np.float32)
    drawn = panels.parameters(fisher, findings(), "optimum")
    assert [sum(filter(None, one.values)) for one in drawn.series] == [90, 7]
    assert drawn.edges[0] <= -9 and drawn.edges[-1] >= 0 and drawn.grid == (0.0,)
    assert drawn.caveat is not None and drawn.caveat.en.startswith("3 parameters have no")
    assert all("2.00 [1.95, 2.05]" in said for said in (drawn.caveat.zh, drawn.caveat.en))
    assert panels.parameters(np.zeros(100, np.float32), findings(), "optimum").grid == ()


def test_every_mean_of_the_methods_has_its_interval() -> None:
    for row in panels.methods(findings("task")).rows[1:]:
        assert all("[" in str(cell) for cell in row[1:] if cell != "–"), row

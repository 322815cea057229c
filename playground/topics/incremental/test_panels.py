"""What the panels of incremental training draw of the findings."""

from __future__ import annotations

import dataclasses

import pytest

from playground.lab.text import Language, say
from playground.statistics.intervals import Mean
from playground.topics.incremental import panels
from playground.topics.incremental.test_interview import findings, near


def test_intervals_are_cut_where_an_accuracy_ends() -> None:
    assert panels.percent(Mean(0.9, 5, 0.7, 1.2)) == "90% [70%, 100%]"
    assert panels.percent(None) == panels.NO_VALUE


def test_the_rank_curve_ends_at_all_parameters() -> None:
    drawn = panels.ranks(findings())
    assert drawn.lines[0].x == (1.0, 2.0, 4.0) and drawn.lines[0].y[-1] == findings().naive.old.value
    assert drawn.caveat is not None and "language model" in drawn.caveat.en


def test_the_merge_marks_this_runs_amount_on_both_curves() -> None:
    drawn = panels.merges(findings())
    assert [(mark.x, mark.y) for mark in drawn.marks] == [
        (0.5, findings().merged.old.value),
        (0.5, findings().merged.new.value),
    ]


def test_every_update_is_a_row_of_the_tables_and_the_plane() -> None:
    found = findings()
    assert len(panels.methods(found).rows) == 1 + len(found.scores) and len(panels.cost(found).rows) == len(
        found.scores
    )
    for table in (
        panels.methods(found),
        panels.cost(found),
        panels.paces(found),
        panels.vocabulary(found),
        panels.words(found),
        panels.answers(found),
    ):
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert len(panels.drift(found).points) == len(found.scores) + 1 + 1 + 3
    for point, score in zip(panels.drift(found).points, found.scores.values(), strict=False):
        assert (point.x_interval, point.y_interval) == (score.drift.interval, score.forgotten.interval)
    assert panels.paces(found).highlight == (0,)


def test_bars_end_where_a_drift_and_a_difference_of_accuracies_do() -> None:
    found = findings()
    wide = dataclasses.replace(found.naive, drift=near(0.1, 0.3), forgotten=near(0.9, 0.4))
    gained = dataclasses.replace(found.naive, forgotten=near(-0.8, 0.5))
    scores = found.scores | {"new": wide, "replay": gained}
    points = dict(zip(scores, panels.drift(dataclasses.replace(found, scores=scores)).points, strict=False))
    assert points["new"].x_interval == (0.0, pytest.approx(0.4)) and points["new"].y_interval == (
        pytest.approx(0.5),
        1.0,
    )
    assert points["replay"].y_interval == (-1.0, pytest.approx(-0.3))


def test_a_class_of_the_visitors_keeps_its_label() -> None:
    assert panels.class_name("film") == "film" and say(panels.class_name("hotel"), Language.ZH) == "酒店"

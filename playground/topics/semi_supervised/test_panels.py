"""The drawings: the plane's points and states by round, what is highlighted, and what is written where there is no number."""

from __future__ import annotations

import numpy as np

from playground.topics.semi_supervised import panels
from playground.topics.semi_supervised.places import find_places
from playground.topics.semi_supervised.pool import draw
from playground.topics.semi_supervised.self_training import NONE, Round, self_train
from playground.topics.semi_supervised.settings import Settings
from playground.topics.semi_supervised.test_interview import at, made
from playground.topics.semi_supervised.test_lab import clouds


def test_the_plane_has_each_point_in_one_state_a_round() -> None:
    pool = clouds()
    start = draw(pool.labels, 12, 0.0, 0)
    rounds = list(self_train(pool, start, threshold=0.8, rounds=3, keep=False, balanced=False))
    plane = panels.plane(pool, start, rounds, Settings())
    places = find_places(pool, start, rounds)
    assert len(plane.steps) == len(plane.notes) == 4 and plane.start == 3
    for number in range(4):
        there = [node for node in plane.nodes if node.sizes[number] is not None]
        assert len(there) == len(places.at), "every point once"
    names = {node.id: node for node in plane.nodes}
    for edge in plane.edges:
        (number,) = [at for at, weight in enumerate(edge.weights) if weight is not None]
        assert all(names[end].sizes[number] is not None for end in (edge.source, edge.target))
    drawn = slice(0, None, len(start.rest) // 56)
    pseudo, truth = rounds[3].pseudo[drawn][:56], pool.labels[start.rest][drawn][:56]
    wrong, right = int(((pseudo != NONE) & (pseudo != truth)).sum()), int((pseudo == truth).sum())
    assert wrong != right
    assert f"{right} pseudo-labels right, {wrong} wrong" in str(plane.notes[3])


def test_the_chosen_method_is_highlighted_and_intervals_are_written() -> None:
    found = made()
    table = panels.compared(
        found.methods, found.labels_only, found.characters, found.control, found.all_labels, "spreading"
    )
    assert table.highlight == (3,)
    assert table.rows[3][2] == "−0.100 [−0.120, −0.080]" and table.rows[0][2] == "–"


def test_classes_without_pseudo_labels_and_examples_without_mistakes() -> None:
    assert panels.classes(made().by_class).rows[1][2] == "–"
    pool = clouds()
    start = draw(pool.labels, 12, 0.0, 0)
    truth = pool.labels[start.rest]
    right = Round(truth, truth, np.ones(len(truth)), pool.held_out_labels)
    assert panels.examples(pool, start, right).rows[0][1] == "–"
    one = truth.copy()
    one[:] = NONE
    one[5] = (truth[5] + 1) % 3
    wrong = Round(one, one, np.full(len(truth), 0.9), pool.held_out_labels)
    assert len(panels.examples(pool, start, wrong).rows) == 1


def test_thresholds_show_first_and_last_round_and_marks_the_method_that_bought_nothing() -> None:
    found = made()
    assert len(panels.thresholds(found.thresholds).lines) == 4
    assert panels.bought(found.buying, at(0.85), "self").marks[0].y == 0.85

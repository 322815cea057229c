"""The panels draw the findings: marks, intervals, names and what is left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from playground.lab.text import Text, say
from playground.topics.cross_lingual import panels
from playground.topics.cross_lingual.findings import Confusion, Misjudged
from playground.topics.cross_lingual.lines import read_lines
from playground.topics.cross_lingual.settings import Settings
from playground.topics.cross_lingual.space import EN, ZH, Space, map_into
from playground.topics.cross_lingual.test_interview import SETTINGS, made, of

STATES = torch.tensor([[1.0, 0.0, 0.2], [0.0, 1.0, 0.1], [0.6, 0.8, 0.3]])


def test_the_figures_say_right_of_how_many() -> None:
    first, _, same, *_ = panels.figures(made(), SETTINGS).items
    assert first.a == pytest.approx(140 / 150)
    assert first.hint is not None and say(first.hint, "en").startswith("140 of 150, 95% interval [0.88, 0.9")
    assert same.hint is not None and "中英共 300 句" in same.hint.zh and "all 300 sentences" in same.hint.en
    fewer = panels.figures(made(same=of(20, 160)), SETTINGS).items[2].hint
    assert fewer is not None and "中英共 160 句" in fewer.zh and "all 160 sentences" in fewer.en


def test_cosines_are_raw_first_and_diverging_only_with_means_removed() -> None:
    sentences = read_lines("汤是冷的。 | The soup is cold, and so is the bread.\nhello")
    drawn = panels.cosines(sentences, STATES, None)
    assert not drawn.diverging and drawn.values[0][0] == pytest.approx(1)
    assert drawn.values[0][1] == pytest.approx(0.02 / np.sqrt(1.04 * 1.01))
    assert drawn.columns[1] == "The soup is col…"
    for removed in (True, False):
        mapped = map_into({ZH: STATES, EN: STATES + 1}, Space(removed), None)
        assert panels.cosines(sentences, STATES, mapped).diverging == removed


def test_own_sentences_without_a_translation_have_no_rank() -> None:
    own = made().own
    (row,) = panels.own(own, SETTINGS).rows
    assert row[3:5] == (0.7, "1 / 151") and row[5] == panels.NAMES[EN]
    (alone,) = panels.own([dataclasses.replace(own[0], rank=None)], SETTINGS).rows
    assert alone[4] is None
    assert "CSLS" in panels.own(own, dataclasses.replace(SETTINGS, scoring="csls")).columns


def test_every_sentence_is_a_point_of_its_group() -> None:
    texts = {ZH: ["一", "二", "三"], EN: ["one", "two", "three"]}
    mapped = map_into({ZH: STATES, EN: STATES + 1}, Space(True), None)
    sentences = read_lines("汤是冷的。 | The soup is cold.\nhello")
    drawn = panels.scatter(mapped, texts, sentences, STATES)
    assert [point.group for point in drawn.points] == [panels.NAMES[ZH]] * 3 + [panels.NAMES[EN]] * 3 + [
        panels.YOURS[ZH], panels.YOURS[EN], panels.YOURS[EN],
    ]  # fmt: skip
    ((one, other),) = drawn.links
    assert [drawn.points[place].name for place in (one, other)] == ["汤是冷的。", "The soup is cold."]


def test_the_layer_is_marked_on_the_curve_that_the_settings_use() -> None:
    raw, removed = [of(10), of(60), of(100), of(110)], [of(20), of(90), of(139), of(140)]
    drawn = panels.layers(raw, removed, 3, 2, SETTINGS)
    assert [(mark.x, mark.y) for mark in drawn.marks] == [(3.0, 140 / 150), (2.0, 139 / 150)]
    assert [line.y for line in drawn.lines] == [tuple(one.value for one in removed), tuple(one.value for one in raw)]
    assert drawn.lines[0].low == tuple(one.low for one in removed)
    (mark,) = panels.layers(raw, removed, 2, 2, dataclasses.replace(SETTINGS, removed=False)).marks
    assert mark.y == 100 / 150, "on the raw curve, and no second mark at the same layer"


def test_the_steps_end_with_these_settings() -> None:
    drawn = panels.steps(made().steps, SETTINGS)
    assert drawn.highlight == (4,) and drawn.rows[4][0] == panels.CHOSEN
    assert drawn.rows[2][0] == Text(
        zh="减均值 + 旋转（靠近恒等，20 对）", en="mean removed + rotation (near the identity, 20 pairs)"
    )
    assert drawn.rows[0][1] == "93% [88, 96]" and drawn.rows[0][3] == "80% [73, 86]"
    # Of 7 that change, 5 or more in one direction: 2 × (1 + 7 + 21) / 2⁷.
    assert drawn.rows[0][4] == "–" and drawn.rows[1][4] == "+5 −2 (p = 0.45)"
    assert drawn.rows[0][5] == "0.50 [0.45, 0.55]"
    hubs = panels.hub_figures(made().steps, SETTINGS)
    assert hubs.rows[2][0] == drawn.rows[2][0] and hubs.rows[0][1:] == ("0.50 [0.30, 0.70]", 30, "2% [1, 6]")


def test_the_bins_of_hubs_hold_every_sentence() -> None:
    counts = {name: np.array([0, 1, 1, 10, 75]) for name in ("raw", "removed", "csls", "chosen")}
    drawn = panels.hubs(counts)
    assert [sum(value or 0 for value in series.values) for series in drawn.series] == [5, 5, 5]
    assert drawn.edges[0] == -0.5 and drawn.edges[-1] > 75 and len(drawn.edges) <= 31


def test_the_ways_to_transfer_name_languages_numbers_and_the_difference() -> None:
    drawn = panels.transfer(made().transfer, SETTINGS, "removed")
    assert drawn.highlight == (2, 6)
    labels = [say(row[0], "en") for row in drawn.rows]  # type: ignore[arg-type]
    assert labels[0] == "40 English labels → English (in-language)" and labels[-1] == "40 labels of each language"
    assert labels[3] == "the same, then rotated (near the identity, 20 pairs)"
    assert labels[4:6] == ["16 Chinese labels alone", "40 English labels + 16 Chinese labels (few-shot)"]
    assert drawn.rows[0][3] is drawn.rows[6][3] is None and drawn.rows[2][3] == "−0.05 [−0.12, +0.02]"
    free = panels.transfer(made().transfer, dataclasses.replace(SETTINGS, rotation="free", source="zh"), "rotated")
    assert say(free.rows[3][0], "en") == "the same, then rotated (free, 20 pairs)" and free.highlight == (3, 6)  # type: ignore[arg-type]
    assert say(free.rows[0][0], "en").startswith("40 Chinese labels")  # type: ignore[arg-type]


def test_the_layer_that_the_source_labels_choose_is_marked_where_it_is_another() -> None:
    found = made().by_layer
    assert [mark.x for mark in panels.transfer_layers(found, 1, 1, SETTINGS).marks] == [1.0]
    marks = panels.transfer_layers(found, 3, 1, SETTINGS).marks
    assert [(mark.x, mark.y) for mark in marks] == [(3.0, 0.73), (1.0, 0.75)]


@pytest.mark.parametrize(("removed", "start"), [(True, 140 / 150), (False, 100 / 150)])
def test_the_curves_of_rotations_begin_without_one(removed: bool, start: float) -> None:
    drawn = panels.rotations(made(), Settings(removed=removed))
    assert all(line.x == (0.0, 10.0, 40.0) and line.y[0] == pytest.approx(start) for line in drawn.lines)
    assert [line.y[-1] for line in drawn.lines] == [pytest.approx(141 / 150), pytest.approx(139 / 150)]


def test_no_error_is_said_in_words() -> None:
    assert panels.confused(made()).rows[0][0] == Text(zh="全部找对", en="all are right")
    assert panels.misjudged(made()).rows[0][0] == Text(zh="没有判错的", en="none is wrong")
    found = made(
        confused=(Confusion("The soup is cold.", "汤是冷的。", "汤是热的。", 2),),
        misjudged=(Misjudged("不错", 1, False), Misjudged("太差", 0, True)),
    )
    assert panels.confused(found).rows == (("The soup is cold.", "汤是热的。", "汤是冷的。", 2),)
    assert [say(cell, "en") for row in panels.misjudged(found).rows for cell in row[1:]] == [  # type: ignore[arg-type]
        "positive", "wrong", "negative", "right",
    ]  # fmt: skip

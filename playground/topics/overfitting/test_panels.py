"""The drawings: what is marked, both sides on one scale of epochs, and what each mistake is compared with."""

from __future__ import annotations

import dataclasses

from playground.data.reviews import Labelled
from playground.lab.text import Language, say
from playground.statistics.intervals import Mean
from playground.topics.overfitting import panels
from playground.topics.overfitting.sentences import sentences_of
from playground.topics.overfitting.settings import Recipe, Settings
from playground.topics.overfitting.test_interview import at, made, made_side


def test_marks_come_once_trained_and_the_stop_only_with_patience() -> None:
    side = dataclasses.replace(made_side(), turn=at(1.6))
    settings = Settings()
    growing = panels.losses(side.curves, side.curves, settings)
    assert not growing.a.marks and not growing.b.marks
    drawn = panels.losses(side.curves, side.curves, settings, (side, side))
    assert [say(mark.name, "en") for mark in drawn.a.marks] == ["lowest: 1.6"]
    assert [say(mark.name, "en") for mark in drawn.b.marks][1] == "stop: 2.0"
    assert drawn.a.marks[0].y == 0.4
    assert [line.dash for line in drawn.a.lines] == ["solid", "dot"], (
        "B's solid is drawn dashed over A's: validation must be neither"
    )
    assert say(drawn.b_label, "en") == "32 hidden units · dropout 0.5 · weight decay 10 · early stopping, patience 4"
    assert say(panels.recipe(Recipe(augmentation="flip")), "zh") == "32 个隐藏单元 · 翻转否定（改变标签）"


def test_a_difference_keeps_its_interval_beside_the_figure() -> None:
    side = made_side()
    *_, accuracy, loss = panels.summary(side, side, Mean(0.0221, 5, 0.0071, 0.0382), Mean(-0.3, 1, None, None)).items
    assert (accuracy.a, accuracy.interval) == ("+0.022", "[+0.007, +0.038]")
    assert (loss.a, loss.interval) == ("−0.300", "") and not accuracy.unit


def test_mistakes_have_the_sign_of_their_cost() -> None:
    side = made_side(stop_loss=-0.2, gain=0.02)
    rows = panels.mistakes(side, side, made().forgotten).rows
    assert len(rows) == 6 and len(panels.mistakes(side, side, None).rows) == 4
    assert all("[" not in cell for row in rows[:5] for cell in row[1:3] if isinstance(cell, str)), (
        "five columns must fit"
    )
    assert rows[0][3] == "−0.020 [−0.030, −0.010]" and rows[0][4] == "+0.200 [+0.190, +0.210]"
    assert "dropout left on" in say(rows[4][0], "en")  # type: ignore[arg-type]


def test_sentences_are_shown_with_both_sides_once_trained() -> None:
    shown = sentences_of("The room was not clean.", [Labelled("很好", 1)], Language.ZH, 0.2, 0)
    assert [item.kind for item in shown] == 2 * ["none", "insert", "replace", "delete", "flip"]
    assert shown[4].text == "The room was clean." and shown[9].text == "不很好" and shown[5].label == 1
    before, after = (panels.sentences(shown, Language.ZH, *sides) for sides in ((), ([0.25] * 10, [0.5] * 10)))
    assert before.caveat is not None and panels.sentences(shown, Language.EN).caveat is None, (
        "it isn't in their language"
    )
    assert len(before.columns) == 3 and len(after.columns) == 5
    assert (
        after.rows[0][3:] == ("–", "–")
        and after.rows[5][3:] == ("0.25", "0.50")
        and all(len(row) == 5 for row in after.rows)
    )


def test_augmentations_are_in_points() -> None:
    drawn = panels.augmentations(made().augmented, 300)
    assert [round(value or 0, 3) for value in drawn.series[0].values] == [-1.0, -3.0]
    assert "300" in say(drawn.y_label, "en")

"""The drawings: what is marked, which intervals are written, and that nothing is drawn that doesn't exist."""

from __future__ import annotations

import torch

from playground.lab.text import Text, say
from playground.topics.multilingual import panels
from playground.topics.multilingual.experiment import Plan
from playground.topics.multilingual.language_lens import Reading
from playground.topics.multilingual.test_interview import lens, made

PLAN = Plan(160, 16, 5.0, False, 8, False, False, 30, 16, 5, 0)


def test_the_mixes_have_intervals_and_this_setting_is_highlighted() -> None:
    table = panels.mixes(PLAN, made().mixes)
    assert table.highlight == (1,)
    assert table.rows[0][6] == "0.640 [0.590, 0.690]" and table.rows[0][7] == "–"
    assert table.rows[4][7] == "−0.040 [−0.090, +0.010]"
    assert "n = 80" in say(table.columns[5], "en")


def test_equal_shares_are_one_mark_with_both_names() -> None:
    found = made(share=0.5)
    marks = panels.accuracy(found.sweep, found.mixes).marks
    assert [mark.x for mark in marks] == [0.1, 0.5]
    assert marks[1].name == Text(zh="本次设置、均分（T → ∞）", en="this setting, equal (T → ∞)")


def test_counts_of_unimax_are_not_drawn_at_a_temperature() -> None:
    import dataclasses

    assert len(panels.shares(PLAN, made().mixes).marks) == 2
    assert len(panels.shares(dataclasses.replace(PLAN, unimax=True), made().mixes).marks) == 1


def test_the_lens_is_coloured_by_han_minus_latin() -> None:
    mass = torch.tensor([[[0.7, 0.2, 0.0, 0.1]], [[0.1, 0.8, 0.0, 0.1]]])
    reading = Reading((" 猫",), (("a",), ("b",)), torch.zeros(2, 1), mass, lens(1))
    grid = panels.lens(reading)
    assert [round(row[0] or 0, 3) for row in grid.values] == [0.5, -0.7]
    assert grid.columns == ("1·猫",) and grid.texts == (("a",), ("b",)) and grid.caveat is None


def test_the_tax_compares_the_same_meanings_and_adds_the_own_text() -> None:
    table = panels.tax(made().tax, made().own)
    assert table.rows[2][6] == "1.03 [1.00, 1.06]" and table.rows[3][6] == "–"
    assert [row[3] for row in table.rows[:2]] == ["70", "68"]

"""What the panels of long texts draw: the findings' own numbers, and what they say beside them."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from playground.lab.panels import panels_of
from playground.lab.text import Language, say
from playground.topics.long_text import panels
from playground.topics.long_text.conftest import SMALL, finish, local_lm
from playground.topics.long_text.findings import Cell, Estimate, hits_of
from playground.topics.long_text.needle import Asked
from playground.topics.long_text.settings import Result


def test_every_panel_is_drawn_from_the_findings() -> None:
    result = finish(local_lm(), SMALL)
    found = result.findings
    assert found is not None
    assert all(getattr(result, item.name) is not None for item in panels_of(Result))
    assert result.held is not None and result.cost is not None and result.strategies is not None
    measured, formula, _ = result.held.lines
    assert measured.y == formula.y == tuple(size / 1e6 for size in found.key_values.formula.values())
    assert result.cost.measured and result.cost.lines[0].y == tuple(sorted(result.cost.lines[0].y))
    assert result.cost.lines[1].x == (found.tokens, 2 * found.tokens)
    assert [row[2] for row in result.strategies.rows[:4]] == [one.loss.count for one in found.strategies.values()]
    assert result.strategies.caveat is not None, "the cut's figure isn't comparable"


def test_the_map_has_a_row_for_each_condition_and_depth() -> None:
    cells = [
        Cell(condition, length, depth, 99, margin, margin > 1)
        for length in (10, 20)
        for depth in (0.0, 0.9)
        for condition, margin in (("literal", 2.0), ("distracted", -0.5 - depth))
    ]
    drawn = panels.needle_map(cells, Language.EN)
    assert [say(row, "en") for row in drawn.rows] == [
        "same words · 0%", "same words · 100%", "same words, distractors · 0%", "same words, distractors · 100%",
    ]  # fmt: skip
    assert drawn.columns == ("10", "20") and drawn.values[3] == (-1.4, -1.4) and drawn.diverging
    assert drawn.caveat is not None and "针视为英文" in drawn.caveat.zh and "filled up with English" in drawn.caveat.en
    assert drawn.texts[0] == ("+2.0 ✓", "+2.0 ✓") and drawn.texts[2] == ("−0.5", "−0.5")


def test_intervals_are_written_with_a_true_minus() -> None:
    one = Estimate(-0.25, -0.5, 0.125, 9)
    assert panels.interval(one) == "−0.25 [−0.50, 0.12]"
    assert panels.interval(one, ".3f", sign=True) == "−0.250 [−0.500, +0.125]"
    assert panels.interval(dataclasses.replace(one, mean=0.0, low=None, high=None), ".4g", power=True) == "1"


def test_a_reworded_question_that_shares_words_is_named() -> None:
    said = panels.hit_table({}, ("tower", "塔"), 4).caveat
    assert said is not None and "tower, 塔" in said.zh and "tower, 塔" in said.en and "25%" in said.en


def test_a_short_text_says_why_there_are_no_distances() -> None:
    drawn = panels.distance(())
    assert drawn.lines == () and drawn.caveat is not None


def test_loss_by_position_is_drawn_only_where_it_was_scored() -> None:
    one = SimpleNamespace(
        places=(*range(8), *range(16, 24), 320, 321), losses=np.array([1.0, 3.0] * 4 + [4.0] * 8 + [5.0, 7.0])
    )
    (line, *others) = panels.position({"whole": one, "disjoint": one, "overlapping": one}).lines  # type: ignore[dict-item]
    assert line.x == (8.0, 24.0, 40.0, 328.0) and line.y == (2.0, 4.0, None, 6.0)
    # A deviation of √(8/7) over √8, times 2.3646 from a table of Student's t with 7 degrees of freedom; two tokens are too few.
    assert line.low == (pytest.approx(2 - 2.3646 / 7**0.5, abs=1e-4), 4.0, None, None)
    assert line.high == (pytest.approx(2 + 2.3646 / 7**0.5, abs=1e-4), 4.0, None, None)
    assert all(other.y == line.y for other in others)
    assert all(other.low == () == other.high for other in others)


def test_margins_have_intervals_and_are_compared_cell_by_cell() -> None:
    def asked(condition: str, depth: float | None, margin: float) -> Asked:
        return Asked(condition, 64, depth, 99, margin, False, "")

    found = hits_of(
        [
            asked("literal", 0.0, 5.0),
            asked("literal", 1.0, 1.0),
            asked("distracted", 0.0, 3.0),
            asked("distracted", 0.9, -1.0),
            asked("literal", None, 0.5),
        ],
    )
    literal, distracted, none = found["literal"], found["distracted"], found["none"]
    # Of two values the deviation of the mean is half their distance; 12.7062 is from a table of Student's t, one degree of freedom.
    ends = (pytest.approx(3 - 2 * 12.7062, abs=1e-3), pytest.approx(3 + 2 * 12.7062, abs=1e-3))
    assert literal.margin.mean == 3.0 and (literal.margin.low, literal.margin.high) == ends
    assert literal.against_literal is None is none.against_literal and none.margin.low is None
    less = distracted.against_literal
    assert less is not None and (less.mean, less.low, less.high, less.count) == (-2.0, -2.0, -2.0, 2)
    rows = panels.hit_table(found, (), 4).rows
    assert [row[3:5] for row in rows] == [
        ("3.00 [−22.41, 28.41]", "–"), ("1.00 [−24.41, 26.41]", "−2.00 [−2.00, −2.00]"), ("0.50", "–"),
    ]  # fmt: skip

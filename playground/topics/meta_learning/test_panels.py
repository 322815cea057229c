"""What the panels of meta-learning draw of the findings."""

from __future__ import annotations

import pytest

from playground.lab.controls import fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.panels import SideBySide
from playground.lab.text import Language, say
from playground.statistics.intervals import mean
from playground.topics.meta_learning import panels
from playground.topics.meta_learning.experiment import Drawn
from playground.topics.meta_learning.points import read_points
from playground.topics.meta_learning.settings import METHODS, Settings
from playground.topics.meta_learning.test_interview import findings, score


def test_numbers_are_written_with_a_true_minus_and_shares_are_cut() -> None:
    assert panels.number(mean([-0.5, -0.7])).startswith("−0.60 [−")
    assert panels.percent(mean([0.9, 1.0])) == "95% [31%, 100%]"
    assert panels.percent(mean([-0.1, 0.1]), True).startswith("0% [−100%")
    assert panels.number(None) == panels.percent(None) == "–"


def test_the_lowest_loss_is_marked_and_divergence_is_said() -> None:
    table = panels.methods(findings())
    assert say(table.rows[table.highlight[0]][0], Language.EN) == "MAML (second order)"  # type: ignore[arg-type]
    assert table.caveat is None and not table.warning and len(table.columns) == len(table.rows[0])
    diverged = findings(joint=score(3.0, 900.0, diverged=True))
    for panel in (panels.methods(diverged), panels.by_step(diverged, {})):
        assert panel.caveat == panels.DIVERGED and panel.warning


def test_losses_stay_drawable_on_a_logarithmic_axis() -> None:
    drawn = panels.by_step(findings(maml=score(3.0, 0.0)), {})
    assert all(low is None or low > 0 for line in drawn.lines for low in line.low)
    assert all(y is not None and y > 0 for line in drawn.lines for y in line.y)


def test_curves_have_the_task_before_and_after_and_its_support() -> None:
    values = dict.fromkeys(METHODS, (0.0, 1.0))
    drawn = Drawn((-5.0, 5.0), (1.0, 2.0), values, values, values, ((1.0, 2.0), (3.0, 4.0)))
    shown = panels.curves(drawn, "maml", "joint")
    assert isinstance(shown, SideBySide) and len(shown.a.lines) == 4 and len(shown.a.marks) == 2
    own = panels.yours(drawn, {})
    assert len(own.lines) == len(METHODS) and own.placing is not None


def test_what_a_click_may_place_is_what_the_lab_takes() -> None:
    values = dict.fromkeys(METHODS, (0.0, 1.0))
    placing = panels.yours(Drawn((-5.0, 5.0), (1.0, 2.0), values, values, values, ()), {}).placing
    assert placing is not None and placing.setting in {item.path for item in fields_of(Settings)}
    ends = [f"{x} {y}" for x, y in zip(placing.x, placing.y, strict=True)]
    between = [f"{at / 10} 1" for at in range(placing.most - len(ends))]
    assert len(read_points("\n".join([*ends, *between]))) == placing.most
    for beyond in (f"{placing.x[1] + 0.1} 0", f"0 {placing.y[0] - 0.1}", "\n".join([*between, "3 3"])):
        with pytest.raises(PlaygroundError):
            read_points("\n".join([*ends, beyond]))


def test_the_cost_says_that_it_is_measured() -> None:
    table = panels.cost(findings())
    assert table.measured and next(row[1:3] for row in table.rows) == (3, 1)

"""What the panels of meta-learning draw of the findings."""

from __future__ import annotations

from playground.lab.panels import SideBySide
from playground.lab.text import Language, say
from playground.statistics.intervals import mean
from playground.topics.meta_learning import panels
from playground.topics.meta_learning.experiment import Drawn
from playground.topics.meta_learning.settings import METHODS
from playground.topics.meta_learning.test_interview import findings, score


def test_numbers_are_written_with_a_true_minus_and_shares_are_cut() -> None:
    assert panels.number(mean([-0.5, -0.7])).startswith("−0.60 [−")
    assert panels.percent(mean([0.9, 1.0])) == "95% [31%, 100%]"
    assert panels.percent(mean([-0.1, 0.1]), True).startswith("0% [−100%")
    assert panels.number(None) == panels.percent(None) == "–"


def test_the_lowest_loss_is_marked_and_divergence_is_said() -> None:
    table = panels.methods(findings())
    assert say(table.rows[table.highlight[0]][0], Language.EN) == "MAML (second order)"  # type: ignore[arg-type]
    assert table.caveat is None and len(table.columns) == len(table.rows[0])
    assert panels.methods(findings(joint=score(3.0, 900.0, diverged=True))).caveat is not None


def test_losses_stay_drawable_on_a_logarithmic_axis() -> None:
    drawn = panels.by_step(findings(maml=score(3.0, 0.0)), {})
    assert all(low is None or low > 0 for line in drawn.lines for low in line.low)
    assert all(y is not None and y > 0 for line in drawn.lines for y in line.y)


def test_curves_have_the_task_before_and_after_and_its_support() -> None:
    values = dict.fromkeys(METHODS, (0.0, 1.0))
    drawn = Drawn((-5.0, 5.0), (1.0, 2.0), values, values, values, ((1.0, 2.0), (3.0, 4.0)))
    shown = panels.curves(drawn, "maml", "joint")
    assert isinstance(shown, SideBySide) and len(shown.a.lines) == 4 and len(shown.a.marks) == 2
    assert len(panels.yours(drawn, {}).lines) == len(METHODS)


def test_the_cost_says_that_it_is_measured() -> None:
    table = panels.cost(findings())
    assert table.measured and next(row[1:3] for row in table.rows) == (3, 1)

"""What the panels of distributed training show of given numbers."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from playground.learning.distributed.job import Course, Report
from playground.learning.memory import ZERO_STAGES, memory
from playground.topics.distributed.panels import calculator, timeline, training
from playground.topics.distributed.test_lab import JOB, found_in, made_up, settings_of


def test_the_bars_and_the_table_say_the_same() -> None:
    cluster = settings_of().calculator.cluster
    every = tuple(memory(cluster, stage) for stage in ZERO_STAGES)
    panel, table = calculator.by_stage(cluster, every, 3), calculator.formulas(cluster, every[3], 3)
    bars = [series.values[3] for series in panel.series]
    rows = [row[3] for row in table.rows]
    assert bars == pytest.approx([1.75, 1.75, 10.5, 9.126805504])
    assert rows == pytest.approx([*bars, sum(bars)])
    assert "▶" in str(panel.categories[3]) and "23.1" in str(panel.categories[3])
    assert "▶" not in str(panel.categories[:3])


LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@pytest.mark.parametrize("stage", range(4))
@pytest.mark.parametrize("recompute", ["none", "attention", "layers"])
@pytest.mark.parametrize("sequence_parallel", [False, True])
@pytest.mark.parametrize("precision", ["mixed", "float32"])
def test_the_numbers_put_into_a_formula_give_its_result(
    stage: int, recompute: str, sequence_parallel: bool, precision: str
) -> None:
    values = {"tensor": 4, "pipeline": 2, "gpus": 64, "recompute": recompute, "sequence_parallel": sequence_parallel,
              "precision": precision, "parameters": 13.0, "layers": 40}  # fmt: skip
    cluster = settings_of(**{f"calculator.{name}": value for name, value in values.items()}).calculator.cluster
    for _, _, numbers, gigabytes, _ in calculator.formulas(cluster, memory(cluster, stage), stage).rows[:4]:
        plain = re.sub("×10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda power: f"e{power[1].translate(LOWERED)}", str(numbers))
        python = plain.replace("×", "*").replace("÷", "/").replace("[", "(").replace("]", ")")
        assert eval(python) / 1e9 == pytest.approx(gigabytes, rel=1e-3)  # noqa: S307 - our own arithmetic, read back


def test_the_timeline_by_hand() -> None:
    heatmap = timeline.timeline(made_up())
    assert len(heatmap.rows) == 8 and len(heatmap.values[0]) == len(heatmap.columns) == timeline.BINS
    busy_milliseconds = [sum(row) * 10 / timeline.BINS for row in heatmap.values]
    assert busy_milliseconds == pytest.approx([2, 3, 0, 4, 2, 3, 0, 4])


def test_the_account_of_a_step_by_hand() -> None:
    measured = found_in(made_up()).measured
    step, computing, hidden, bubble = timeline.account(dataclasses.replace(JOB, strategy="pipeline"), measured).items
    assert (step.a, computing.a, hidden.a, bubble.a) == pytest.approx((10, 50, 50, 20))
    assert len(timeline.account(JOB, measured).items) == 3


def test_the_strip_by_hand() -> None:
    report = made_up()
    loss, gradients, parameters, spread, step, load = training.figures(report, found_in(report)).items
    assert (loss.a, loss.b) == (1.0, 1.0)
    assert (gradients.a, parameters.a, spread.a) == ("2×10⁻⁸", "3×10⁻⁷", "0")
    assert (step.a, step.b, load.a) == pytest.approx((300, 200, 0))
    pipeline = made_up(spread=None)
    assert training.figures(pipeline, found_in(pipeline)).items[3].a is None


def test_both_losses_are_drawn() -> None:
    one, two = training.losses(JOB, made_up(together=Course((2.5, 1.5), (0.1, 0.3)))).lines
    assert one.x == two.x == (1.0, 2.0)
    assert (one.y, two.y) == ((2.0, 1.0), (2.5, 1.5))


def test_who_read_what_by_hand() -> None:
    table = training.reading(JOB, found_in(made_up()).reading)
    assert [row[1:4] for row in table.rows] == [(4, 0, 8), (2, 0.5, 4), (2, 0.5, 4), (3.5, None, 7)]
    assert table.rows[2][4] == "cdef…"


def test_times_say_when_they_were_taken_under_load() -> None:
    assert "under load: 40%" in timeline.load(made_up(stolen=0.4)).en
    assert "nearly free (5%" in timeline.load(made_up(stolen=0.05)).en
    assert "1 processor" in timeline.load(made_up(cores=1)).en
    for free, loaded, crowded in (
        [training.times(JOB, report) for report in (made_up(), made_up(stolen=0.4), made_up(stolen=0.4, cores=1))],
        [timeline.timeline(report) for report in (made_up(), made_up(stolen=0.4), made_up(stolen=0.4, cores=1))],
    ):
        assert "nearly free" in free.caveat.en and not free.warning and free.loaded is None  # type: ignore[union-attr]
        assert "under load: 40%" in loaded.loaded.en and not loaded.warning  # type: ignore[union-attr]
        assert loaded.caveat is None or "under load" not in loaded.caveat.en
        assert "1 processor" in crowded.caveat.en and crowded.warning and crowded.loaded is None  # type: ignore[union-attr]


def test_median_and_quartiles_are_drawn() -> None:
    bars = training.times(JOB, made_up(alone=Course((1.0,) * 5, (0.010, 0.020, 0.030, 0.040, 0.100))))
    (series,) = bars.series
    assert (series.low[0], series.values[0], series.high[0]) == pytest.approx((20, 30, 40))
    assert bars.measured and bars.caveat is not None


def traffic_of(report: Report, **changes: Any) -> tuple[Any, Any]:
    job, found = dataclasses.replace(JOB, **changes), found_in(report)
    return training.traffic(job, found), training.growth(job, found)


def test_the_bytes_sent_by_hand() -> None:
    table, growth = traffic_of(made_up())
    assert table.rows[0][1:] == (pytest.approx(404e-6), pytest.approx(400e-6), pytest.approx(1.01), "all_reduce ×1")
    (mark,) = growth.marks
    assert (mark.x, mark.y) == (2.0, pytest.approx(404e-6))
    assert "gloo does a reduce-scatter" in traffic_of(made_up(), strategy="fsdp")[0].caveat.en
    assert traffic_of(made_up(), exchange=False)[1].marks == ()


def test_a_system_that_does_not_count_says_so() -> None:
    table, growth = traffic_of(made_up(sent=(None, None)))
    assert [row[1] for row in table.rows] == [None, None]
    assert table.caveat is not None and "formula only" in table.caveat.en
    assert growth.marks == ()


def test_the_server_sends_more_the_more_there_are() -> None:
    ring, server = traffic_of(made_up())[1].lines
    assert ring.y[0] == server.y[0] == pytest.approx(100 * 4 / 1e6)
    assert ring.y[-1] < 2 * ring.y[0] and server.y[-1] == pytest.approx(127 * server.y[0])


def test_what_each_holds_is_drawn() -> None:
    bars = training.held(found_in(made_up()))
    assert len(bars.categories) == 3
    assert [series.values for series in bars.series] == [pytest.approx((0.0004,) * 3)] * 3

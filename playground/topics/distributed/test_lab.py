"""The lab's panels against hand computations, on one real training of two processes and on made-up reports."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from playground import running
from playground.lab.bench import Bench, Progress
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.validation import validate
from playground.learning.distributed.job import Course, Held, Job, Report, Span
from playground.topics.distributed import calculator, comparison, lab, timeline, words
from playground.topics.distributed.lab import Result, Settings, run
from tests.fakes import NoModels

SHORT = {"text": "多个进程一起训练同一个模型，每一步都要把梯度平均。", "batch": 8, "steps": 3, "hidden": "64"}


def settings_of(**values: Any) -> Settings:
    return validate(Settings, SHORT | values, Language.EN)


def bench() -> Bench:
    return Bench(NoModels())  # type: ignore[arg-type]


@functools.cache
def finished() -> Result:
    *_, result = run(settings_of(), bench())
    return result


def made_up(**changes: Any) -> Report:
    """Two processes that computed for half of a step of 10 ms, one second after the other."""
    held = Held(400, 400, 400)
    spans = (
        Span(0, "forward", 0.0, 0.002), Span(0, "backward", 0.002, 0.005), Span(0, "communication", 0.004, 0.008, "all_reduce"),
        Span(1, "forward", 0.005, 0.007), Span(1, "backward", 0.007, 0.010), Span(1, "communication", 0.004, 0.008, "all_reduce"),
    )  # fmt: skip
    parts: dict[str, Any] = dict(
        parameters=100, vocabulary=9, windows=20, alone=Course((2.0, 1.0), (0.2, 0.4)), together=Course((2.0, 1.0), (0.1, 0.3)),
        gradient_difference=2e-8, gradient_size=0.1, parameter_difference=3e-7, spread=0.0, sent=(404.0, 402.0), expected=(400.0, 400.0),
        held_alone=held, held=(held, held), read_alone=(0, 1, 2, 3, 4, 5, 6, 7), read=((0, 1, 4, 5), (2, 3, 5, 6)), spans=spans,
        stolen=0.0, cores=2,
    )  # fmt: skip
    return Report(**(parts | changes))


JOB = Job(text="abcdefghijklmnopqrstuvwxyz", batch=4, steps=2, context=4)


def test_the_calculator_comes_before_any_process() -> None:
    steps = run(settings_of(), bench())
    first = next(steps)
    assert first.memory is not None and first.formulas is not None and first.figures is None
    steps.close()


def test_the_bars_and_the_table_say_the_same() -> None:
    result = finished()
    assert result.memory is not None and result.formulas is not None
    bars = [series.values[3] for series in result.memory.series]
    rows = [row[calculator.GB_COLUMN] for row in result.formulas.rows]
    assert bars == pytest.approx([1.75, 1.75, 10.5, 9.126805504])
    assert rows == pytest.approx([*bars, sum(bars)])
    assert "▶" in str(result.memory.categories[3]) and "23.1" in str(result.memory.categories[3])


@pytest.mark.parametrize("stage", range(4))
@pytest.mark.parametrize("recompute", ["none", "attention", "layers"])
@pytest.mark.parametrize("sequence_parallel", [False, True])
@pytest.mark.parametrize("precision", ["mixed", "float32"])
def test_the_numbers_put_into_a_formula_give_its_result(
    stage: int, recompute: str, sequence_parallel: bool, precision: str
) -> None:
    values = {"tensor": 4, "pipeline": 2, "gpus": 64, "recompute": recompute, "sequence_parallel": sequence_parallel,
              "precision": precision, "parameters": 13.0, "layers": 40}  # fmt: skip
    settings = settings_of(**{f"calculator.{name}": value for name, value in values.items()})
    for _, _, numbers, gigabytes, _ in calculator.formulas(settings.calculator.cluster, stage).rows[:4]:
        python = str(numbers).replace("×", "*").replace("÷", "/").replace("[", "(").replace("]", ")")
        assert eval(python) / 1e9 == pytest.approx(gigabytes, rel=1e-3)  # noqa: S307 - our own arithmetic, read back


def test_the_prediction_is_14_gigabytes() -> None:
    outcome = lab.TOPIC.prediction.outcome(finished())
    assert outcome is not None
    assert outcome.answer == pytest.approx(14.0)
    assert lab.TOPIC.prediction.right(14, outcome) and not lab.TOPIC.prediction.right(112, outcome)


def test_a_real_run_of_two_processes_equals_one() -> None:
    result = finished()
    assert result.figures is not None and result.losses is not None and result.traffic is not None
    assert words.figure(result, comparison.GRADIENTS) < 1e-6
    assert words.figure(result, comparison.PARAMETERS) < 1e-6
    one, two = result.losses.lines
    assert one.x == two.x == (1.0, 2.0, 3.0)
    assert two.y == pytest.approx(one.y, abs=1e-5)
    for _, measured, expected, ratio, collectives in result.traffic.rows:
        assert ratio == pytest.approx(1, abs=0.05)
        assert ratio == pytest.approx(measured / expected)
        assert str(collectives).startswith("all_reduce")


def test_one_process_alone_sends_nothing() -> None:
    *_, result = run(settings_of(processes="1"), bench())
    assert result.traffic is not None and result.held is not None
    ((_, measured, expected, ratio, _),) = result.traffic.rows
    assert measured in (0, None) and expected == 0 and ratio is None
    assert words.figure(result, comparison.PARAMETERS) == 0
    assert len(lab.TOPIC.followups(settings_of(processes="1"), result)) >= 1


def launchers() -> list[str]:
    """Launchers of trainings that this process has started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if (
                int(fields[1]) == os.getpid()
                and fields[0] not in "ZX"
                and lab.LAUNCHER in (folder / "cmdline").read_text()
            ):
                found.append(folder.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("leaves", [True, False])
def test_nothing_runs_on_after_stop_or_when_the_visitor_leaves(leaves: bool) -> None:
    stop = threading.Event()
    values = SHORT | {"steps": 100, "strategy": "pipeline"}
    events = running.events(lab.TOPIC, values, Language.EN, lambda progress: NoModels(), stop)  # type: ignore[arg-type,return-value]
    for event in events:
        if isinstance(event, Progress) and event.fraction > 0.2:
            break
    assert len(launchers()) == 1
    if leaves:
        events.close()  # type: ignore[attr-defined]
    else:
        stop.set()
        with pytest.raises(Cancelled):
            list(events)
    until = time.monotonic() + 1.5
    while launchers() and time.monotonic() < until:
        time.sleep(0.02)
    assert launchers() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "abc"}, "text"),
        ({"batch": 7}, "batch"),
        ({"strategy": "pipeline", "micro_batches": 3}, "micro_batches"),
        ({"strategy": "pipeline", "micro_batches": 1, "schedule": "1f1b"}, "micro_batches"),
        ({"calculator.gpus": 12, "calculator.tensor": 8}, "calculator.gpus"),
        ({"calculator.heads": 6, "calculator.tensor": 4}, "calculator.tensor"),
        ({"calculator.layers": 2, "calculator.pipeline": 4}, "calculator.pipeline"),
    ],
)
def test_what_does_not_fit_together_names_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        next(run(settings_of(**values), bench()))
    assert caught.value.field == field


def test_the_least_text_that_is_asked_for_is_enough() -> None:
    with pytest.raises(PlaygroundError) as caught:
        settings_of(text="x", batch=16).job  # noqa: B018
    least = int(caught.value.message.en.split("needs ")[1].split(".")[0])
    job = settings_of(text="xy" * least, batch=16)
    assert dataclasses.replace(job, text="x" * least).job.context > 0
    with pytest.raises(PlaygroundError):
        dataclasses.replace(job, text="x" * (least - 1)).job  # noqa: B018


def test_the_timeline_by_hand() -> None:
    report = made_up()
    assert timeline.computing_share(report.spans) == pytest.approx(0.5)
    # Process 0 computes during 1 of its 4 ms of communication, process 1 during 3 of 4.
    assert timeline.hidden_share(report.spans) == pytest.approx(100 * 4 / 8)
    heatmap = timeline.timeline(report)
    assert len(heatmap.rows) == 8 and len(heatmap.values[0]) == len(heatmap.columns) == timeline.BINS
    busy_milliseconds = [sum(row) * 10 / timeline.BINS for row in heatmap.values]
    assert busy_milliseconds == pytest.approx([2, 3, 0, 4, 2, 3, 0, 4])


def test_the_account_of_a_step_by_hand() -> None:
    step, computing, hidden, bubble = timeline.account(dataclasses.replace(JOB, strategy="pipeline"), made_up()).items
    assert (step.a, computing.a, hidden.a, bubble.a) == pytest.approx((10, 50, 50, 20))
    assert len(timeline.account(JOB, made_up()).items) == 3


def test_who_read_what_by_hand() -> None:
    table = comparison.reading(JOB, made_up())
    assert [row[1:4] for row in table.rows] == [(4, 0, 8), (2, 0.5, 4), (2, 0.5, 4), (3.5, None, 7)]
    assert table.rows[2][4] == "cdef…"


def test_times_say_when_they_were_taken_under_load() -> None:
    assert "under load: 40 %" in timeline.load(made_up(stolen=0.4)).en
    assert "nearly free (5 %" in timeline.load(made_up(stolen=0.05)).en
    assert "1 processor" in timeline.load(made_up(cores=1)).en


def test_median_and_quartiles_by_hand() -> None:
    course = Course((1.0,) * 5, (0.010, 0.020, 0.030, 0.040, 0.100))
    bars = comparison.times(JOB, made_up(alone=course))
    (series,) = bars.series
    assert (series.low[0], series.values[0], series.high[0]) == pytest.approx((20, 30, 40))
    assert bars.measured and bars.caveat is not None


def test_a_system_that_does_not_count_says_so() -> None:
    table = comparison.traffic(JOB, made_up(sent=(None, None)))
    assert [row[1] for row in table.rows] == [None, None]
    assert table.caveat is not None and "formula only" in table.caveat.en
    assert comparison.growth(JOB, made_up(sent=(None, None))).marks == ()


def test_the_server_sends_more_the_more_there_are() -> None:
    ring, server = comparison.growth(JOB, made_up()).lines
    assert ring.y[0] == server.y[0] == pytest.approx(100 * 4 / 1e6)
    assert ring.y[-1] < 2 * ring.y[0] and server.y[-1] == pytest.approx(127 * server.y[0])


def follow_ups(report: Report, **values: Any) -> list[str]:
    settings = settings_of(**values)
    job = dataclasses.replace(JOB, strategy=settings.strategy)
    result = dataclasses.replace(
        finished(),
        formulas=calculator.formulas(settings.calculator.cluster, int(settings.calculator.zero)),
        figures=comparison.figures(job, report),
        traffic=comparison.traffic(job, report),
        account=timeline.account(job, report),
    )
    asked = lab.TOPIC.followups(settings, result)
    assert all(
        isinstance(one.question, Text) and "{" not in one.question.en + one.answer.en + one.answer.zh for one in asked
    )
    return [one.question.en for one in asked]


def test_follow_ups_depend_on_the_result() -> None:
    equal = follow_ups(made_up())
    assert any("why not 0" in question for question in equal) and any("64 processes" in one for one in equal)
    assert any("missing sampler" in one for one in follow_ups(made_up(gradient_difference=0.02), sampler=False))
    assert any("averaging them" in one.lower() for one in follow_ups(made_up(spread=0.1), exchange=False))
    assert any("FSDP measures" in one for one in follow_ups(made_up(), strategy="fsdp"))
    assert any("within one machine" in one for one in follow_ups(made_up(), strategy="tensor"))
    assert any("pipeline sends" in one for one in follow_ups(made_up(), strategy="pipeline"))
    fast = made_up(together=Course((2.0, 1.0), (0.1, 0.1)))
    assert any("twice as fast" in one for one in equal) and not any("twice as fast" in one for one in follow_ups(fast))
    assert any("Activations take" in one for one in follow_ups(made_up(), **{"calculator.sequence": 32768}))

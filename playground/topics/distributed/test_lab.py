"""The findings of one real training of two processes, and of made-up reports, against hand computations."""

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
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.learning.distributed.job import Course, Held, Job, Report, Span
from playground.learning.memory import memory
from playground.topics.distributed import lab, training
from playground.topics.distributed.findings import Findings, find, step_time
from playground.topics.distributed.lab import run
from playground.topics.distributed.overlap import collectives, computing_share, hidden_share, step_seconds
from playground.topics.distributed.reading import Reading, Readings, readings
from playground.topics.distributed.settings import Settings
from tests.fakes import NoModels

SHORT = {"text": "多个进程一起训练同一个模型，每一步都要把梯度平均。", "batch": 8, "steps": 3, "hidden": "64"}


def settings_of(**values: Any) -> Settings:
    return validate(Settings, SHORT | values, Language.EN)


def bench() -> Bench:
    return Bench(NoModels())  # type: ignore[arg-type]


def finish(**values: Any) -> Findings:
    *_, last = running.events(lab.TOPIC, settings_of(**values), lambda progress: NoModels())  # type: ignore[arg-type,return-value]
    assert isinstance(last, running.Finished)
    found: Findings = last.result.findings
    return found


@functools.cache
def finished() -> Findings:
    return finish()


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


def found_in(report: Report, settings: Settings | None = None) -> Findings:
    """The findings of a made-up report, with the memory of the settings' calculator."""
    calculator = (settings or settings_of()).calculator
    return find(JOB, report, memory(calculator.cluster, int(calculator.zero)))


def test_the_calculator_comes_before_any_process() -> None:
    steps = run(settings_of(), bench())
    first = next(steps)
    assert first.memory is not None and first.formulas is not None and first.figures is None
    steps.close()


def test_the_prediction_is_14_gigabytes() -> None:
    outcome = lab.TOPIC.prediction.outcome(settings_of(), finished())
    assert outcome is not None
    assert outcome.answer == pytest.approx(14.0)
    assert lab.TOPIC.prediction.right(14, outcome) and not lab.TOPIC.prediction.right(112, outcome)
    # Mixed precision: 2 bytes a weight, 2 a gradient, 12 of Adam's; 7 billion parameters over 8 GPUs.
    assert outcome.evidence.en == "weights 1.75 + gradients 1.75 + optimizer states 10.5 = 14 GB, excluding activations"


def test_the_chosen_stage_is_found() -> None:
    found = finished().memory
    assert (found.weights_gb, found.gradients_gb, found.optimizer_gb) == pytest.approx((1.75, 1.75, 10.5))
    # s·b·h·L × (4e+2 + 12e) with e = 2: 2048 × 4096 × 32 × 34.
    assert found.activations_gb == pytest.approx(2048 * 4096 * 32 * 34 / 1e9)
    assert found.states_gb == pytest.approx(14.0)


def test_a_real_run_of_two_processes_equals_one() -> None:
    found = finished()
    assert found.gradient_difference < 1e-6 < found.gradient_size
    assert found.parameter_difference < 1e-6
    assert found.together.first == pytest.approx(found.alone.first, abs=1e-5)
    assert found.together.last == pytest.approx(found.alone.last, abs=1e-5)
    assert found.measured.alone_ms > 0 and found.measured.together_ms > 0
    for sent, expected, ratio, counts in zip(
        found.measured.sent_bytes, found.expected_bytes, found.sent_ratios, found.measured.collectives, strict=True
    ):
        # A ring of two: each sends all gradients once, 4 bytes a number.
        assert expected == 4 * found.parameters
        assert sent is not None and ratio == pytest.approx(1, abs=0.05) and ratio == pytest.approx(sent / expected)
        assert set(counts) == {"all_reduce"}
    assert [one.windows for one in found.reading.processes] == [4, 4]
    assert found.reading.distinct_per_step == 8
    assert decode(Findings, encode(found)) == found


def test_one_process_alone_sends_nothing() -> None:
    found = finish(processes="1")
    assert (
        found.measured.sent_bytes in ((0,), (None,)) and found.expected_bytes == (0,) and found.sent_ratios == (None,)
    )
    assert found.parameter_difference == 0
    assert len(lab.TOPIC.followups(settings_of(processes="1"), found)) == 1
    said = lab.TOPIC.verdict(settings_of(processes="1"), found)
    assert said.en.startswith("1 process (data parallel (DDP)) against 1 process") and "parameters by 0;" in said.en


def launchers() -> list[str]:
    """Launchers of trainings that this process has started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if (
                int(fields[1]) == os.getpid()
                and fields[0] not in "ZX"
                and training.LAUNCHER in (folder / "cmdline").read_text()
            ):
                found.append(folder.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("leaves", [True, False])
def test_nothing_runs_on_after_stop_or_when_the_visitor_leaves(leaves: bool) -> None:
    stop = threading.Event()
    settings = settings_of(steps=100, strategy="pipeline")
    events = running.events(lab.TOPIC, settings, lambda progress: NoModels(), stop)  # type: ignore[arg-type,return-value]
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


def test_a_step_divides_by_hand() -> None:
    spans = made_up().spans
    assert step_seconds(spans) == pytest.approx(0.010)
    assert computing_share(spans) == pytest.approx(0.5)
    # Process 0 computes during 1 of its 4 ms of communication, process 1 during 3 of 4.
    assert hidden_share(spans) == pytest.approx(4 / 8)
    assert hidden_share(tuple(span for span in spans if span.lane != "communication")) is None
    assert collectives((*spans, Span(0, "communication", 0.008, 0.009, "all_reduce")), 0) == {"all_reduce": 2}


def test_who_read_what_by_hand() -> None:
    # Two steps of two windows each: 0 and 1, then 4 and 5; beside 2 and 3, then 5 and 6. Window 5 is read by both.
    assert readings(JOB, made_up()) == Readings(
        alone=Reading(4, 0, 8, "abcd"),
        processes=(Reading(2, 0.5, 4, "abcd"), Reading(2, 0.5, 4, "cdef")),
        distinct_per_step=3.5,
        distinct=7,
    )


def test_median_and_quartiles_by_hand() -> None:
    timing = step_time(Course((1.0,) * 5, (0.010, 0.020, 0.030, 0.040, 0.100)))
    assert (timing.low, timing.median, timing.high) == pytest.approx((0.020, 0.030, 0.040))
    assert step_time(Course((1.0,), (0.5,))).median == 0.5


def test_the_findings_of_a_report_by_hand() -> None:
    found = found_in(made_up())
    measured = found.measured
    assert (measured.alone_ms, measured.together_ms, measured.speedup) == pytest.approx((300, 200, 1.5))
    assert (measured.recorded_ms, measured.computing_share, measured.hidden_share) == pytest.approx((10, 0.5, 0.5))
    assert found.sent_ratios == pytest.approx((1.01, 1.005)) and measured.most_sent_bytes == 404
    assert measured.collectives == ({"all_reduce": 1}, {"all_reduce": 1})
    assert (found.alone.first, found.alone.last) == (2.0, 1.0)
    uncounted = found_in(made_up(sent=(None, None)))
    assert uncounted.sent_ratios == (None, None) and uncounted.measured.most_sent_bytes is None
    assert found_in(made_up(expected=(0.0, 0.0))).sent_ratios == (None, None)

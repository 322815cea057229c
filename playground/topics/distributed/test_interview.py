"""Verdict, follow-ups and failures of distributed training on made-up reports."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.learning.distributed.job import Course, Report
from playground.topics.distributed.cases import FAILURES
from playground.topics.distributed.findings import Findings
from playground.topics.distributed.interview import follow_ups, verdict
from playground.topics.distributed.test_lab import found_in, made_up, settings_of

# Two steps with the whole loss of training after the first.
FALLING = (2.0, 1.0)


def test_the_verdict_gives_differences_times_bytes_and_memory() -> None:
    said = verdict(settings_of(), found_in(made_up(sent=(2_560_000.0, 2_540_000.0))))
    assert said.en == (
        "2 processes (data parallel (DDP)) against 1 process with the whole batch: the first gradients differ by 2×10⁻⁸ at most, after 3 steps"
        " parameters by 3×10⁻⁷; a step takes 200.0 ms, with 1 process 300.0 ms, and a process sends 2.56 MB at most;"
        " the calculator gives 14 GB of states and 9.13 GB of activations on each GPU."
    )
    assert said.zh == (
        "2 个进程（数据并行 DDP）与 1 个进程用整批训练相比，首批梯度最多差 2×10⁻⁸，3 步后参数最多差 3×10⁻⁷；每步 200.0 ms，1 个进程 300.0 ms，"
        "每个进程最多发 2.56 MB；计算器：每张 GPU 状态 14 GB、激活 9.13 GB。"
    )


def test_the_verdict_where_processes_drift_apart() -> None:
    drifted = found_in(made_up(spread=0.123, parameter_difference=0.0654, sent=(0.0, 0.0)))
    said = verdict(settings_of(exchange=False), drifted)
    assert "parameters by 0.065 and by 0.12 between the processes;" in said.en and "sends 0 MB" in said.en
    assert "参数最多差 0.065、各进程之间差 0.12；" in said.zh and "最多发 0 MB" in said.zh


def test_the_verdict_of_a_pipeline_and_without_a_count() -> None:
    said = verdict(settings_of(strategy="pipeline"), found_in(made_up(spread=None, sent=(None, None))))
    assert "between the processes" not in said.en and "各进程之间" not in said.zh
    assert "the bytes sent weren't counted" in said.en and "发送的字节没有计数" in said.zh
    assert "pipeline parallel" in said.en and "流水线并行" in said.zh


def test_the_verdict_of_equal_numbers() -> None:
    said = verdict(settings_of(processes="1"), found_in(made_up(gradient_difference=0.0, parameter_difference=0.0)))
    assert "differ by 0 at most, after 3 steps parameters by 0;" in said.en
    assert "首批梯度最多差 0，3 步后参数最多差 0；" in said.zh


def asked(report: Report, **values: Any) -> str:
    settings = settings_of(**values)
    followups = follow_ups(settings, found_in(report, settings))
    for one in followups:
        for text in (one.question, one.answer):
            assert "{" not in text.zh + text.en
    return "\n".join(one.question.en + " " + one.answer.en for one in followups)


def test_why_equal_trainings_differ() -> None:
    equal = asked(made_up())
    assert (
        "The first gradients differ by 2×10⁻⁸, the parameters after training by 3×10⁻⁷. If it is equivalent, why not 0?"
        in equal
    )
    assert (
        "SGD merely adds the errors up, so after training the difference is still only 3×10⁻⁷." in equal
        and "Adam divides" not in equal
    )
    assert "why not 0" not in asked(made_up(gradient_difference=0.0))
    assert "why not 0" not in asked(made_up(), processes="1")
    magnified = asked(made_up(parameter_difference=1e-5), optimizer="adamw")
    assert "Adam divides a gradient" in magnified and "SGD merely" not in magnified
    plain = asked(made_up(), optimizer="adamw")
    assert "why not 0" in plain and "Adam divides" not in plain and "SGD merely" not in plain
    drifted = asked(made_up(parameter_difference=1e-3))
    assert "why not 0" in drifted and "SGD merely" not in drifted and "Adam divides" not in drifted


def test_the_missing_sampler() -> None:
    off = made_up(gradient_difference=0.02, alone=Course((2.0, 1.1), (0.2, 0.4)))
    said = asked(off, sampler=False)
    assert "The loss is 1 with several processes and 1.1 with one" in said and "they differ by 0.02" in said
    assert "missing sampler" not in asked(off, sampler=True)
    assert "missing sampler" not in asked(off, sampler=False, strategy="tensor"), "the sampler takes no part"
    assert "missing sampler" not in asked(
        dataclasses.replace(off, together=Course((1.0, 2.0), (0.1, 0.3))), sampler=False
    )
    assert "missing sampler" not in asked(made_up(), sampler=False)
    assert "why not 0" not in said and "why not 0" not in asked(off)


def test_parameters_that_drift_apart() -> None:
    said = asked(made_up(spread=0.1, gradient_difference=0.02), exchange=False)
    assert "up to 0.1 apart. Is it enough to average them" in said and "missing sampler" not in said
    assert "average them" not in asked(made_up(spread=1e-5)) and "average them" not in asked(made_up(spread=None))


def test_what_was_sent() -> None:
    assert "Each process sends 0.000404 MB a step, 0.0004 MB by formula. How much with 64 processes?" in asked(
        made_up()
    )
    assert "Tensor parallelism sends 0.000404 MB" in asked(made_up(), strategy="tensor")
    bubble = asked(made_up(), strategy="pipeline", micro_batches=8)
    assert "The pipeline sends only 0.000404 MB" in bubble and "here 1/9 by formula with 8 micro-batches" in bubble
    assert "a process computes 50% of the time" in bubble
    for nothing in (made_up(sent=(None, None)), made_up(expected=(0.0, 0.0), sent=(0.0, 0.0))):
        assert "64 processes" not in asked(nothing)
    assert "64 processes" not in asked(made_up(), processes="1")


def test_the_surplus_of_a_reduce_scatter() -> None:
    surplus = made_up(sent=(532.0, 532.0))
    said = asked(surplus, strategy="fsdp")
    assert "FSDP measures 1.33 times" in said and "two all-gathers" in said and "saves one all-gather" in said
    kept = asked(surplus, strategy="fsdp", reshard=False)
    assert "one all-gather of the weights" in kept and "takes one more all-gather" in kept and "1.5 times" not in kept
    assert "FSDP measures" not in asked(made_up(), strategy="fsdp"), "no surplus, no question"


def test_what_a_larger_batch_would_change_depends_on_the_strategy() -> None:
    slow = Course(FALLING, (0.2, 0.2))
    for strategy in ("ddp", "fsdp"):
        assert "computation grows and communication doesn't" in asked(made_up(together=slow), strategy=strategy)
    tensor = asked(made_up(together=slow), strategy="tensor")
    assert "communication grows along with activations" in tensor and "communication doesn't" not in tensor
    pipeline = asked(made_up(together=slow), strategy="pipeline")
    assert "More micro-batches help" in pipeline and "communication doesn't" not in pipeline
    quiet = tuple(span for span in made_up().spans if span.lane != "communication")
    alone = asked(made_up(together=slow, spans=quiet), exchange=False)
    assert "There is no communication here" in alone and "Not all communication" not in alone


def test_communication_that_hides_is_not_blamed() -> None:
    slow = made_up(together=Course(FALLING, (0.2, 0.2)))
    assert "Not all communication hides" in asked(slow)
    # The same communication while its own process computes backward.
    within = tuple(
        dataclasses.replace(span, start=span.rank * 0.005 + 0.002, end=span.rank * 0.005 + 0.004)
        if span.lane == "communication"
        else span
        for span in slow.spans
    )
    hidden = asked(dataclasses.replace(slow, spans=within))
    assert "not twice as fast" in hidden and "Not all communication" not in hidden


def test_the_order_of_adding_is_the_strategys() -> None:
    assert "within half batches" in asked(made_up()) and "micro-batches first" not in asked(made_up())
    assert "half of each matrix product" in asked(made_up(), strategy="tensor")
    assert "within micro-batches first" in asked(made_up(), strategy="pipeline")


def test_gigabytes_are_written_out() -> None:
    large = {"calculator.parameters": 70.0, "calculator.gpus": 64, "calculator.zero": "0"}
    settings = settings_of(**large)
    said = verdict(settings, found_in(made_up(), settings))
    assert "the calculator gives 1120 GB of states" in said.en and "状态 1120 GB" in said.zh


@pytest.mark.parametrize(("together", "faster"), [((0.1, 0.1), True), ((0.2, 0.2), False), ((0.4, 0.4), False)])
def test_why_not_twice_as_fast(together: tuple[float, float], faster: bool) -> None:
    said = asked(made_up(together=Course(FALLING, together)))
    assert ("not twice as fast" not in said) is faster
    if not faster:
        assert f"A step went from 300.0 to {1e3 * together[0]:.1f} ms" in said
    assert "not twice as fast" not in asked(made_up(together=Course(FALLING, together)), processes="1")


def test_memory_beside_the_states() -> None:
    long = {"calculator.sequence": 32768}
    last = asked(made_up(), **long)
    assert "Activations take 146 GB, states 14 GB. This is ZeRO-3 already" in last and "higher ZeRO stage" not in last
    assert "Would a higher ZeRO stage help?" in asked(
        made_up(), **long | {"calculator.zero": "1", "calculator.gpus": 64}
    )
    assert "Activations take" not in asked(made_up())
    assert "Optimizer states take 10.5 GB, 3 times weights and gradients together" in asked(made_up())
    assert "with gradients accumulated in 32 bits, 18 in all" in asked(made_up())


@pytest.mark.parametrize("values", [
    {"calculator.optimizer": "momentum"}, {"calculator.optimizer": "adam-8bit"}, {"calculator.precision": "float32"},
    {"calculator.precision": "mixed-float-gradients"}, {"calculator.sequence": 32768},
    {"calculator.zero": "1", "calculator.gpus": 64},
], ids=str)  # fmt: skip
def test_adams_twelve_bytes_are_asked_about_where_they_are(values: dict[str, Any]) -> None:
    assert "Optimizer states take" not in asked(made_up(), **values)


def seen(number: int, report: Report, **values: Any) -> bool:
    settings = settings_of(**values)
    found: Findings = found_in(report, settings)
    return FAILURES[number].seen(settings, found)


def test_failures_are_seen_only_where_they_are() -> None:
    same = (0, 1, 4, 5)
    assert seen(0, made_up(read=(same, same), parameter_difference=0.01))
    assert not seen(0, made_up(parameter_difference=0.01)) and not seen(0, made_up(read=(same, same)))
    assert seen(1, made_up(spread=0.1, sent=(0.0, 0.0))) and seen(1, made_up(spread=0.1, sent=(None, None)))
    assert not seen(1, made_up(spread=0.1)) and not seen(1, made_up(spread=None, sent=(0.0, 0.0)))
    assert seen(2, made_up())
    idle = made_up().spans
    busy = tuple(dataclasses.replace(span, lane="forward") for span in idle)
    assert not seen(2, made_up(spans=busy))
    large = {"calculator.parameters": 70.0, "calculator.gpus": 64, "calculator.zero": "0"}
    assert seen(3, made_up(), **large) and not seen(3, made_up(), **large | {"calculator.zero": "1"})

"""Training by two processes against a plain loop in this one."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import pytest
import torch
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, Shard

from playground.lab.codec import decode, encode
from playground.learning.distributed.character_model import build
from playground.learning.distributed.job import STRATEGIES, Job, Report, Span
from playground.learning.distributed.processes import run_module
from playground.learning.distributed.strategies import fully_sharded
from playground.learning.distributed.timeline import Recorded, least_disturbed, union
from playground.learning.distributed.training import RECORDED_STEPS, batches_of, whole_batches

JOB = Job(
    text="Many processes, one training: 多个进程，一次训练。梯度要平均，数据要分开。",
    steps=4,
    batch=8,
    hidden=64,
    context=16,
)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@functools.cache
def train(**changes: object) -> Report:
    events = list(
        run_module("playground.learning.distributed.launch", encode(dataclasses.replace(JOB, **changes)), lambda: None)
    )  # type: ignore[arg-type]
    report: Report = decode(Report, events[-1]["report"])
    return report


def plain_losses(batches: list[list[int]]) -> list[float]:
    """Trains by hand: momentum 0.9, learning rate 0.1, cross-entropy from log-probabilities."""
    torch.set_num_threads(1)
    model, windows = build(JOB)
    velocity = [torch.zeros_like(parameter) for parameter in model.parameters()]
    losses = []
    for batch in batches[: JOB.steps]:
        text = windows[batch]
        logs = model(text[:, :-1]).log_softmax(-1)
        loss = -logs.gather(-1, text[:, 1:, None]).mean()
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient, speed in zip(model.parameters(), gradients, velocity, strict=True):
                speed.mul_(0.9).add_(gradient)
                parameter -= 0.1 * speed
        losses.append(loss.item())
    return losses


@every_strategy
def test_two_processes_equal_one_with_the_whole_batch(strategy: str) -> None:
    report = train(strategy=strategy)
    assert 1e-3 < report.gradient_size
    assert report.gradient_difference < 1e-6
    assert report.parameter_difference < 1e-6
    assert report.spread == (None if strategy == "pipeline" else 0)
    expected = plain_losses(whole_batches(JOB, report.windows))
    assert report.alone.losses == pytest.approx(expected, abs=1e-5)
    assert report.together.losses == pytest.approx(expected, abs=1e-5)


@every_strategy
def test_bytes_sent_are_what_the_formula_says(strategy: str) -> None:
    report = train(strategy=strategy)
    for sent, expected in zip(report.sent, report.expected, strict=True):
        assert expected > 0
        if sent is None:
            continue
        # gloo implements reduce-scatter by an all-reduce: twice the bytes for the gradients.
        surplus = report.parameters * 4 / 2 if strategy == "fsdp" else 0
        assert expected + surplus <= sent < (expected + surplus) * 1.05 + 20_000


def test_what_each_process_holds() -> None:
    weights = train(strategy="ddp").parameters * 4
    for strategy in STRATEGIES:
        report = train(strategy=strategy)
        assert report.held_alone.weights == report.held_alone.gradients == report.held_alone.optimizer == weights
        held = [one.weights for one in report.held]
        assert [one.optimizer for one in report.held] == held, "momentum has the weights' shape"
        if strategy == "ddp":
            assert held == [weights, weights]
        elif strategy == "tensor":
            assert held[0] == held[1] and weights / 2 < held[0] < 0.65 * weights, "embedding and head aren't split"
        else:
            assert sum(held) == weights and max(held) < 0.6 * weights


def test_without_the_sampler_everyone_reads_the_same() -> None:
    report = train(sampler=False)
    assert report.read[0] == report.read[1]
    assert report.gradient_difference > 1e-3 and report.parameter_difference > 1e-3
    assert report.spread == 0, "the processes still agree with one another"


def test_without_exchange_the_processes_part() -> None:
    report = train(exchange=False)
    assert report.spread is not None and report.spread > 1e-3
    assert report.sent in ((0, 0), (None, None))


def test_the_timeline_holds_what_happened() -> None:
    report = train(strategy="pipeline")
    for rank in (0, 1):
        mine = [span for span in report.spans if span.rank == rank]
        assert {span.lane for span in mine} == {"forward", "backward", "update", "communication"}
        assert sum(span.name == "send" for span in mine) == JOB.micro_batches
        assert sum(span.name == "recv" for span in mine) == JOB.micro_batches
        assert all(span.end >= span.start > -0.05 for span in mine)
    first = {
        rank: min(span.start for span in report.spans if span.rank == rank and span.lane == "forward")
        for rank in (0, 1)
    }
    assert first[0] < first[1], "the second stage can't begin before the first has sent"


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_the_sampler_gives_each_step_its_whole_batch_once(strategy: str) -> None:
    job = dataclasses.replace(JOB, strategy=strategy, steps=20)
    whole = whole_batches(job, 37)
    parts = [batches_of(job, 37, rank) for rank in range(2)]
    assert len(whole) == job.steps + RECORDED_STEPS
    for batch, *both in zip(whole, *parts, strict=True):
        assert sorted(batch) == sorted(both[0] + both[1]) and len(set(batch)) == job.batch
    orders = [tuple(batch) for batch in whole]
    assert len(set(orders)) > 4, "epochs are reshuffled"


def test_a_strategy_that_splits_the_model_reads_all_data_everywhere() -> None:
    job = dataclasses.replace(JOB, strategy="tensor")
    assert batches_of(job, 37, 0) == batches_of(job, 37, 1) == whole_batches(job, 37)


def test_union_of_intervals() -> None:
    assert union([(3, 4), (0, 1), (0.5, 2), (4, 5)]) == [(0, 2), (3, 5)]


def test_the_shortest_step_on_one_clock() -> None:
    def step(rank: int, begin: float, length: float) -> Recorded:
        return Recorded(begin, [Span(rank, "forward", 0.0, length)])

    ranks = [[step(0, 100.0, 5), step(0, 200.0, 2)], [step(1, 100.0, 1), step(1, 199.0, 2)]]
    # The second step took from 199 to 202 on both, the first from 100 to 105.
    assert least_disturbed(ranks) == (Span(0, "forward", 1.0, 3.0), Span(1, "forward", 0.0, 2.0))


def test_each_parameter_is_sharded_along_dimension_0(tmp_path: Path) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    try:
        model, _ = build(JOB)
        fully_sharded(JOB, model, 0)
        for name, parameter in model.named_parameters():
            assert isinstance(parameter, DTensor), name
            assert parameter.placements == (Shard(0),), name
        assert isinstance(model, FSDPModule)
    finally:
        torch.distributed.destroy_process_group()

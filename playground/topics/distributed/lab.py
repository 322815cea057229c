"""Trains a model in real processes against one process, and computes what a large one would take by formula.

Knows neither how processes are run (`learning.distributed`) nor how memory is computed (`learning.memory`).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.learning import memory
from playground.learning.distributed import strategies, traffic
from playground.topics.distributed import cases, interview
from playground.topics.distributed.cost import cost
from playground.topics.distributed.findings import find
from playground.topics.distributed.panels import calculator, timeline
from playground.topics.distributed.panels import training as panels
from playground.topics.distributed.settings import Result, Settings
from playground.topics.distributed.training import train


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the calculator's panels at once, then those of the training in its own processes."""
    job, cluster, stage = settings.job, settings.calculator.cluster, int(settings.calculator.zero)
    every = tuple(memory.memory(cluster, one) for one in memory.ZERO_STAGES)
    chosen = every[memory.ZERO_STAGES.index(stage)]
    yield Result(
        memory=calculator.by_stage(cluster, every, stage), formulas=calculator.formulas(cluster, chosen, stage)
    )
    report = train(job, bench)
    found = find(job, report, chosen)
    yield Result(
        findings=found,
        figures=panels.figures(report, found),
        losses=panels.losses(job, report),
        times=panels.times(job, report),
        traffic=panels.traffic(job, found),
        growth=panels.growth(job, found),
    )
    yield Result(
        held=panels.held(found),
        timeline=timeline.timeline(report),
        account=timeline.account(job, found.measured),
        reading=panels.reading(job, found.reading),
    )


TOPIC = Topic(
    number=10,
    slug="distributed",
    title=Text(zh="分布式训练", en="Distributed training"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    leads=("memory", "figures", "traffic", "timeline"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("memory", "figures", "traffic"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    seconds=90.0,
    code=(
        strategies.forward_backward,
        strategies.data_parallel,
        strategies.fully_sharded,
        strategies.tensor_parallel,
        strategies.pipeline_parallel,
        traffic.expected_bytes,
        memory.memory,
        memory.activation_bytes,
    ),
)

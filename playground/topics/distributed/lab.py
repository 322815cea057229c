"""Topic 10: a training spread over real processes against one process, and what a large one would take by formula.

Knows neither how processes are run (`learning.distributed`) nor how memory is computed (`learning.memory`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.panels import Bars, Heatmap, Lines, Metrics, Table, panel
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.learning import memory
from playground.learning.distributed import strategies, traffic
from playground.learning.distributed.job import Job, Report
from playground.learning.distributed.processes import Limits, run_module
from playground.topics.distributed import calculator, comparison, timeline, words
from playground.topics.distributed.settings import Settings

LAUNCHER = "playground.learning.distributed.launch"
LIMITS = Limits(seconds=75.0)


@dataclass(frozen=True)
class Result:
    memory: Bars | None = panel(
        Text(zh="计算器：每张 GPU 的显存，按 ZeRO 阶段", en="Calculator: memory on each GPU by ZeRO stage"),
        hint=Text(zh="▶ 是所选阶段；0 即普通数据并行", en="▶ is the chosen stage; 0 is plain data parallel"),
    )
    formulas: Table | None = panel(Text(zh="计算器：所选阶段的公式", en="Calculator: the chosen stage's formulas"))
    figures: Metrics | None = panel(
        Text(zh="1 个进程（A）对多个进程（B）", en="One process (A) against several (B)"),
        hint=Text(
            zh="同一个字符模型、同一份文本、同样的步数，在本机的真实进程里训练",
            en="the same character model, text and steps, trained in real processes on this machine",
        ),
    )
    losses: Lines | None = panel(
        Text(zh="损失", en="Loss"),
        hint=Text(zh="等价的训练两条线重合", en="equivalent trainings lie on one another"),
        half=True,
    )
    times: Bars | None = panel(Text(zh="一步的时间", en="Time of a step"), half=True)
    traffic: Table | None = panel(
        Text(zh="发送的字节：实测与公式", en="Bytes sent: measured and by formula"),
        hint=Text(
            zh="每个进程、每步，不含训练外的比对",
            en="each process, each step; comparisons outside the training don't count",
        ),
    )
    growth: Lines | None = panel(
        Text(zh="平均一次梯度，最忙的一端发多少", en="One averaging of gradients: what the busiest end sends"),
        half=True,
    )
    held: Bars | None = panel(Text(zh="每个进程真正保存的", en="What each process really holds"), half=True)
    timeline: Heatmap | None = panel(
        Text(zh="一步的时间线：计算与通信", en="Timeline of a step: computing and communication"),
        hint=Text(
            zh="颜色深浅是那一小段时间里的占用；同一时刻反向与通信都深，就是重叠",
            en="how much of each slice of time; backward and communication dark at once is overlap",
        ),
    )
    account: Metrics | None = panel(Text(zh="这一步的账", en="The step in figures"))
    reading: Table | None = panel(Text(zh="谁读了哪些数据", en="Who read which data"))


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """The calculator at once, then the training in processes of its own."""
    job, cluster, stage = settings.job, settings.calculator.cluster, int(settings.calculator.zero)
    result = Result(memory=calculator.by_stage(cluster, stage), formulas=calculator.formulas(cluster, stage))
    yield result
    report = train(job, bench)
    result = replace(
        result,
        figures=comparison.figures(job, report),
        losses=comparison.losses(job, report),
        times=comparison.times(job, report),
        traffic=comparison.traffic(job, report),
        growth=comparison.growth(job, report),
    )
    yield result
    yield replace(
        result,
        held=comparison.held(job, report),
        timeline=timeline.timeline(report),
        account=timeline.account(job, report),
        reading=comparison.reading(job, report),
    )


def train(job: Job, bench: Bench) -> Report:
    """The job in its own processes; they end with this call, however it ends."""
    bench.progress(0.02, Text(zh="启动 {n} 个训练进程", en="starting {n} training process(es)").format(n=job.processes))
    with closing(run_module(LAUNCHER, encode(job), bench.checkpoint, LIMITS)) as reports:
        for event in reports:
            if "report" in event:
                report: Report = decode(Report, event["report"])
            elif "done" in event:
                share = event["done"] / event["total"]
                who = comparison.ALONE if event["alone"] else comparison.TOGETHER.format(n=job.processes)
                bench.progress(
                    0.2 + 0.3 * share + (0 if event["alone"] else 0.4),
                    Text(zh="{who}：第 {done} 步，共 {total} 步", en="{who}: step {done} of {total}").format(
                        who=who, done=event["done"], total=event["total"]
                    ),
                )
    return report


TOPIC = Topic(
    number=10,
    slug="distributed",
    title=Text(zh="分布式训练", en="Distributed training"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=words.follow_ups,
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

"""Runs a training in processes of its own and reports its progress. Knows neither panels nor what the processes compute."""

from __future__ import annotations

from contextlib import closing

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.text import Text
from playground.learning.distributed.job import Job, Report
from playground.learning.distributed.processes import Limits, run_module

LAUNCHER = "playground.learning.distributed.launch"
LIMITS = Limits(seconds=75.0)

ALONE = Text(zh="1 个进程，整批", en="1 process, whole batch")
TOGETHER = Text(zh="{n} 个进程", en="{n} processes")


def train(job: Job, bench: Bench) -> Report:
    """Runs the job in its own processes; they end with this call, however it ends."""
    bench.progress(
        0.02,
        Text(zh="启动 {n} 个训练进程", en="starting {n:|training process|training processes}").format(n=job.processes),
    )
    with closing(run_module(LAUNCHER, encode(job), bench.checkpoint, LIMITS)) as reports:
        for event in reports:
            if "report" in event:
                report: Report = decode(Report, event["report"])
            elif "done" in event:
                share = event["done"] / event["total"]
                who = ALONE if event["alone"] else TOGETHER.format(n=job.processes)
                bench.progress(
                    0.2 + 0.3 * share + (0 if event["alone"] else 0.4),
                    Text(zh="{who}：第 {done} 步，共 {total} 步", en="{who}: step {done} of {total}").format(
                        who=who, done=event["done"], total=event["total"]
                    ),
                )
    return report

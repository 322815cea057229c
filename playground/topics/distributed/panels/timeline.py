"""The panels of one recorded step: every process along time, and the step in figures."""

from __future__ import annotations

from itertools import pairwise

from playground.lab.panels import Heatmap, Metric, Metrics
from playground.lab.text import Text, joined
from playground.learning.distributed.job import Job, Report
from playground.topics.distributed.findings import Measured
from playground.topics.distributed.overlap import busy

RANK = Text(zh="进程 {rank}", en="process {rank}")
LANES = {
    "forward": Text(zh="前向", en="forward"),
    "backward": Text(zh="反向", en="backward"),
    "update": Text(zh="更新", en="update"),
    "communication": Text(zh="通信", en="communication"),
}
BINS = 60
# Above this share of processor time taken by others, a ratio of times says little.
BUSY_MACHINE = 0.1


def load(report: Report) -> Text:
    """Says under what conditions the times were taken."""
    share = f"{100 * report.stolen:.0f}"
    if crowded(report):
        return Text(
            zh="计时时只有 {cores} 个处理器核可用，各进程要轮流用。",
            en="Times taken with {cores:|processor core|processor cores} to use: the processes had to share.",
        ).format(cores=report.cores)
    if under_load(report):
        return Text(
            zh="计时时机器有别的负载：{share}% 的处理器时间被占走，快慢之比不可信。",
            en="Times taken under load: {share}% of the processors' time went to others, so a ratio of times says little.",
        ).format(share=share)
    return Text(
        zh="计时时处理器基本空闲（{share}% 的时间被占走）。",
        en="Times taken with the processors nearly free ({share}% of their time went to others).",
    ).format(share=share)


def crowded(report: Report) -> bool:
    """Returns whether processes had to take turns: what is drawn of their times says little."""
    return report.cores < len(report.held)


def under_load(report: Report) -> bool:
    """Returns whether other programs slowed processes that had a core each."""
    return report.stolen > BUSY_MACHINE and not crowded(report)


def account(job: Job, measured: Measured) -> Metrics:
    """Draws the step of the timeline in figures: how long, how much of it computing, how much communication was hidden."""
    bubble = _bubble(job) if job.strategy == "pipeline" else ()
    return Metrics(
        (
            Metric(
                Text(zh="这一步", en="this step"), measured.recorded_ms, unit=Text(zh="毫秒", en="ms"), digits=1, measured=True,
                hint=Text(zh="从第一个算子到最后一个，profiler 开着", en="From the first operator to the last, with the profiler on"),
            ),
            Metric(
                Text(zh="进程在计算", en="a process computes"), 100 * measured.computing_share, unit="%", digits=0, measured=True,
                hint=Text(zh="占这一步的时间，各进程平均；其余是等待、通信与调度", en="Of the step's time, mean over processes; the rest is waiting, communication and overhead"),
            ),
            Metric(
                Text(zh="通信藏在计算后面", en="communication hidden behind computation"), None if measured.hidden_share is None else 100 * measured.hidden_share, unit="%", digits=0, measured=True,
                hint=Text(zh="有通信在途、同时本进程在计算的时间，占通信时间的比例", en="Share of communication's time in which the same process computes"),
            ),
            *bubble,
        ),
    )  # fmt: skip


def _bubble(job: Job) -> tuple[Metric]:
    """(p−1)/(m+p−1) of the time (Huang 2019, GPipe, section 2.3)."""
    share = 100 * (job.processes - 1) / (job.micro_batches + job.processes - 1)
    hint = Text(
        zh="(p−1)/(m+p−1)：p 段，m 个微批，各段一样快",
        en="(p−1)/(m+p−1): p stages, m micro-batches, stages equally fast",
    )
    return (
        Metric(Text(zh="流水线气泡（公式）", en="pipeline bubble (formula)"), share, unit="%", digits=0, hint=hint),
    )


def timeline(report: Report) -> Heatmap:
    """Draws one step: what share of each slice of time a process spent in each lane."""
    begin, end = min(span.start for span in report.spans), max(span.end for span in report.spans)
    width = (end - begin) / BINS
    edges = [begin + width * edge for edge in range(BINS + 1)]
    rows, values = [], []
    for rank in range(len(report.held)):
        for lane, label in LANES.items():
            intervals = busy(report.spans, rank, (lane,))
            rows.append(
                Text(zh="{rank} · {lane}", en="{rank} · {lane}").format(rank=RANK.format(rank=rank), lane=label)
            )
            values.append(tuple(_within(intervals, low, high) / width for low, high in pairwise(edges)))
    every = BINS // 6
    about = Text(
        zh="横轴为毫秒。训练后另记三步，取最短的一步；PyTorch profiler 的记录本身会拖慢它。接收从提出时算起，含等对方的时间。",
        en="Milliseconds from left to right. The shortest of three further steps; PyTorch's profiler, which records them, slows them. A receive counts from when it is posted, waiting included.",
    )
    loaded = load(report) if under_load(report) else None
    return Heatmap(
        columns=tuple(
            f"{1e3 * (edge - begin):.0f}" if number % every == 0 else "" for number, edge in enumerate(edges[:-1])
        ),
        rows=tuple(rows),
        values=tuple(values),
        value_label=Text(zh="占用", en="busy"),
        low=0.0,
        high=1.0,
        caveat=about if loaded else joined(about, load(report)),
        warning=crowded(report),
        loaded=loaded,
        measured=True,
    )


def _within(intervals: list[tuple[float, float]], low: float, high: float) -> float:
    return sum(max(0.0, min(end, high) - max(begin, low)) for begin, end in intervals)

"""The panels of one process against several: figures, losses, times, bytes, what each holds and reads."""

from __future__ import annotations

from playground.lab.panels import Bars, Line, Lines, Mark, Metric, Metrics, Series, Table
from playground.lab.text import Label, Text, significant
from playground.lab.timing import Timing
from playground.learning.distributed.job import SPLITS_DATA, Held, Job, Report
from playground.topics.distributed.findings import Findings, step_time
from playground.topics.distributed.panels.timeline import RANK, crowded, load, under_load
from playground.topics.distributed.reading import Reading, Readings
from playground.topics.distributed.training import ALONE, TOGETHER

MB = 1e6
PARTS = {
    "weights": Text(zh="权重", en="weights"),
    "gradients": Text(zh="梯度", en="gradients"),
    "optimizer": Text(zh="优化器状态", en="optimizer states"),
}


def figures(report: Report, found: Findings) -> Metrics:
    """Compares one process (A) with several (B), and says how far apart they ended."""
    alone, together = step_time(report.alone), step_time(report.together)
    times = Text(
        zh="{n} 步的中位数（四分位）：A {a}，B {b} 毫秒",
        en="median of {n} steps (quartiles): A {a}, B {b} ms",
    ).format(n=together.repeats, a=_spread(alone), b=_spread(together))
    return Metrics(
        (
            Metric(
                Text(zh="最后一步的损失", en="loss of the last step"), found.alone.last, found.together.last, digits=4,
                unit=Text(zh="奈特/字符", en="nats per character"),
                hint=Text(zh="本步批量上的平均交叉熵；多个进程取平均", en="Mean cross-entropy on the step's batch; over the processes where there are several"),
            ),
            Metric(
                Text(zh="首批梯度的最大差", en="largest difference of the first gradients"), significant(found.gradient_difference, 2),
                hint=Text(zh="与一个进程用整批算出的梯度逐个相比；最大的梯度是 {size}",
                          en="Number by number, against one process with the whole batch; the largest gradient is {size}").format(size=significant(found.gradient_size, 2)),
            ),
            Metric(
                Text(zh="训练后参数的最大差", en="largest difference of parameters after training"), significant(found.parameter_difference, 2),
                hint=Text(zh="与一个进程训练出的参数逐个相比", en="Number by number, against the parameters of one process"),
            ),
            Metric(
                Text(zh="各进程之间的最大差", en="largest difference between processes"), None if found.spread is None else significant(found.spread, 2),
                hint=Text(zh="同一个参数在各进程中的值；流水线各段没有共同的参数", en="The same parameter in each process; the stages of a pipeline have none in common"),
            ),
            Metric(
                Text(zh="每步毫秒", en="ms per step"), found.measured.alone_ms, found.measured.together_ms, digits=1, better="lower", hint=times, measured=True
            ),
            Metric(
                Text(zh="处理器时间被占走", en="processor time taken by others"), 100 * found.measured.stolen_share, unit="%", digits=0, measured=True,
                hint=Text(zh="计时前后各让所有进程同时纯计算片刻，比较处理器时间与钟表时间，取最大", en="All processes compute at once before and after the timing; processor time against the clock's, the worst"),
            ),
        ),
    )  # fmt: skip


def _spread(timing: Timing) -> str:
    return f"{1e3 * timing.median:.1f} ({timing.milliseconds_between()})"


def losses(job: Job, report: Report) -> Lines:
    """Draws both courses on one scale."""
    steps = tuple(float(step + 1) for step in range(job.steps))
    together = TOGETHER.format(n=job.processes)
    return Lines(
        (
            Line(ALONE, steps, report.alone.losses, markers=False),
            Line(together, steps, report.together.losses, dash="dash", markers=False),
        ),
        x_label=Text(zh="步", en="step"),
        y_label=Text(zh="损失（奈特/字符）", en="loss (nats per character)"),
    )


def times(job: Job, report: Report) -> Bars:
    """Draws a step of one process and of several, median with quartiles."""
    both = [step_time(report.alone), step_time(report.together)]
    loaded = load(report) if under_load(report) else None
    return Bars(
        categories=(ALONE, TOGETHER.format(n=job.processes)),
        series=(
            Series(
                Text(zh="每步", en="a step"),
                tuple(1e3 * one.median for one in both),
                tuple(1e3 * one.low for one in both),
                tuple(1e3 * one.high for one in both),
            ),
        ),
        y_label=Text(zh="毫秒（中位数与四分位）", en="ms (median and quartiles)"),
        caveat=None if loaded else load(report),
        warning=crowded(report),
        loaded=loaded,
        measured=True,
    )


FORMULAS = {
    "ddp": Text(zh="梯度 all-reduce：2(n−1)/n × 梯度", en="all-reduce of gradients: 2(n−1)/n × gradients"),
    "fsdp": Text(
        zh="all-gather 权重（前向、反向）与 reduce-scatter 梯度：各 (n−1)/n × 大小",
        en="weights all-gathered (forward, backward), gradients reduce-scattered: (n−1)/n × size each",
    ),
    "tensor": Text(
        zh="每层 4 次 all-reduce：2(n−1)/n × 批量·长度·隐藏维度",
        en="4 all-reduces per layer: 2(n−1)/n × batch·length·hidden",
    ),
    "pipeline": Text(zh="相邻两段之间传激活与其梯度", en="activations and their gradients between neighbouring stages"),
}
COUNTED = Text(
    zh="实测：训练前后各读一次内核对本进程 TCP 连接的计数（tcp_info），除以步数，含 gloo 的报文头。",
    en="Measured: the kernel's count of this process's TCP connections (tcp_info), read before and after training, divided"
    " by the steps; gloo's headers included.",
)
GLOO_SCATTER = Text(
    zh="{note} 多出的部分：gloo 的 reduce-scatter 用 all-reduce 实现，这一项发的是公式的两倍；NCCL 不这样。",
    en="{note} The surplus: gloo does a reduce-scatter by an all-reduce, which sends twice the formula's bytes for it; NCCL doesn't.",
)
NOT_COUNTED = Text(
    zh="这个系统不报告每个连接的字节数，只有公式值。",
    en="This system doesn't count the bytes of a connection; formula only.",
)

MARKED = Text(zh="标出的点是本次实测。", en="The point marked was measured in this run.")
UNMARKED = Text(zh="用两个进程的 DDP 训练，就会标出实测的点。", en="DDP with two processes adds a measured point.")


def traffic(job: Job, found: Findings) -> Table:
    """Tabulates bytes that each process sent in a step, measured against formula."""
    rows: list[tuple[int | float | Label | None, ...]] = []
    by_rank = zip(
        found.measured.sent_bytes, found.expected_bytes, found.sent_ratios, found.measured.collectives, strict=True
    )
    for rank, (sent, expected, ratio, counts) in enumerate(by_rank):
        measured = None if sent is None else sent / MB
        collectives = ", ".join(f"{name} ×{count}" for name, count in counts.items())
        rows.append((RANK.format(rank=rank), measured, expected / MB, ratio, collectives or "—"))
    known = None not in found.measured.sent_bytes
    note = COUNTED if known else NOT_COUNTED
    if known and job.strategy == "fsdp" and job.processes > 1:
        note = GLOO_SCATTER.format(note=note)
    return Table(
        columns=(
            Text(zh="发送方", en="sender"),
            Text(zh="实测 MB/步", en="measured MB a step"),
            Text(zh="公式 MB/步", en="formula MB a step"),
            Text(zh="实测 ÷ 公式", en="measured ÷ formula"),
            Text(zh="一步里的集合通信（profiler）", en="collectives in a step (profiler)"),
        ),
        rows=tuple(rows),
        caveat=Text(zh="{formula}。{note}", en="{formula}. {note}").format(formula=FORMULAS[job.strategy], note=note),
        measured=True,
    )


def growth(job: Job, found: Findings) -> Lines:
    """Draws what the busiest machine sends for one averaging of the gradients, by the number of processes."""
    size = found.parameters * 4 / MB
    counts = tuple(float(2**power) for power in range(1, 8))
    marks: tuple[Mark, ...] = ()
    sent = found.measured.most_sent_bytes
    if job.strategy == "ddp" and job.exchange and job.processes > 1 and sent:
        marks = (Mark(float(job.processes), sent / MB, Text(zh="实测", en="measured")),)
    return Lines(
        (
            Line(Text(zh="环形 all-reduce，每个进程", en="ring all-reduce, each process"), counts, tuple(2 * (n - 1) / n * size for n in counts)),
            Line(Text(zh="参数服务器，服务器一端", en="parameter server, the server"), counts, tuple((n - 1) * size for n in counts), dash="dash"),
        ),
        x_label=Text(zh="进程数", en="processes"),
        y_label=Text(zh="每步发送 MB", en="MB sent a step"),
        log_x=True,
        log_y=True,
        marks=marks,
        caveat=Text(
            zh="两条线按公式：2(n−1)/n × 梯度，与 (n−1) × 权重。{point}",
            en="Both curves by formula, 2(n−1)/n × gradients and (n−1) × weights. {point}",
        ).format(point=MARKED if marks else UNMARKED),
        measured=bool(marks),
    )  # fmt: skip


def held(found: Findings) -> Bars:
    """Draws bytes that each process really keeps between two steps."""
    everyone: list[tuple[Label, Held]] = [(ALONE, found.held_alone)]
    everyone += [(RANK.format(rank=rank), one) for rank, one in enumerate(found.held)]
    return Bars(
        categories=tuple(name for name, _ in everyone),
        series=tuple(
            Series(label, tuple(getattr(one, part) / MB for _, one in everyone)) for part, label in PARTS.items()
        ),
        y_label="MB",
        stacked=True,
        horizontal=True,
        caveat=Text(
            zh="各进程自己的张量的真实字节数，在一步结束时；FSDP 计算某层时还会临时收集那一层。",
            en="Real bytes of each process's own tensors at the end of a step; FSDP also gathers a layer while computing it.",
        ),
    )


def reading(job: Job, found: Readings) -> Table:
    """Tabulates which windows each process read: how many in a step, how many of them another process read in the same
    step.
    """
    rows: list[tuple[int | float | Label | None, ...]] = [(ALONE, *_read(found.alone))]
    rows += [(RANK.format(rank=rank), *_read(one)) for rank, one in enumerate(found.processes)]
    rows.append((
        Text(zh="合计（不重复）", en="together, without repeats"), found.distinct_per_step, None, found.distinct, "",
    ))  # fmt: skip
    split = job.strategy in SPLITS_DATA
    return Table(
        columns=(
            "",
            Text(zh="每步读的片段", en="windows read a step"),
            Text(zh="其中别人也读的", en="of them read by another too"),
            Text(zh="全程不同的片段", en="different windows in all"),
            Text(zh="读的第一个片段", en="first window read"),
        ),
        rows=tuple(rows),
        digits=1,
        caveat=None
        if split
        else Text(
            zh="切的是模型，不是数据：每个进程都要同一批数据，采样器不起作用。",
            en="The model is split, not the data: every process needs the same batch, and the sampler has no effect.",
        ),
    )


def _read(one: Reading) -> tuple[int | float | Label | None, ...]:
    return one.windows, one.shared, one.distinct, one.first[:16].replace("\n", " ") + "…"

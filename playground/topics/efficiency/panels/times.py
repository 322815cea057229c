"""The tables of times: each side's prefill and decoding, and several answers in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.lab.panels import Table
from playground.lab.text import Label, Text
from playground.lab.timing import Timing, load_notice
from playground.models.machine import Machine
from playground.topics.efficiency.measuring import Pace


def pace_table(sides: Sequence[tuple[str, Pace, str]], machine: Machine) -> Table:
    """Tabulates each side's prefill and decoding: times with their spread, and how near they come to the roof. (name,
    pace, number type).
    """
    rows: list[tuple[float | Label | None, ...]] = []
    timings = []
    for name, pace, number_type in sides:
        kinds = {Text(zh="预填充", en="prefill"): pace.prefill, Text(zh="解码", en="decode"): pace.decode}
        for kind, run in kinds.items():
            timings.append(run.timing)
            rows.append((
                Text(zh="{side} {kind}", en="{side} {kind}").format(side=name, kind=kind),
                run.milliseconds, run.timing.milliseconds_between(run.tokens), 1e3 / run.milliseconds,
                run.operations_per_second / 1e9, run.bytes_per_second / 1e9,
                100 * run.operations_per_second / machine.roof(run.work.intensity, number_type),
                None if run.timing.waited is None else 100 * run.timing.waited,
            ))  # fmt: skip
    how = Text(
        zh="预填充一次读 {n} 个词元，{prefills} 次的中位数；解码每次一个词元，{decodes} 次；A、B 交替。“占屋顶”是实测算力 ÷ 基线数值类型的屋顶线在该强度处的值。"
        "最后一列是被别的程序占去的处理器时间，超过 10% 即算有负载。",
        en="A prefill reads {n} tokens at once, the median of {prefills}; a decode step gives one, the median of {decodes}; A and B take"
        " turns. “% of the roof”: operations per second over the roof of the baseline's number type at that intensity. The last column is processor time"
        " that went to other programs; above 10% is under load.",
    ).format(n=sides[0][1].prefill.tokens, prefills=sides[0][1].prefill.timing.repeats, decodes=sides[0][1].decode.timing.repeats)  # fmt: skip
    return Table(
        columns=(
            "",
            Text(zh="毫秒/词元", en="ms per token"),
            Text(zh="最少–最多", en="least–most"),
            Text(zh="词元/秒", en="tokens/s"),
            Text(zh="GFLOP/s", en="GFLOP/s"),
            Text(zh="读 GB/s", en="GB/s read"),
            Text(zh="占屋顶 %", en="% of the roof"),
            Text(zh="负载 %", en="load %"),
        ),
        rows=tuple(rows),
        digits=1,
        caveat=how,
        loaded=load_notice(timings),
        measured=True,
    )


def rows_table(timings: Mapping[int, Timing]) -> Table:
    """Tabulates answers in one batch: what a step takes, what each answer waits for a token, tokens a second together."""
    one = timings[1]
    how = Text(
        zh="A 的权重，一批里同时生成几个回答，{n} 次的中位数。这是一台机器上的批处理，没有测数据并行；后者只在一点上相似：总吞吐上升，单个回答的词元并不早到。",
        en="A's weights, several answers in one batch, the median of {n}. This is batching on one machine; data parallelism wasn't measured,"
        " and is alike in one respect only: throughput rises, and no token of a single answer arrives sooner.",
    ).format(n=one.repeats)
    return Table(
        columns=(
            Text(zh="同时生成几个回答", en="answers at once"),
            Text(zh="每步毫秒", en="ms per step"),
            Text(zh="最少–最多", en="least–most"),
            Text(zh="单个回答快几倍", en="one answer, times as fast"),
            Text(zh="合计词元/秒", en="tokens/s together"),
            Text(zh="吞吐是几倍", en="throughput, times"),
        ),
        rows=tuple(
            (
                str(rows),
                1e3 * timing.median,
                timing.milliseconds_between(),
                one.median / timing.median,
                rows / timing.median,
                rows * one.median / timing.median,
            )
            for rows, timing in timings.items()
        ),
        digits=2,
        caveat=how,
        loaded=load_notice(list(timings.values())),
        measured=True,
    )

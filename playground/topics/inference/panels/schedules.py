"""The panels of the simulated schedules: the slots over time, and what each schedule gives. Both are marked simulated."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from playground.lab.panels import Heatmap, Table
from playground.lab.text import Text
from playground.lab.timing import Timing, load_notice
from playground.topics.inference.batching import LENGTHS, Schedule, Schedules

STATIC = Text(zh="静态", en="static")
CONTINUOUS = Text(zh="连续", en="continuous")
BINS = 72
MANY_SECONDS = 3.0


def timeline(schedules: Schedules) -> Heatmap:
    """Draws slots over time, static above continuous, one scale; a cell's number is the request in that slot."""
    end = max(schedules.static.seconds, schedules.continuous.seconds)
    edges = [end * edge / BINS for edge in range(BINS + 1)]
    rows, values, texts = [], [], []
    for name, schedule in _named(schedules):
        for slot in range(schedule.slots):
            rows.append(Text(zh="{name} · 槽 {n}", en="{name} · slot {n}").format(name=name, n=slot + 1))
            sitting = [_sitting(schedule, slot, (low + high) / 2) for low, high in pairwise(edges)]
            values.append(tuple(None if request is None else float(request + 1) for request in sitting))
            texts.append(tuple("" if request is None else str(LENGTHS[request]) for request in sitting))
    ticks = _ticks(end)
    return Heatmap(
        columns=tuple(
            next((name for name, moment in ticks.items() if low <= moment < high), "") for low, high in pairwise(edges)
        ),
        rows=tuple(rows),
        values=tuple(values),
        value_label=Text(zh="请求编号", en="request no."),
        texts=tuple(texts),
        text_label=Text(zh="回答的词元数", en="tokens in the answer"),
        low=-3.0,
        high=float(len(LENGTHS)),
        caveat=Text(
            zh="模拟，不是实测：横轴为模拟的时间（{unit}），空白是空着的槽；悬停在格子上可见这个回答有多少词元。",
            en="Simulated, not measured: simulated time from left to right ({unit}), a blank is an idle slot; hover over a cell for how many tokens the answer has.",
        ).format(unit=Text(zh="秒", en="seconds") if end >= MANY_SECONDS else Text(zh="毫秒", en="milliseconds")),
        measured=True,
        simulated=True,
    )


def _named(schedules: Schedules) -> tuple[tuple[Text, Schedule], ...]:
    return (STATIC, schedules.static), (CONTINUOUS, schedules.continuous)


def _ticks(end: float) -> dict[str, float]:
    """Places ticks on whole seconds, a handful of them; in a short schedule on hundreds of milliseconds."""
    if end < MANY_SECONDS:
        every = 100 * max(1, round(end * 10 / 6))
        return {str(moment): moment / 1e3 for moment in range(0, int(1e3 * end), every)}
    every = max(1, round(end / 8))
    return {str(moment): float(moment) for moment in range(0, int(end) + 1, every)}


def _sitting(schedule: Schedule, slot: int, moment: float) -> int | None:
    return next(
        (stay.request for stay in schedule.stays if stay.slot == slot and stay.start <= moment < stay.end), None
    )


def account(schedules: Schedules, timings: Mapping[int, Timing], first_token: float) -> Table:
    """Tabulates throughput, waits and idle slots of both schedules."""
    rows = [
        (
            Text(zh="{name}（模拟）", en="{name} (simulated)").format(name=name), schedule.throughput, schedule.mean_latency,
            schedule.longest_short_wait, 100 * schedule.idle_share, schedule.seconds,
        )
        for name, schedule in _named(schedules)
    ]  # fmt: skip
    slots = schedules.static.slots
    said = Text(
        zh="模拟，不是实测：{n} 个请求同时到，长度 {lengths} 个词元，先来先服务，{slots} 个槽。步长取自上面这次实测的每步毫秒（没测到的批大小按直线插值），"
        "每个请求预填充 {ms} ms，期间别的槽被阻塞。回答以生成完自己最后一个词元为准。",
        en="Simulated, not measured: {n} requests come at once, of {lengths} tokens, first come first served, {slots:|slot|slots}. Step times are this run's"
        " measured ones (linear between batch sizes); a prefill takes {ms} ms, during which the other slots stall. An answer counts as done at its own last token.",
    ).format(n=len(LENGTHS), lengths=Text(zh="、".join(map(str, LENGTHS)), en=", ".join(map(str, LENGTHS))), slots=slots, ms=f"{1e3 * first_token:.0f}")  # fmt: skip
    return Table(
        columns=(
            Text(zh="批处理", en="batching"),
            Text(zh="词元/秒", en="tokens/s"),
            Text(zh="平均完成 s", en="mean completion, s"),
            Text(zh="最慢的短回答 s", en="slowest short answer, s"),
            Text(zh="槽空闲 %", en="slots idle %"),
            Text(zh="全部完成 s", en="all done, s"),
        ),
        rows=tuple(rows),
        digits=2,
        caveat=said,
        loaded=load_notice(list(timings.values())),
        measured=True,
        simulated=True,
    )

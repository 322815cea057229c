"""The curves of a decoding step: over position with and without a cache, and over the rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping

from playground.lab.panels import Line, Lines, Mark
from playground.lab.text import Label, Text
from playground.lab.timing import Timing, load_notice
from playground.topics.inference.request import Request
from playground.topics.inference.settings import Settings
from playground.topics.inference.step_times import Positions

CACHED = Text(zh="有 KV 缓存", en="with a KV cache")
UNCACHED = Text(zh="没有缓存", en="without")


def _line(name: Label, timings: Mapping[int, Timing], dash: str = "solid") -> Line:
    return Line(
        name,
        tuple(map(float, timings)),
        tuple(1e3 * timing.median for timing in timings.values()),
        tuple(1e3 * timing.low for timing in timings.values()),
        tuple(1e3 * timing.high for timing in timings.values()),
        dash=dash,
    )


def positions(settings: Settings, request: Request, measured: Positions, weight_bytes: int) -> Lines:
    """Draws a step over position with the cache and without; this run's point is marked. `weight_bytes`: what every
    step reads besides.
    """
    lines = [
        _line(name, {place: timing for (place, with_cache), timing in measured.steps.items() if with_cache is cached}, dash)
        for name, cached, dash in ((CACHED, True, "solid"), (UNCACHED, False, "dash"))
    ]  # fmt: skip
    here = len(request.ids)
    timing = measured.steps[here, settings.cache]
    name = Text(zh="这次运行：缓存{state}，{n} 个词元处", en="this run: cache {on}, after {n} tokens").format(
        state="开" if settings.cache else "关", on="on" if settings.cache else "off", n=here
    )
    mark = Mark(float(here), 1e3 * timing.median, name)
    said = Text(
        zh="单条序列，{n} 次的中位数，色带为最少到最多；两条线走的是同一个前向函数，交替测量。{size}",
        en="One sequence, median of {n}, the band from least to most; both lines use the same forward function, measured in turn. {size}",
    ).format(n=timing.repeats, size=_against_the_weights(measured, weight_bytes))
    return Lines(
        tuple(lines),
        x_label=Text(zh="已有词元数", en="tokens so far"),
        y_label=Text(zh="生成下一个词元的毫秒", en="ms for the next token"),
        marks=(mark,),
        caveat=said,
        loaded=load_notice(list(measured.steps.values())),
        measured=True,
    )


def _against_the_weights(measured: Positions, weight_bytes: int) -> Text:
    """Says why the line with the cache is nearly flat: at the chart's last position, keys and values beside weights."""
    last = max(tokens for tokens, _ in measured.steps)
    return Text(
        zh="有缓存的一步要读权重 {weights} MB；{n} 个词元处另读键和值 {kv} MB，所以几乎是平的。",
        en="A step with the cache reads {weights} MB of weights; after {n} tokens it also reads {kv} MB of keys and values, so it is nearly flat.",
    ).format(n=last, weights=f"{weight_bytes / 1e6:.0f}", kv=f"{measured.held[last] / 1e6:.1f}")


def throughput(settings: Settings, timings: Mapping[int, Timing]) -> Lines:
    """Draws tokens a second of all answers together."""
    line = Line(
        Text(zh="合计", en="together"),
        tuple(map(float, timings)),
        tuple(rows / timing.median for rows, timing in timings.items()),
        tuple(rows / timing.high for rows, timing in timings.items()),
        tuple(rows / timing.low for rows, timing in timings.items()),
    )
    here = timings[settings.batch]
    mark = Mark(float(settings.batch), settings.batch / here.median, _this_batch(settings))
    said = Text(zh="{n} 次的中位数，色带为最少到最多。", en="Median of {n}, the band from least to most.").format(
        n=here.repeats
    )
    return Lines(
        (line,),
        x_label=Text(zh="批大小", en="batch size"),
        y_label=Text(zh="词元/秒，全批合计", en="tokens/s, whole batch"),
        marks=(mark,),
        caveat=said,
        loaded=load_notice(list(timings.values())),
        measured=True,
    )


def latency(settings: Settings, timings: Mapping[int, Timing]) -> Lines:
    """Draws milliseconds that each answer waits for its next token."""
    here = timings[settings.batch]
    said = Text(
        zh="同样的测量；一步给每个回答生成一个词元。", en="The same runs; a step generates one token for every answer."
    )
    return Lines(
        (_line(Text(zh="每步", en="a step"), timings),),
        x_label=Text(zh="批大小", en="batch size"),
        y_label=Text(zh="每步毫秒（每个回答都要等）", en="ms per step (each answer waits)"),
        marks=(Mark(float(settings.batch), 1e3 * here.median, _this_batch(settings)),),
        caveat=said,
        loaded=load_notice(list(timings.values())),
        measured=True,
    )


def _this_batch(settings: Settings) -> Text:
    return Text(zh="这次运行：{n}", en="this run: {n}").format(n=settings.batch)

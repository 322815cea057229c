"""A step's time over position, with and without a cache, and over the rows of a batch; the bytes that a text leaves behind.

Measured on the request itself, repeated to the length; a step's time goes by the number of tokens, not by which they are.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from transformers import DynamicCache

from playground.lab.panels import Line, Lines, Mark, Table
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Timing, load_notice, measure_in_turn
from playground.models.key_values import KeyValueShape, held_bytes
from playground.models.language_model import LanguageModel
from playground.models.stepping import LibraryText, go_on
from playground.topics.inference.request import Request
from playground.topics.inference.settings import Settings

POSITIONS = (32, 256, 512)
LENGTHS = (768,)
BATCHES = (1, 2, 4, 8, 16)
REPEATS = 3

CACHED = Text(zh="有 KV 缓存", en="with a KV cache")
UNCACHED = Text(zh="没有缓存", en="without")


@dataclass(frozen=True)
class Positions:
    """Steps after so many tokens, by (tokens, cached); bytes of the library's own cache by tokens."""

    steps: Mapping[tuple[int, bool], Timing]
    held: Mapping[int, int]


def over_positions(lm: LanguageModel, request: Request) -> Positions:
    """Reads a long text once, in chunks, and times a step at each position with the cache so far and without any."""
    here = len(request.ids)
    positions = sorted({place for place in (*POSITIONS, here) if place < lm.context // 2 or place == here})
    lengths = sorted({*positions, *(length for length in LENGTHS if length <= lm.context)})
    text = list(itertools.islice(itertools.cycle(request.ids), lengths[-1] + 1))
    cache, read = DynamicCache(config=lm.config), 0
    calls: dict[tuple[int, bool], Callable[[], object]] = {}
    held = {}
    for length in lengths:
        lm.forward(torch.tensor([text[read:length]]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        read, held[length] = length, held_bytes(cache)
        if length in positions:
            calls[length, True] = functools.partial(LibraryText(lm, copy.deepcopy(cache)).step, torch.tensor(text[:1]))
            whole = torch.tensor([text[: length + 1]])
            calls[length, False] = functools.partial(lm.forward, whole, use_cache=False, logits_to_keep=1)
    return Positions(measure_in_turn(calls, REPEATS, warm_up=0), held)


def over_batches(lm: LanguageModel, request: Request, batch: int) -> dict[int, Timing]:
    """A step of so many rows, each with the request before it, by the step that this project decodes with."""
    cache = DynamicCache(config=lm.config)
    lm.forward(torch.tensor([request.ids]), past_key_values=cache, use_cache=True, logits_to_keep=1)
    calls: dict[int, Callable[[], object]] = {}
    for rows in sorted({*BATCHES, batch}):
        text = go_on(lm, copy.deepcopy(cache), REPEATS)
        text.select(torch.zeros(rows, dtype=torch.long))
        calls[rows] = functools.partial(text.step, torch.tensor(request.ids[-1:] * rows))
    return measure_in_turn(calls, REPEATS, warm_up=0)


def _line(name: Label, timings: Mapping[int, Timing], dash: str = "solid", role: str = "") -> Line:
    return Line(
        name,
        tuple(map(float, timings)),
        tuple(1e3 * timing.median for timing in timings.values()),
        tuple(1e3 * timing.low for timing in timings.values()),
        tuple(1e3 * timing.high for timing in timings.values()),
        dash=dash,
        role=role,
    )


def position_panel(settings: Settings, request: Request, measured: Positions) -> Lines:
    """Flat against growing; this run's point is marked."""
    lines = [
        _line(name, {place: timing for (place, with_cache), timing in measured.steps.items() if with_cache is cached}, dash, role)
        for name, cached, dash, role in ((CACHED, True, "solid", "a"), (UNCACHED, False, "dash", "b"))
    ]  # fmt: skip
    here = len(request.ids)
    timing = measured.steps[here, settings.cache]
    name = Text(zh="这次运行：缓存{state}，{n} 个词元处", en="this run: cache {on}, after {n} tokens").format(
        state="开" if settings.cache else "关", on="on" if settings.cache else "off", n=here
    )
    mark = Mark(float(here), 1e3 * timing.median, name, "a" if settings.cache else "b")
    said = Text(
        zh="单条序列，{n} 次的中位数，色带为最少到最多；两条线走的是同一个前向函数，交替测量。",
        en="One sequence, median of {n}, the band from least to most; both lines take the same forward function, in turn.",
    ).format(n=timing.repeats)
    return Lines(
        tuple(lines),
        x_label=Text(zh="已有词元数", en="tokens so far"),
        y_label=Text(zh="写下一个词元的毫秒", en="ms for the next token"),
        marks=(mark,),
        caveat=joined(load_notice(list(measured.steps.values())), said),
        measured=True,
    )


def throughput_panel(settings: Settings, timings: Mapping[int, Timing]) -> Lines:
    """Tokens a second of all answers together."""
    line = Line(
        Text(zh="合计", en="together"),
        tuple(map(float, timings)),
        tuple(rows / timing.median for rows, timing in timings.items()),
        tuple(rows / timing.high for rows, timing in timings.items()),
        tuple(rows / timing.low for rows, timing in timings.items()),
        role="a",
    )
    here = timings[settings.batch]
    mark = Mark(float(settings.batch), settings.batch / here.median, _this_batch(settings), "a")
    said = Text(zh="{n} 次的中位数，色带为最少到最多。", en="Median of {n}, the band from least to most.").format(
        n=here.repeats
    )
    return Lines(
        (line,),
        x_label=Text(zh="批大小", en="batch size"),
        y_label=Text(zh="词元/秒，全批合计", en="tokens/s, whole batch"),
        marks=(mark,),
        caveat=joined(load_notice(list(timings.values())), said),
        measured=True,
    )


def latency_panel(settings: Settings, timings: Mapping[int, Timing]) -> Lines:
    """What each answer waits for its next token."""
    here = timings[settings.batch]
    said = Text(zh="同样的测量；一步给每个回答写一个词元。", en="The same runs; a step writes a token of every answer.")
    return Lines(
        (_line(Text(zh="每步", en="a step"), timings, role="b"),),
        x_label=Text(zh="批大小", en="batch size"),
        y_label=Text(zh="每步毫秒（每个回答都要等）", en="ms per step (each answer waits)"),
        marks=(Mark(float(settings.batch), 1e3 * here.median, _this_batch(settings), "b"),),
        caveat=joined(load_notice(list(timings.values())), said),
        measured=True,
    )


def _this_batch(settings: Settings) -> Text:
    return Text(zh="这次运行：{n}", en="this run: {n}").format(n=settings.batch)


def bytes_panel(lm: LanguageModel, held: Mapping[int, int]) -> Lines:
    """Bytes over length: by formula, as measured, and what they would be without windows and without shared heads."""
    shape = KeyValueShape.of(lm)
    lengths = tuple(map(float, held))
    lines = [
        Line(
            Text(zh="公式", en="formula"),
            lengths,
            tuple(shape.bytes_of(n) / 1e6 for n in held),
            role="a",
            markers=False,
        ),
        Line(
            Text(zh="实测", en="measured"), lengths, tuple(size / 1e6 for size in held.values()), role="b", dash="dot"
        ),
    ]
    if shape.window is not None:
        lines.append(Line(Text(zh="假如没有窗口", en="had it no windows"), lengths, tuple(n * shape.bytes_per_token / 1e6 for n in held), dash="dash", markers=False))  # fmt: skip
    return Lines(
        tuple(lines), x_label=Text(zh="词元数", en="tokens"), y_label=Text(zh="MB，一条序列", en="MB, one sequence")
    )


def bytes_table(lm: LanguageModel, held: Mapping[int, int]) -> Table:
    """The same, to the byte."""
    shape = KeyValueShape.of(lm)
    rows = tuple((str(n), f"{shape.bytes_of(n):,}", f"{size:,}", size / n / 1024) for n, size in held.items())
    formula = Text(
        zh="每词元 = 2（键与值）× {layers} 层 × {kv} 个键值头 × 头宽 {size} × {element} 字节 = {bytes} 字节。",
        en="Per token: 2 (key and value) × {layers} layers × {kv} key-value head(s) × head size {size} × {element} bytes = {bytes} bytes.",
    ).format(layers=shape.layers, kv=shape.key_value_heads, size=shape.head_size, element=shape.element_size, bytes=f"{shape.bytes_per_token:,}")  # fmt: skip
    if shape.heads > shape.key_value_heads:
        grouped = Text(
            zh="{heads} 个查询头共用 {kv} 个键值头，否则要 {times} 倍。", en="{heads} query heads share {kv}; without that, {times} times as many.",
        ).format(heads=shape.heads, kv=shape.key_value_heads, times=f"{shape.heads / shape.key_value_heads:g}")  # fmt: skip
        formula = joined(formula, grouped)
    if shape.window is not None:
        windows = Text(
            zh="{local} 个窗口层最多留 {kept} 个（下一个词元加上它看得到的，正好 {window}），之后只有 {full} 个全局层在长。",
            en="{local} layers with a window keep at most {kept} (the next token and those it sees make {window}); from there only {full} global layers grow.",
        ).format(local=shape.layers - shape.full_layers, kept=shape.window - 1, window=shape.window, full=shape.full_layers)  # fmt: skip
        formula = joined(formula, windows)
    return Table(
        columns=(
            Text(zh="词元", en="tokens"),
            Text(zh="公式（字节）", en="formula (bytes)"),
            Text(zh="实测（字节）", en="measured (bytes)"),
            Text(zh="KB/词元", en="KB per token"),
        ),
        rows=rows,
        digits=1,
        caveat=formula,
    )

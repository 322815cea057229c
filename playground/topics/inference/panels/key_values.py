"""The bytes of the keys and values over length, by formula and as measured."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Table
from playground.lab.text import Text, joined
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.topics.inference.findings import KeyValueBytes


def growth(lm: LanguageModel, found: Sequence[KeyValueBytes]) -> Lines:
    """Draws megabytes over length: by formula, as measured, and, for a model with windows, what they would be without."""
    shape = KeyValueShape.of(lm)
    lengths = tuple(float(one.tokens) for one in found)
    lines = [
        Line(
            Text(zh="公式", en="formula"),
            lengths,
            tuple(one.by_formula / 1e6 for one in found),
            markers=False,
        ),
        Line(Text(zh="实测", en="measured"), lengths, tuple(one.held / 1e6 for one in found), dash="dot"),
    ]
    if shape.window is not None:
        lines.append(Line(Text(zh="假如没有窗口", en="had it no windows"), lengths, tuple(one.tokens * shape.bytes_per_token / 1e6 for one in found), dash="dash", markers=False))  # fmt: skip
    return Lines(
        tuple(lines),
        x_label=Text(zh="词元数", en="tokens"),
        y_label=Text(zh="MB（10⁶ 字节），一条序列", en="MB (10⁶ bytes), one sequence"),
    )


def table(lm: LanguageModel, found: Sequence[KeyValueBytes]) -> Table:
    """Tabulates the same, to the byte, with the formula. 1 KiB is 1,024 bytes, 1 MB in the plot 10⁶."""
    shape = KeyValueShape.of(lm)
    rows = tuple(
        (str(one.tokens), f"{one.by_formula:,}", f"{one.held:,}", one.held / one.tokens / 1024) for one in found
    )
    formula = Text(
        zh="每词元 = 2（键与值）× {layers} 层 × {kv} 个键值头 × 头宽 {size} × {element} 字节 = {bytes} 字节。",
        en="Per token: 2 (key and value) × {layers} layers × {kv:|key-value head|key-value heads} × head size {size} × {element} bytes = {bytes} bytes.",
    ).format(layers=shape.layers, kv=shape.key_value_heads, size=shape.head_size, element=shape.element_size, bytes=f"{shape.bytes_per_token:,}")  # fmt: skip
    if shape.heads > shape.key_value_heads:
        grouped = Text(
            zh="{heads} 个查询头共用 {kv} 个键值头，否则要 {times} 倍。", en="{heads} query heads share {kv}; otherwise it would be {times} times as much.",
        ).format(heads=shape.heads, kv=shape.key_value_heads, times=f"{shape.heads / shape.key_value_heads:g}")  # fmt: skip
        formula = joined(formula, grouped)
    if shape.window is not None:
        windows = Text(
            zh="{local} 个窗口层最多留 {kept} 个（连同下一个词元正好 {window} 个），之后只有 {full} 个全局层继续增长。",
            en="{local} layers with a window keep at most {kept} (with the next token, {window}); beyond that only {full} global layers grow.",
        ).format(local=shape.layers - shape.full_layers, kept=shape.window - 1, window=shape.window, full=shape.full_layers)  # fmt: skip
        formula = joined(formula, windows)
    return Table(
        columns=(
            Text(zh="词元", en="tokens"),
            Text(zh="公式（字节）", en="formula (bytes)"),
            Text(zh="实测（字节）", en="measured (bytes)"),
            Text(zh="KiB/词元", en="KiB per token"),
        ),
        rows=rows,
        digits=1,
        caveat=joined(formula, Text(zh="1 KiB = 1024 字节。", en="1 KiB = 1,024 bytes.")),
    )

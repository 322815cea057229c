"""Draws patching and direct logit attribution."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from playground.explanation.direct_attribution import DirectAttribution
from playground.explanation.patching import Contrast
from playground.explanation.patching import Grid as Patching
from playground.lab.grid_panels import Grid
from playground.lab.panels import Bars, Metric, Metrics, Series, Table
from playground.lab.text import Label, Text
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.contrasts import shown
from playground.topics.mechanisms.findings import Direct, Patched
from playground.topics.mechanisms.settings import PATCHED_KINDS

TOP = 8


def layer_names(lm: LanguageModel) -> tuple[Label, ...]:
    """Names the layers from 1."""
    return tuple(Text(zh=f"第 {layer} 层", en=f"layer {layer}") for layer in range(1, lm.layers + 1))


def tokens(lm: LanguageModel, ids: tuple[int, ...]) -> list[str]:
    """What is read at each position; the rest of a split character is a dot."""
    return [piece.strip(" ") or ("␣" if piece else "·") for piece in pieces(lm, ids)]


def columns(lm: LanguageModel, contrast: Contrast) -> tuple[Label, ...]:
    """Names the positions by the clean text's tokens, with the corrupted text's where it differs."""
    return tuple(
        a if a == b else f"{a}/{b}"
        for a, b in zip(tokens(lm, contrast.clean), tokens(lm, contrast.corrupted), strict=True)
    )


def summary(lm: LanguageModel, contrast: Contrast, clean: float, corrupted: float) -> Metrics:
    """The answers and both differences of logits."""
    return Metrics((
        Metric(Text(zh="正常句的答案", en="answer, clean"), shown(lm, contrast.answer)),
        Metric(Text(zh="破坏句的答案", en="answer, corrupted"), shown(lm, contrast.wrong)),
        Metric(Text(zh="logit 差：正常句", en="logit difference, clean"), clean, hint=_DIFFERENCE),
        Metric(Text(zh="logit 差：破坏句", en="logit difference, corrupted"), corrupted, hint=_DIFFERENCE),
        Metric(Text(zh="词元", en="tokens"), float(len(contrast.clean)), digits=0),
    ))  # fmt: skip


_DIFFERENCE = Text(
    zh="最后一个位置上：正常句答案的 logit 减去破坏句答案的 logit", en="At the last position: the logit of the clean answer minus that of the corrupted one"
)  # fmt: skip


def patching_grid(
    lm: LanguageModel, contrast: Contrast, grid: Patching, kind: str, chosen: tuple[int, int] | None, found: Patched
) -> Grid:
    """Layer × position, on the scale of corrupted 0 and clean 1; `chosen`: layer and position from 0; `found`: both checks."""
    normalized = grid.normalized
    return Grid(
        columns=columns(lm, contrast),
        rows=layer_names(lm),
        values=tuple(tuple(None if np.isnan(cell) else float(cell) for cell in row) for row in normalized),
        value_label=Text(zh="恢复的份额（{kind}）", en="share restored ({kind})").format(kind=PATCHED_KINDS[kind]),
        diverging=True,
        low=-1.0,
        high=1.0,
        texts=tuple(tuple(f"logit {cell:+.2f}" for cell in row) for row in grid.patched),
        setting="cell",
        choices=tuple(
            tuple(f"{layer}.{position}" for position in range(1, len(contrast.clean) + 1))
            for layer in range(1, lm.layers + 1)
        ),
        selected=() if chosen is None else (chosen,),
        click=Text(zh="点一格，看修补这一处后的输出", en="Click a cell for the output after patching it"),
        caveat=Text(
            zh="两项自检（只应有舍入误差）：换入整层的残差流，logit 差与目标最多相差 {all}；什么也不换，最多相差 {none}。",
            en="Both checks, exact but for rounding: after patching a whole layer's residual stream the logit difference is off by {all} at most, after patching nothing by {none}.",
        ).format(all=f"{found.all_gap:.3f}", none=f"{found.none_gap:.3f}"),
    )


def patched_table(lm: LanguageModel, contrast: Contrast, logits: Tensor) -> Table:
    """The likeliest next tokens of the clean, the corrupted and the patched run (3, vocabulary), with the answers first."""
    chances = logits.softmax(-1)
    best = chances.max(0).values.topk(TOP).indices.tolist()
    order = list(dict.fromkeys([contrast.answer, contrast.wrong, *best]))[:TOP]
    rows: list[tuple[int | float | Label | None, ...]] = [
        (shown(lm, token), *(float(chances[side, token]) for side in range(3))) for token in order
    ]
    heads = (
        Text(zh="下一个词元", en="next token"), Text(zh="正常句", en="clean"), Text(zh="破坏句", en="corrupted"), Text(zh="修补后", en="patched"),
    )  # fmt: skip
    return Table(heads, tuple(rows), highlight=(0, 1))


def direct_grid(lm: LanguageModel, direct: DirectAttribution, toggled: tuple[tuple[str, ...], ...]) -> Grid:
    """Layers × heads and the MLP; `toggled`: what a click on each head sets."""
    values = np.concatenate([direct.heads, direct.mlps[:, None]], 1)
    return Grid(
        columns=(
            *(Text(zh=f"头 {head}", en=f"head {head}") for head in range(1, lm.heads + 1)),
            Text(zh="前馈", en="MLP"),
        ),
        rows=layer_names(lm),
        values=tuple(tuple(float(cell) for cell in row) for row in values),
        value_label=Text(zh="对 logit 差的直接贡献", en="direct part of the logit difference"),
        diverging=True,
        setting="heads",
        choices=tuple((*row, "") for row in toggled),
        click=Text(zh="点一个头，在下面消融它", en="Click a head to ablate it below"),
    )


def direct_sum(lm: LanguageModel, direct: DirectAttribution, found: Direct) -> Bars:
    """The parts by layer, with the embedding and the rounding, whose sum is the difference of logits."""
    names: tuple[Label, ...] = (
        Text(zh="词向量", en="embedding"),
        *map(str, range(1, lm.layers + 1)),
        Text(zh="舍入", en="rounding"),
    )
    heads = (direct.embedding, *map(float, direct.heads.sum(1)), direct.rounding)
    mlps = (None, *map(float, direct.mlps), None)
    return Bars(
        names,
        (
            Series(Text(zh="注意力（词向量、舍入）", en="attention (embedding, rounding)"), heads),
            Series(Text(zh="前馈层", en="MLP"), mlps),
        ),
        y_label=Text(zh="合计 {total}", en="sum {total}").format(total=f"{found.total:.2f}"),
        stacked=True,
    )

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
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.contrasts import shown
from playground.topics.mechanisms.findings import Direct, Patched
from playground.topics.mechanisms.panels.heads import Ablation
from playground.topics.mechanisms.panels.names import layer_names, tokens
from playground.topics.mechanisms.panels.next_token import next_tokens
from playground.topics.mechanisms.settings import PATCHED_KINDS, Settings


def columns(lm: LanguageModel, contrast: Contrast) -> tuple[Label, ...]:
    """Names the positions by the clean text's tokens, with the corrupted text's where it differs."""
    return tuple(
        a if a == b else f"{a}/{b}"
        for a, b in zip(tokens(lm, contrast.clean), tokens(lm, contrast.corrupted), strict=True)
    )


def summary(lm: LanguageModel, contrast: Contrast, clean: float, corrupted: float) -> Metrics:
    """Draws the answers and both differences of logits."""
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
    lm: LanguageModel, contrast: Contrast, grid: Patching, settings: Settings, found: Patched, logits: Tensor
) -> Grid:
    """Draws layer × position, on the scale of corrupted 0 and clean 1. `found`: the place that is shown, and both
    checks; `logits`: (3, vocabulary) of the next token of the clean, the corrupted and the patched run, drawn beside.
    """
    kind, chosen = settings.kind, found.chosen
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
        selected=((chosen.layer - 1, chosen.position - 1),),
        click=Text(zh="点一格，旁边是修补这一处后的输出", en="Click a cell: beside is the output after patching it"),
        beside=_patched_tokens(lm, contrast, settings, logits),
        beside_label=Text(
            zh="修补第 {layer} 层第 {position} 个位置“{token}”的{kind}之后",
            en="After patching the {kind} in layer {layer} at position {position}, “{token}”",
        ).format(kind=PATCHED_KINDS[kind], layer=chosen.layer, position=chosen.position, token=chosen.token),
        caveat=Text(
            zh="两项自检（只应有舍入误差）：换入整层的残差流，logit 差与目标最多相差 {all}；什么也不换，最多相差 {none}。",
            en="Both checks, exact but for rounding: after patching a whole layer's residual stream the logit difference is off by {all} at most, after patching nothing by {none}.",
        ).format(all=f"{found.all_gap:.3f}", none=f"{found.none_gap:.3f}"),
    )


def _patched_tokens(lm: LanguageModel, contrast: Contrast, settings: Settings, logits: Tensor) -> Table:
    """The answers first; marked is what patching moves in the run that it is put into."""
    names = (Text(zh="正常句", en="clean"), Text(zh="破坏句", en="corrupted"), Text(zh="修补后", en="patched"))
    before = 1 if settings.direction == "denoise" else 0
    return next_tokens(lm, logits.softmax(-1), names, (before, 2), (contrast.answer, contrast.wrong))


def direct_grid(lm: LanguageModel, direct: DirectAttribution, ablation: Ablation) -> Grid:
    """Draws layers × heads and the MLP; `ablation`: what a click on each sets, and the output without what is ablated."""
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
        choices=ablation.toggled,
        selected=(*ablation.chosen.heads, *((layer, lm.heads) for layer in ablation.chosen.mlps)),
        click=ablation.click,
        beside=ablation.output,
        beside_label=ablation.label,
    )


def direct_sum(lm: LanguageModel, direct: DirectAttribution, found: Direct) -> Bars:
    """Draws the parts by layer, with the embedding and the rounding, whose sum is the difference of logits."""
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

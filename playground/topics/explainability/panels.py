"""The panels of explainability: every method beside the others and against chance. Knows how no method works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from playground.explanation.agreement import Curve, rank_correlation
from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.logit_lens import Lens
from playground.explanation.removal import Removable
from playground.explanation.striking import drawn
from playground.lab.panels import Heatmap, Line, Lines, Table
from playground.lab.text import Label, Text, joined, written
from playground.lab.token_panels import Attention, Attribution
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.explainability.attributions import NAMES, Task, token_name, visible_spaces
from playground.topics.explainability.curves import Curves
from playground.topics.explainability.findings import Findings
from playground.topics.explainability.settings import Result

Found = Mapping[str, Weights]
Correlations = Mapping[str, Mapping[str, float | None]]


def attributions(task: Task, found: Found) -> Result:
    """Returns the panels of the methods known so far, with their rank agreement with the Shapley values once those are
    known.
    """
    made: dict[str, Attribution] = {}
    for name, weights in found.items():
        agreement = None
        if "shapley" in found and name != "shapley":
            agreement = rank_correlation(weights.weights, found["shapley"].weights)
        with_what = "" if agreement is None else NAMES["shapley"]
        made[name] = attribution_panel(
            NAMES[name], task.target.label, task.parts, weights, agreement, with_what, "struck"
        )
    return Result(
        lime=made.get("lime"), shapley=made.get("shapley"), left_out=made.get("left_out"), integrated=made.get("integrated"),
        gradient=made.get("gradient"), head=made.get("head"), mean=made.get("mean"), rollout=made.get("rollout"),
    )  # fmt: skip


def struck(result: Result, found: Findings) -> Result:
    """Returns every panel of the text's words again, with what was struck out."""
    without = drawn(found.struck)
    panels = {name: getattr(result, name) for name in (*NAMES, "attention")}
    return Result(
        findings=found, **{name: replace(one, struck=without) for name, one in panels.items() if one is not None}
    )


def bare_text(attention: Attention, task: Task) -> Attention:
    """Draws the opening panel, with how its pass is related to the one that is explained."""
    caveat = (
        Text(
            zh="这是原文过全部 {layers} 层的注意力；下面解释的是探针，它读的是套上提示语的文本，只到第 {layer} 层。",
            en="This is attention over the bare text in all {layers} layers; what is explained below is a probe, which reads the text in a prompt, up to layer {layer}.",
        )
        if task.token is None
        else Text(
            zh="这是原文过全部 {layers} 层的注意力；下面解释的是同一段原文之后下一个词元的概率，由另一次 float32 的前向算出。",
            en="This is attention over the bare text in all {layers} layers; what is explained below is the probability of the next token after the same text, from a float32 pass of its own.",
        )
    ).format(layers=task.lm.layers, layer=task.target.layer)
    return replace(attention, caveat=joined(attention.caveat, caveat))


def explained(task: Task) -> Text:
    """Returns what every method explains."""
    if task.token is None:
        return Text(
            zh="解释的是第 {layer} 层状态上的一个逻辑回归探针，文本套上了提示语；不是模型自己的输出：从状态里能读出褒贬，不等于模型在用它。",
            en="What is explained is a logistic-regression probe on the state after layer {layer} of the text in a prompt, not the model's own output:"
            " that sentiment can be read from the state doesn't mean that the model uses it.",
        ).format(layer=task.target.layer)
    return Text(
        zh="解释的是模型自己给下一个词元的概率：原文，不加提示语，全部 {layers} 层。",
        en="What is explained is the model's own probability of the next token: the bare text, without a prompt, all {layers} layers.",
    ).format(layers=task.lm.layers)


def comparison(task: Task, found: Found) -> Heatmap:
    """Draws methods × units, each row over its largest size."""
    parts = task.parts
    rows, values = [], []
    for name, label in NAMES.items():
        if name in found:
            weights = found[name].weights
            largest = float(np.abs(weights).max()) or 1.0
            doubtful = not found[name].reliable
            rows.append(
                Text(zh="{name}（不可信）", en="{name} (not reliable)").format(name=label) if doubtful else label
            )
            values.append(tuple(float(weight) / largest for weight in weights))
    return Heatmap(
        columns=parts.names, rows=tuple(rows), values=tuple(values), diverging=True, low=-1.0, high=1.0,
        value_label=Text(zh="相对权重", en="relative weight"), caveat=explained(task),
    )  # fmt: skip


def perturbed_table(target: Label, text: str, weights: Weights) -> Table:
    """Tabulates the text and three of the texts that LIME really put to the model."""
    tried = weights.perturbed
    three = [tried[place] for place in dict.fromkeys((0, len(tried) // 2, len(tried) - 1))] if tried else []
    rows = [
        (text, weights.value, 0.0),
        *((item.text, item.value, item.value - weights.value) for item in three),
    ]
    columns = (Text(zh="文本", en="text"), target, Text(zh="变化", en="change"))
    return Table(columns, tuple((text or "∅", value, change) for text, value, change in rows), highlight=(0,))


def agreement(task: Task, spearman: Correlations, kendall: Correlations) -> Heatmap:
    """Draws Spearman's ρ (the colour) and Kendall's τ of every two methods."""
    names = [name for name in NAMES if name in spearman]
    pairs = [[(spearman[a][b], kendall[a][b]) for b in names] for a in names]
    texts = [
        ["—" if rho is None or tau is None else f"{written(rho)} / {written(tau)}" for rho, tau in row] for row in pairs
    ]
    labels = tuple(NAMES[name] for name in names)
    few = Text(zh="不足三个单元，排名没有意义。", en="Fewer than three units: ranks mean nothing.")
    return Heatmap(
        columns=labels, rows=labels, values=tuple(tuple(rho for rho, _ in row) for row in pairs), texts=tuple(map(tuple, texts)),
        diverging=True, low=-1.0, high=1.0, value_label=Text(zh="Spearman ρ", en="Spearman ρ"),
        caveat=joined(explained(task), few) if len(task.parts) < 3 else explained(task),
    )  # fmt: skip


def deletion(target: Label, curves: Curves) -> Lines:
    """Draws the value while units are removed, by each method's order and by random ones."""
    return _curves(target, curves, Text(zh="删去的比例", en="share removed"))


def insertion(target: Label, curves: Curves) -> Lines:
    """Draws the value while units are put back, by each method's order and by random ones."""
    return _curves(target, curves, Text(zh="放入的比例", en="share put in"))


def _curves(target: Label, curves: Curves, x_label: Text) -> Lines:
    chance = curves.random
    lines = [
        _line(
            Text(zh="随机顺序 {area}", en="random order {area}").format(area=f"{chance.mean.area:.3f}"),
            chance.mean, low=chance.low, high=chance.high, dash="dot",
        )
    ]  # fmt: skip
    for name, curve in curves.methods.items():
        label = Text(zh="{name} {area}", en="{name} {area}").format(name=NAMES[name], area=f"{curve.area:.3f}")
        lines.append(_line(label, curve))
    return Lines(
        tuple(lines), x_label=x_label, y_label=target,
        caveat=Text(
            zh="图例中的数是曲线下面积；点线与色带是 {count} 个随机顺序的均值与上下限。",
            en="Figures in the legend: area under the curve. Dotted line and band: mean and extremes of {count} random orders.",
        ).format(count=curves.orders),
    )  # fmt: skip


def _line(
    name: Label, curve: Curve, low: tuple[float, ...] = (), high: tuple[float, ...] = (), dash: str = "solid"
) -> Line:
    return Line(name, curve.x, curve.y, low, high, dash=dash)


def lens_grid(lm: LanguageModel, ids: list[int], positions: range, lens: Lens) -> Heatmap:
    """Draws layers × the read positions of ids; the last layer on top."""
    order = range(lm.layers, -1, -1)
    read = pieces(lm, ids)
    caveat = Text(
        zh="这里读的是模型自己，原文，全部 {layers} 层，不经过探针。中间层没有受过直接输出的训练，低层的读数多半是噪声。",
        en="This reads the model itself on the bare text, all {layers} layers, and no probe. Middle layers were never trained for the output head; the lowest read mostly as noise.",
    ).format(layers=lm.layers)
    return Heatmap(
        columns=tuple(visible_spaces(read[position]) or "·" for position in positions),
        rows=tuple(Text(zh="词向量", en="embedding") if layer == 0 else str(layer) for layer in order),
        values=tuple(tuple(float(share) for share in lens.of[layer]) for layer in order),
        texts=tuple(tuple(token_name(lm, int(token)) for token in lens.tokens[layer]) for layer in order),
        low=0.0, high=1.0, value_label=Text(zh="最终首选的概率", en="probability of the final choice"),
        text_label=Text(zh="本层首选", en="this layer's first choice"), caveat=caveat,
    )  # fmt: skip


def split_at_spaces(target: Label, parts: Removable, weights: Weights) -> Attribution:
    """Draws LIME on the text cut at spaces."""
    return attribution_panel(Text(zh="按空格切分的 LIME", en="LIME split at spaces"), target, parts, weights)


WAYS: dict[str, Label] = {
    "spaces": Text(zh="空格", en="spaces"),
    "not_words": Text(zh="\\W+（lime 的默认值）", en="\\W+ (the default of lime)"),
    "words": Text(zh="词（jieba）", en="words (jieba)"),
    "characters": Text(zh="字", en="characters"),
}


def split_table(splits: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Table:
    """Tabulates the features of each text by each way of splitting; `splits`: text to way to features."""
    rows = [
        (sample if len(sample) <= 24 else sample[:23] + "…", WAYS[way], len(found), " | ".join(found)[:80])
        for sample, ways in splits.items()
        for way, found in ways.items()
    ]
    columns = (
        Text(zh="文本", en="text"),
        Text(zh="切法", en="split by"),
        Text(zh="特征数", en="features"),
        Text(zh="特征", en="features found"),
    )
    return Table(columns, tuple(rows), digits=0)

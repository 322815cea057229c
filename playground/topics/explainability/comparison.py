"""Panels that set the methods against each other and against chance; knows how no method works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from playground.explanation.agreement import (
    Curve,
    band,
    by_weight,
    deletion,
    insertion,
    random_orders,
    rank_correlation,
)
from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.lime_text import lime
from playground.explanation.logit_lens import logit_lens
from playground.explanation.removal import Removable, cut, cut_at_spaces
from playground.lab.panels import Heatmap, Line, Lines, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Attribution
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel
from playground.topics.explainability.methods import NAMES, Task, token_name
from playground.topics.explainability.settings import DEFAULT_TEXT

Found = Mapping[str, Weights]
LENS_POSITIONS = 14
# One line each: those that differ in kind. All eight would be a tangle.
CURVES = ("lime", "shapley", "left_out", "integrated", "mean")


def comparison(parts: Removable, found: Found) -> Heatmap:
    """Methods × units, each row over its largest size."""
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
        value_label=Text(zh="相对权重", en="relative weight"),
    )  # fmt: skip


def perturbed_table(target: Label, text: str, weights: Weights) -> Table:
    """The text and three of the texts that LIME really put to the model."""
    tried = weights.perturbed
    three = [tried[place] for place in dict.fromkeys((0, len(tried) // 2, len(tried) - 1))] if tried else []
    rows = [
        (text, weights.value, 0.0),
        *((item.text, item.value, item.value - weights.value) for item in three),
    ]
    columns = (Text(zh="文本", en="text"), target, Text(zh="变化", en="change"))
    return Table(columns, tuple((text or "∅", value, change) for text, value, change in rows), highlight=(0,))


def agreement(found: Found) -> Heatmap:
    """Spearman (the colour) and Kendall of every two methods."""
    names = [name for name in NAMES if name in found]
    spearman = [[rank_correlation(found[a].weights, found[b].weights) for b in names] for a in names]
    kendall = [[rank_correlation(found[a].weights, found[b].weights, "kendall") for b in names] for a in names]
    texts = [
        ["—" if rho is None or tau is None else f"{rho:.2f} / {tau:.2f}" for rho, tau in zip(*pair, strict=True)]
        for pair in zip(spearman, kendall, strict=True)
    ]
    labels = tuple(NAMES[name] for name in names)
    few = len(next(iter(found.values())).weights) < 3
    return Heatmap(
        columns=labels, rows=labels, values=tuple(map(tuple, spearman)), texts=tuple(map(tuple, texts)),
        diverging=True, low=-1.0, high=1.0, value_label=Text(zh="Spearman ρ", en="Spearman ρ"),
        caveat=Text(zh="不足三个单元，排名没有意义。", en="Fewer than three units: ranks mean nothing.") if few else None,
    )  # fmt: skip


def curves(task: Task, found: Found) -> Iterator[tuple[str, Lines]]:
    """Deletion, then insertion, against random orders."""
    parts, value = task.parts, task.target.value
    # Above ten units the texts of the random orders were not computed before, so fewer of them.
    orders = random_orders(len(parts), 10 if len(parts) <= 10 else 5, task.settings.seed)
    for kind, walk in (("deletion", deletion), ("insertion", insertion)):
        chance = band([walk(parts, value, order) for order in orders])
        lines = [
            _line(
                Text(zh="随机顺序 {area}", en="random order {area}").format(area=f"{chance.mean.area:.3f}"),
                chance.mean, low=chance.low, high=chance.high, dash="dot",
            )
        ]  # fmt: skip
        for name in CURVES:
            curve = walk(parts, value, by_weight(found[name].weights))
            label = Text(zh="{name} {area}", en="{name} {area}").format(name=NAMES[name], area=f"{curve.area:.3f}")
            lines.append(_line(label, curve))
        yield kind, Lines(
            tuple(lines), x_label=Text(zh="删去的比例", en="share removed") if kind == "deletion" else Text(zh="放入的比例", en="share put in"),
            y_label=task.target.label,
            caveat=Text(
                zh="图例中的数是曲线下面积；点线与色带是 {count} 个随机顺序的均值与上下限。",
                en="Figures in the legend: area under the curve. Dotted line and band: mean and extremes of {count} random orders.",
            ).format(count=len(orders)),
        )  # fmt: skip


def _line(
    name: Label, curve: Curve, low: tuple[float, ...] = (), high: tuple[float, ...] = (), dash: str = "solid"
) -> Line:
    return Line(name, curve.x, curve.y, low, high, dash=dash)


def lens_grid(lm: LanguageModel, text: str) -> Heatmap:
    """Layers × the last positions of a text; the last layer on top."""
    ids = lm.encode(text)
    positions = range(max(0, len(ids) - LENS_POSITIONS), len(ids))
    lens = logit_lens(lm, ids, positions)
    order = range(lm.layers, -1, -1)
    caveat = Text(
        zh="中间层没有受过直接输出的训练，低层的读数多半是噪声。", en="Middle layers were never trained to speak; the lowest read mostly as noise."
    )  # fmt: skip
    return Heatmap(
        columns=tuple(token_name(lm, ids[position]) or "·" for position in positions),
        rows=tuple(Text(zh="词向量", en="embedding") if layer == 0 else str(layer) for layer in order),
        values=tuple(tuple(float(share) for share in lens.of[layer]) for layer in order),
        texts=tuple(tuple(token_name(lm, int(token)) for token in lens.tokens[layer]) for layer in order),
        low=0.0, high=1.0, value_label=Text(zh="最终首选的概率", en="probability of the final choice"), caveat=caveat,
    )  # fmt: skip


def split_at_spaces(task: Task) -> Attribution:
    """LIME on the text cut where it has spaces and nowhere else; a text in a script without spaces is one feature."""
    parts = cut_at_spaces(task.settings.text)
    *_, last = lime(parts, task.target.value, samples=64, seed=task.settings.seed)
    return attribution_panel(Text(zh="按空格切分的 LIME", en="LIME split at spaces"), task.target.label, parts, last)


def split_table(text: str) -> Table:
    """How many features each way of splitting finds, in the visitor's text and in a Chinese sentence."""
    rows = []
    for sample in dict.fromkeys((text, DEFAULT_TEXT.zh)):
        ways: dict[Label, list[str]] = {
            Text(zh="空格", en="spaces"): sample.split(),
            # The default of `lime.lime_text.LimeTextExplainer`: Chinese characters are \w, so only punctuation cuts.
            Text(zh="\\W+（lime 的默认值）", en="\\W+ (the default of lime)"): [
                part for part in re.split(r"\W+", sample) if part
            ],
            Text(zh="词（jieba）", en="words (jieba)"): list(cut(sample, "word").names),
            Text(zh="字", en="characters"): [part.text for part in segment(sample, "character") if part.is_content],
        }
        rows += [
            (sample if len(sample) <= 24 else sample[:23] + "…", way, len(found), " | ".join(found)[:80])
            for way, found in ways.items()
        ]
    columns = (
        Text(zh="文本", en="text"),
        Text(zh="切法", en="split by"),
        Text(zh="特征数", en="features"),
        Text(zh="特征", en="features found"),
    )
    return Table(columns, tuple(rows), digits=0)

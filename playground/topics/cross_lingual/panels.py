"""The panels of cross-lingual transfer, drawn from the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.lab.panels import (
    Heatmap,
    Histogram,
    Line,
    Lines,
    Mark,
    Metric,
    Metrics,
    Point,
    Scatter,
    Series,
    Table,
)
from playground.lab.text import Label, Language, Text
from playground.statistics.intervals import Share, with_interval
from playground.topics.cross_lingual.alignment import plane, unit
from playground.topics.cross_lingual.findings import Findings, Own
from playground.topics.cross_lingual.lines import Sentence
from playground.topics.cross_lingual.settings import ROTATIONS, Settings
from playground.topics.cross_lingual.space import EN, ZH, Mapped, Step
from playground.topics.cross_lingual.transfer import FEW, LayerAccuracy, Row

NAMES = {ZH: Text(zh="中文", en="Chinese"), EN: Text(zh="英文", en="English")}
YOURS = {ZH: Text(zh="你的中文", en="your Chinese"), EN: Text(zh="你的英文", en="your English")}
LAYER = Text(zh="层", en="layer")
CHOSEN = Text(zh="本次设置", en="these settings")
STEP_NAMES: dict[str, Text] = {
    "raw": Text(zh="原始向量", en="raw"),
    "removed": Text(zh="减均值", en="mean removed"),
    "rotated": Text(
        zh="减均值 + 旋转（靠近恒等，{n} 对）", en="mean removed + rotation (near the identity, {n} pairs)"
    ),
    "csls": Text(zh="减均值 + CSLS", en="mean removed + CSLS"),
    "chosen": CHOSEN,
}


def interval(one: Share) -> str:
    """Writes a share with its interval."""
    return with_interval(one.value, one.low, one.high)


def figures(found: Findings, settings: Settings) -> Metrics:
    """Draws the headline numbers."""
    source, _ = settings.languages
    space = found.chosen
    return Metrics(
        (
            Metric(Text(zh="英→中检索", en="English→Chinese retrieval"), space.english_first.value, hint=_sure(space.english_first)),
            Metric(Text(zh="中→英检索", en="Chinese→English retrieval"), space.chinese_first.value, hint=_sure(space.chinese_first)),
            Metric(Text(zh="近邻仍是同语言", en="nearest is of the same language"), found.same.value,
                   hint=Text(zh="中英共 {n} 句混在一起找最近邻；{raw} 是原始向量", en="among all {n} sentences of both languages; raw vectors: {raw}").format(n=found.same.count, raw=interval(found.raw_same))),
            Metric(Text(zh="零样本正确率", en="zero-shot accuracy"), found.zero_shot.accuracy.value, hint=_sure(found.zero_shot.accuracy)),
            Metric(Text(zh="目标语言基线", en="baseline of the target"), found.baseline.accuracy.value, hint=_sure(found.baseline.accuracy)),
            Metric(Text(zh="分类器用的层", en="layer of the classifier"), float(found.classifier_layer), digits=0,
                   hint=Text(zh="{source}标注的留一误差会选第 {n} 层", en="leave-one-out on the {source} labels would choose layer {n}").format(source=NAMES[source], n=found.chosen_layer)),
        )
    )  # fmt: skip


def _sure(one: Share) -> Text:
    return Text(zh="{right}/{count}，95% 区间 [{low}, {high}]", en="{right} of {count}, 95% interval [{low}, {high}]").format(
        right=one.right, count=one.count, low=f"{one.low:.2f}", high=f"{one.high:.2f}"
    )  # fmt: skip


def cosines(sentences: Sequence[Sentence], states: Tensor, mapped: Mapped | None) -> Heatmap:
    """Draws cosines among the visitor's sentences: raw, or in a space."""
    if mapped is None:
        placed = unit(states)
    else:
        placed = torch.stack([mapped.place(state, one.language) for state, one in zip(states, sentences, strict=True)])
    names = tuple(_short(one.text) for one in sentences)
    values = (placed @ placed.T).tolist()
    return Heatmap(
        columns=names,
        rows=names,
        values=tuple(tuple(row) for row in values),
        value_label=Text(zh="余弦", en="cosine"),
        diverging=mapped is not None and mapped.means[ZH] is not None,
    )


def _short(text: str, most: int = 16) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def own(found: Sequence[Own], settings: Settings) -> Table:
    """Tabulates the visitor's sentences."""
    rows: list[tuple[int | float | Label | None, ...]] = [
        (one.text, NAMES[one.language], one.neighbour, one.score,
         None if one.rank is None else f"{one.rank} / {one.of}", NAMES[one.mixed_language])
        for one in found
    ]  # fmt: skip
    return Table(
        columns=(
            Text(zh="你的句子", en="your sentence"),
            Text(zh="视为", en="taken as"),
            Text(zh="另一种语言里最近的", en="nearest in the other language"),
            "CSLS" if settings.scoring == "csls" else Text(zh="余弦", en="cosine"),
            Text(zh="译句名次", en="rank of its translation"),
            Text(zh="混合池最近邻", en="nearest of both languages"),
        ),
        rows=tuple(rows),
        digits=2,
    )


def scatter(mapped: Mapped, texts: Mapping[Language, Sequence[str]], sentences: Sequence[Sentence], states: Tensor) -> Scatter:  # fmt: skip
    """Draws the first two principal components of the project's sentences, with the visitor's among them, each joined
    to its translation.
    """
    placed = [mapped.place(state, one.language)[None] for state, one in zip(states, sentences, strict=True)]
    flat = plane(torch.cat([mapped.vectors[ZH], mapped.vectors[EN], *placed]))
    start = len(texts[ZH]) + len(texts[EN])
    named = [
        *((text, NAMES[ZH]) for text in texts[ZH]),
        *((text, NAMES[EN]) for text in texts[EN]),
        *((one.text, YOURS[one.language]) for one in sentences),
    ]
    return Scatter(
        tuple(
            Point(float(x), float(y), _short(name, 40), group)
            for (x, y), (name, group) in zip(flat, named, strict=True)
        ),
        x_label=Text(zh="第一主成分", en="first component"),
        y_label=Text(zh="第二主成分", en="second component"),
        links=tuple(
            (start + place, start + one.partner)
            for place, one in enumerate(sentences)
            if one.partner is not None and place < one.partner
        ),
    )


def _band(name: Label, shares: Sequence[Share], dash: str = "solid") -> Line:
    return Line(
        name,
        tuple(float(layer) for layer in range(len(shares))),
        tuple(one.value for one in shares),
        low=tuple(one.low for one in shares),
        high=tuple(one.high for one in shares),
        dash=dash,
        markers=False,
    )


def layers(raw: Sequence[Share], removed: Sequence[Share], layer: int, meeting: int, settings: Settings) -> Lines:
    """Draws retrieval by layer, raw and with the mean removed."""
    here = (removed if settings.removed else raw)[layer].value
    marks = [Mark(float(layer), here, Text(zh="本次的层", en="this layer"))]
    if meeting != layer:
        marks.append(
            Mark(
                float(meeting),
                removed[meeting].value,
                Text(zh="从这里起与最好的层无从区分", en="from here on as good as the best"),
            )
        )
    return Lines(
        (_band(STEP_NAMES["removed"], removed), _band(STEP_NAMES["raw"], raw, "dash")),
        x_label=LAYER,
        y_label=Text(zh="英→中第一名正确", en="English→Chinese, first"),
        marks=tuple(marks),
    )  # fmt: skip


def percent(one: Share) -> str:
    """Writes a share with its interval in few characters, for a table of many columns."""
    return f"{one.value:.0%} [{100 * one.low:.0f}, {100 * one.high:.0f}]"


def steps(found: Mapping[str, Step], settings: Settings) -> Table:
    """Tabulates how well translations find each other in each space."""
    rows = [
        (STEP_NAMES[name].format(n=settings.pairs), percent(one.english_first), percent(one.chinese_first),
         percent(one.mixed), "–" if name == "raw" else f"+{one.gained} −{one.lost} (p = {one.p_value:.2g})",
         with_interval(one.gap, one.gap_low, one.gap_high))
        for name, one in found.items()
    ]  # fmt: skip
    return Table(
        columns=(
            Text(zh="空间", en="space"),
            Text(zh="英→中", en="English→Chinese"),
            Text(zh="中→英", en="Chinese→English"),
            Text(zh="混合池", en="mixed pool"),
            Text(zh="比原始改对、改错（McNemar）", en="gained, lost against raw (McNemar)"),
            Text(zh="译句余弦 − 其他余弦 [95% 区间]", en="translations − others, cosine [95% interval]"),
        ),
        rows=tuple(rows),
        highlight=(len(rows) - 1,),
        digits=2,
    )


def hub_figures(found: Mapping[str, Step], settings: Settings) -> Table:
    """Tabulates how unevenly the Chinese sentences are found in each space."""
    rows = [
        (STEP_NAMES[name].format(n=settings.pairs), with_interval(one.skew, one.skew_low, one.skew_high), one.largest_hub, percent(one.never))
        for name, one in found.items()
    ]  # fmt: skip
    return Table(
        columns=(
            Text(zh="空间", en="space"),
            Text(zh="k-出现的偏度", en="skew of the k-occurrence"),
            Text(zh="最大枢纽", en="largest hub"),
            Text(zh="从不被找到", en="never found"),
        ),
        rows=tuple(rows),
        highlight=(len(rows) - 1,),
        digits=2,
    )


def hubs(counts: Mapping[str, npt.NDArray[np.int64]]) -> Histogram:
    """Draws the k-occurrence of the Chinese sentences in three spaces."""
    shown = {name: counts[name] for name in ("raw", "removed", "csls")}
    top = max(int(one.max()) for one in shown.values())
    width = max(1, -(-(top + 1) // 30))
    edges = np.arange(0, top + 1 + width, width) - 0.5
    return Histogram(
        tuple(float(edge) for edge in edges),
        tuple(
            Series(STEP_NAMES[name], tuple(float(n) for n in np.histogram(one, edges)[0]))
            for name, one in shown.items()
        ),
        x_label=Text(zh="进入几句英文的前 10 名", en="English sentences that have it among their nearest 10"),
    )


def transfer(rows: Mapping[str, Row], settings: Settings, own_row: str) -> Table:
    """Tabulates the ways to get a classifier."""
    source, target = (NAMES[language] for language in settings.languages)
    n = settings.labels
    names = {
        "source": Text(zh="{s}标注 {n} 条 → 测{s}（语言内）", en="{n} {s} labels → {s} (in-language)"),
        "raw": Text(zh="{s}标注 {n} 条 → 测{t}，零样本，原始向量", en="{n} {s} labels → {t}, zero-shot, raw"),
        "removed": Text(zh="同上，减均值", en="the same, mean removed"),
        "rotated": Text(zh="同上，再旋转（{kind}，{p} 对）", en="the same, then rotated ({kind}, {p} pairs)"),
        "few": Text(zh="只用{t}标注 {k} 条", en="{k} {t} labels alone"),
        "source_few": Text(
            zh="{s}标注 {n} 条 + {t}标注 {k} 条（少样本）", en="{n} {s} labels + {k} {t} labels (few-shot)"
        ),
        "baseline": Text(zh="{t}标注 {n} 条（目标语言基线）", en="{n} {t} labels (baseline of the target)"),
        "both": Text(zh="两种语言各 {n} 条", en="{n} labels of each language"),
    }
    kind = ROTATIONS[settings.rotation if settings.rotation != "none" else "near"]
    cells: list[tuple[int | float | Label | None, ...]] = []
    for name, row in rows.items():
        difference = None if row.against is None else with_interval(row.against, row.low, row.high, "+.2f")  # fmt: skip
        label = names[name].format(s=source, t=target, n=n, k=FEW, p=settings.pairs, kind=kind)
        cells.append((label, interval(row.accuracy), row.accuracy.count, difference))
    return Table(
        columns=(
            Text(zh="标注与测试", en="labels and test"),
            Text(zh="正确率 [95% 区间]", en="accuracy [95% interval]"),
            Text(zh="测试条数", en="n tested"),
            Text(zh="与基线之差 [95% 区间]", en="difference to the baseline [95% interval]"),
        ),
        rows=tuple(cells),
        highlight=(list(rows).index(own_row), list(rows).index("baseline")),
    )


def transfer_layers(found: Sequence[LayerAccuracy], layer: int, chosen: int, settings: Settings) -> Lines:
    """Draws accuracies by layer."""
    source, target = (NAMES[language] for language in settings.languages)
    marks = [Mark(float(layer), found[layer].zero_shot.value, Text(zh="本次的层", en="this layer"))]
    if chosen != layer:
        marks.append(
            Mark(
                float(chosen), found[chosen].zero_shot.value, Text(zh="源语言标注会选", en="source labels choose this")
            )
        )
    return Lines(
        (
            _band(Text(zh="零样本（{s}→{t}）", en="zero-shot ({s}→{t})").format(s=source, t=target), [one.zero_shot for one in found]),
            _band(Text(zh="{t}基线", en="{t} baseline").format(t=target), [one.baseline for one in found], "dash"),
            _band(Text(zh="{s}语言内", en="{s} in-language").format(s=source), [one.source for one in found], "dot"),
        ),
        x_label=LAYER,
        y_label=Text(zh="正确率", en="accuracy"),
        marks=tuple(marks),
    )  # fmt: skip


def rotations(found: Findings, settings: Settings) -> Lines:
    """Draws retrieval by the number of pairs, for both kinds of rotation."""
    start = (found.removed_by_layer if settings.removed else found.raw_by_layer)[found.layer]
    x = (0.0, *(float(n) for n in found.rotations.pairs))
    kinds = {"near": (start, *found.rotations.near), "free": (start, *found.rotations.free)}
    return Lines(
        tuple(
            Line(
                ROTATIONS[kind], x, tuple(one.value for one in shares), tuple(one.low for one in shares),
                tuple(one.high for one in shares), dash="solid" if kind == "near" else "dash",
            )
            for kind, shares in kinds.items()
        ),
        x_label=Text(zh="句对数 n", en="pairs n"),
        y_label=Text(zh="英→中第一名正确", en="English→Chinese, first"),
    )  # fmt: skip


def confused(found: Findings) -> Table:
    """Tabulates the English sentences that found another."""
    rows: list[tuple[int | float | Label | None, ...]] = [
        (one.english, one.found, one.chinese, one.rank) for one in found.confused
    ]
    return Table(
        (Text(zh="英文", en="English"), Text(zh="找到了", en="found"), Text(zh="译句", en="its translation"), Text(zh="译句名次", en="its rank")),
        tuple(rows) or ((Text(zh="全部找对", en="all are right"), None, None, None),),
    )  # fmt: skip


def misjudged(found: Findings) -> Table:
    """Tabulates the reviews that zero-shot gets wrong."""
    labels = (Text(zh="负面", en="negative"), Text(zh="正面", en="positive"))
    rows: list[tuple[int | float | Label | None, ...]] = [
        (one.text, labels[one.label], Text(zh="对", en="right") if one.baseline_right else Text(zh="错", en="wrong"))
        for one in found.misjudged
    ]
    return Table(
        (Text(zh="评论", en="review"), Text(zh="标注", en="label"), Text(zh="目标语言基线", en="baseline of the target")),
        tuple(rows) or ((Text(zh="没有判错的", en="none is wrong"), None, None),),
    )  # fmt: skip

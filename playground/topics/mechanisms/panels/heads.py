"""Draws the kinds of heads and what ablation costs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.explanation.head_kinds import KINDS, Head
from playground.explanation.patching import Contrast
from playground.lab.grid_panels import ColumnGroup, Grid
from playground.lab.panels import Table
from playground.lab.text import Label, Text
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.ablating import Chosen, Scores
from playground.topics.mechanisms.findings import Ablated
from playground.topics.mechanisms.panels.names import layer_names
from playground.topics.mechanisms.panels.next_token import next_tokens
from playground.topics.mechanisms.settings import HEAD_KINDS, Settings

MOST_ON_TEXT = 5


@dataclass(frozen=True)
class Ablation:
    """What both grids of parts show of the ablation: the parts, what a click on each head and MLP sets (layers, heads + 1), what it does
    (`click`, and `click_head` where there are heads only), and beside the grid the clean text's next token with and without the parts."""

    chosen: Chosen
    toggled: tuple[tuple[str, ...], ...]
    click: Text
    click_head: Text
    output: Table
    label: Text


def describe_ablation(
    lm: LanguageModel, settings: Settings, contrast: Contrast, chosen: Chosen, plain: Tensor, without: Tensor
) -> Ablation:
    """Returns it of the clean text's logits (vocabulary,) as the model is, and without the chosen parts."""
    clicked = bool(settings.heads.strip())
    names = (Text(zh="完整模型", en="whole model"), Text(zh="消融后", en="ablated"))
    chances = torch.stack([plain, without]).softmax(-1)
    label = Text(
        zh="正常句的下一个词元：消融 {names}（换成{way}）",
        en="The clean text's next token without {names} (set to {way})",
    ).format(names=part_names(chosen), way=_WAYS[settings.ablation])
    return Ablation(
        chosen,
        toggles(lm, chosen, clicked),
        _CLICKED if clicked else _CLICK,
        _CLICKED if clicked else _CLICK_HEAD,
        next_tokens(lm, chances, names, (0, 1), (contrast.answer, contrast.wrong)),
        label,
    )


_WAYS = {"mean": Text(zh="均值", en="their mean"), "zero": Text(zh="零", en="zero")}
_CLICK = Text(
    zh="点一个头或前馈层：只消融它，旁边是输出", en="Click a head or an MLP to ablate it alone: the output is beside"
)
_CLICK_HEAD = Text(zh="点一个头：只消融它，旁边是输出", en="Click a head to ablate it alone: the output is beside")
_CLICKED = Text(
    zh="点选的代替“消融哪类头”。再点一次取消；全部取消，就恢复消融那类头里最强的几个",
    en="What you clicked takes the place of “Heads to ablate”. Click one again to take it back; with none chosen, the strongest heads of that kind are ablated",
)


def part_names(chosen: Chosen) -> str:
    """Lists heads as layer.head and MLPs as layer.mlp; a dash for none."""
    return _written(chosen.heads, chosen.mlps, ", ") or "–"


def _written(heads: Iterable[Head], mlps: Iterable[int], between: str = " ") -> str:
    named = [(layer, number, f"{layer + 1}.{number + 1}") for layer, number in heads]
    return between.join(
        name for *_, name in sorted([*named, *((layer, math.inf, f"{layer + 1}.mlp") for layer in mlps)])
    )


def toggles(lm: LanguageModel, chosen: Chosen, clicked: bool) -> tuple[tuple[str, ...], ...]:
    """Says what a click on each head and on the MLP (layers, heads + 1) sets: after a click the others stay chosen, and
    one that is chosen leaves; the first click replaces the heads that were chosen by their score. Without any, that is
    what is chosen again.
    """
    heads, mlps = (set(chosen.heads), set(chosen.mlps)) if clicked else (set(), set())
    return tuple(
        (*(_written(heads ^ {(layer, head)}, mlps) for head in range(lm.heads)), _written(heads, mlps ^ {layer}))
        for layer in range(lm.layers)
    )


def head_grid(lm: LanguageModel, scores: Scores, ablation: Ablation) -> Grid:
    """Draws layers × heads, a group of columns for each kind."""
    values = []
    for layer in range(lm.layers):
        row: list[float | None] = []
        for kind in KINDS:
            own = scores[kind]
            row += [None] * lm.heads if own is None else [float(score) for score in own[layer]]
        values.append(tuple(row))
    return Grid(
        columns=tuple(str(head) for _ in KINDS for head in range(1, lm.heads + 1)),
        rows=layer_names(lm),
        values=tuple(values),
        value_label=Text(zh="符合该模式的注意力份额", en="share of attention on the pattern"),
        groups=tuple(ColumnGroup(HEAD_KINDS[kind], lm.heads) for kind in KINDS),
        low=0.0,
        high=1.0,
        setting="heads",
        choices=tuple(row[:-1] * len(KINDS) for row in ablation.toggled),
        selected=tuple(
            (layer, head + group * lm.heads) for layer, head in ablation.chosen.heads for group in range(len(KINDS))
        ),
        click=ablation.click_head,
        beside=ablation.output,
        beside_label=ablation.label,
    )


def ablation_table(found: Ablated, chosen: Chosen, way: str) -> Table:
    """Tabulates losses of the whole model, without the chosen parts, and without as many others; fewer, or no row,
    where the model has no more.
    """
    rows: tuple[tuple[Label | float | None, ...], ...] = (
        (Text(zh="完整模型", en="whole model"), found.whole.copied, 0.0, found.whole.plain, 0.0),
        (Text(zh="消融 {names}（换成{way}）", en="without {names} (set to {way})").format(names=part_names(chosen), way=_WAYS[way]),
         found.without.copied, found.cost, found.without.plain, found.plain_cost),
        *([(_at_random(found), found.others.copied, found.others_cost, found.others.plain, found.others.plain - found.whole.plain)]
          if found.drawn else []),
        (Text(zh="第一遍（没有可抄的）", en="first copy (nothing to copy)"), found.unseen, found.unseen - found.whole.copied, None, None),
    )  # fmt: skip
    heads = (
        "", Text(zh="重复的第二遍", en="second copy"), Text(zh="涨了", en="rise"), Text(zh="普通文本", en="running text"), Text(zh="涨了", en="rise"),
    )  # fmt: skip
    return Table(heads, rows, highlight=(1,), digits=2)


def _at_random(found: Ablated) -> Text:
    if found.drawn == found.parts:
        return Text(zh="消融同样多的随机部件", en="without as many parts at random")
    return Text(
        zh="消融 {count} 个随机部件（只剩这些，比所选的少）",
        en="without {count} {parts} at random (fewer than chosen: no others are left)",
    ).format(count=found.drawn, parts="part" if found.drawn == 1 else "parts")


def on_text_table(lm: LanguageModel, scores: Scores, on_text: Scores) -> Table:
    """Tabulates the strongest heads of each kind with their scores on repeated tokens and on the visitor's text."""
    rows: list[tuple[Label | float | None, ...]] = []
    for kind in KINDS:
        own, here = scores[kind], on_text[kind]
        if own is None:
            continue
        order = own.flatten().argsort()[::-1][:MOST_ON_TEXT]
        for place in order:
            layer, head = divmod(int(place), lm.heads)
            rows.append(
                (
                    HEAD_KINDS[kind],
                    f"{layer + 1}.{head + 1}",
                    float(own[layer, head]),
                    None if here is None else float(here[layer, head]),
                )
            )
    heads = (
        Text(zh="种类", en="kind"), Text(zh="层.头", en="layer.head"), Text(zh="重复的随机词元", en="repeated random tokens"),
        Text(zh="正常句", en="clean text"),
    )  # fmt: skip
    return Table(heads, tuple(rows), digits=2)

"""Draws the kinds of heads and what ablation costs."""

from __future__ import annotations

from collections.abc import Sequence

from playground.explanation.head_kinds import KINDS, Head
from playground.lab.grid_panels import ColumnGroup, Grid
from playground.lab.panels import Table
from playground.lab.text import Label, Text
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.ablating import Scores
from playground.topics.mechanisms.findings import Ablated
from playground.topics.mechanisms.panels.patching import layer_names
from playground.topics.mechanisms.settings import HEAD_KINDS

MOST_ON_TEXT = 5


def toggles(lm: LanguageModel, chosen: Sequence[Head], clicked: bool) -> tuple[tuple[str, ...], ...]:
    """What a click on each head (layers, heads) sets: after a click the others stay chosen, and one that is chosen leaves; the first
    click replaces the heads that were chosen by their score."""
    kept = list(chosen) if clicked else []

    def after(head: Head) -> str:
        others = [one for one in kept if one != head]
        return " ".join(
            f"{layer + 1}.{number + 1}" for layer, number in sorted(others if head in kept else [*others, head])
        )

    # An empty list stands for the strongest heads, so a single chosen head can't be taken away by a click: it stays.
    return tuple(
        tuple(after((layer, head)) or f"{layer + 1}.{head + 1}" for head in range(lm.heads))
        for layer in range(lm.layers)
    )


def head_grid(lm: LanguageModel, scores: Scores, chosen: Sequence[Head], toggled: tuple[tuple[str, ...], ...]) -> Grid:
    """Layers × heads, a group of columns for each kind."""
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
        choices=tuple(row * len(KINDS) for row in toggled),
        selected=tuple((layer, head + group * lm.heads) for layer, head in chosen for group in range(len(KINDS))),
        click=Text(zh="点一个头，消融它；再点放过它", en="Click a head to ablate it, again to keep it"),
    )


def ablation_table(found: Ablated, ablation: str) -> Table:
    """Losses of the whole model, without the chosen heads, and without as many others."""
    names = ", ".join(f"{head.layer}.{head.head}" for head in found.chosen) or "–"
    way = Text(zh="均值", en="their mean") if ablation == "mean" else Text(zh="零", en="zero")
    rows: tuple[tuple[Label | float | None, ...], ...] = (
        (Text(zh="完整模型", en="whole model"), found.whole.copied, 0.0, found.whole.plain, 0.0),
        (Text(zh="消融 {names}（换成{way}）", en="without {names} (set to {way})").format(names=names, way=way),
         found.without.copied, found.cost, found.without.plain, found.plain_cost),
        (Text(zh="消融同样多的随机头", en="without as many at random"),
         found.others.copied, found.others_cost, found.others.plain, found.others.plain - found.whole.plain),
        (Text(zh="第一遍（没有可抄的）", en="first copy (nothing to copy)"), found.unseen, found.unseen - found.whole.copied, None, None),
    )  # fmt: skip
    heads = (
        "", Text(zh="重复的第二遍", en="second copy"), Text(zh="涨了", en="rise"), Text(zh="普通文本", en="running text"), Text(zh="涨了", en="rise"),
    )  # fmt: skip
    return Table(heads, rows, highlight=(1,), digits=2)


def on_text_table(lm: LanguageModel, scores: Scores, on_text: Scores) -> Table:
    """The strongest heads of each kind with their scores on repeated tokens and on the visitor's text."""
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

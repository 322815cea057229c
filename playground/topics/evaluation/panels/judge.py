"""The panels of the judge: position bias, its word on each pair, its prompts."""

from __future__ import annotations

from collections.abc import Sequence

from playground.data.sets import Preference
from playground.lab.panels import Cell, Code, Table
from playground.lab.text import Label, Text
from playground.statistics.intervals import in_brackets, wilson
from playground.topics.evaluation.findings import Judged
from playground.topics.evaluation.judge import Judgement


def judged(found: Judged) -> Table:
    """Tabulates position bias and accuracy of the judge, pairwise and pointwise, then its word on A and B."""
    n = found.count
    rows: list[tuple[Cell, ...]] = [
        (Text(zh="对调位置后改选另一句", en="changes its choice when swapped"), *_share(found.flips, n)),
        (
            Text(zh="选排在前面的", en="chooses the first place"),
            f"{found.first}/{2 * n} = {found.first_share:.0%}", in_brackets(*found.first_interval, ".0%"),
        ),
        (Text(zh="选对：对的在前", en="right, the right one first"), *_share(found.right_with_better_first, n)),
        (Text(zh="选对：对的在后", en="right, the right one second"), *_share(found.right_with_better_second, n)),
        (Text(zh="选对：两个次序都对", en="right in both orders"), *_share(found.right_in_both, n)),
        (Text(zh="选对：两个次序取平均", en="right, both orders averaged"), *_share(found.right_averaged, n)),
        (Text(zh="选对：逐个打分", en="right, each scored alone"), *_share(found.right_alone, n)),
        (Text(zh="选较长的：两个次序取平均", en="chooses the longer one, both orders averaged"), *_share(found.longer_averaged, n)),
        (Text(zh="选较长的：逐个打分", en="the longer one scores higher alone"), *_share(found.longer_alone, n)),
        (Text(zh="逐个打分时答“是”", en="says yes when scored alone"), f"{found.alone_says_yes}/{2 * n}", "–"),
        (Text(zh="你的 A 与 B", en="your A and B"), _own(found.own), "–"),
    ]  # fmt: skip
    columns = (Text(zh="量", en="measure"), Text(zh="结果", en="result"), Text(zh="95% 区间", en="95% interval"))
    caveat = Text(
        zh="2.7 亿参数的基座模型，没有经过指令微调：量的是偏差，不是推荐它当裁判。同义句一半较长、一半较短，所以只认长短只能对一半。"
        "相似度没有这样平衡：同义句的用词总比错句离原句更远，只认“哪句更不像原句”就能全对。",
        en="A base model of 270 million parameters without instruction tuning: its bias is measured, and it is not recommended as a judge. The right"
        " sentence is longer in half of the pairs and shorter in the others, so length alone gets half right. Similarity isn't balanced:"
        " the right sentence always shares fewer words with the original, so “the less similar one” would get all of them.",
    )
    return Table(columns, tuple(rows), caveat=caveat)


def _share(right: int, count: int) -> tuple[str, str]:
    return f"{right}/{count} = {right / count:.0%}", in_brackets(*wilson(right, count), ".0%")


def _own(own: Judgement) -> Text:
    first = "A" if own.x_first > 0 else "B"
    second = "B" if own.y_first > 0 else "A"
    return Text(
        zh="A 在前选 {first}，B 在前选 {second}，取平均选 {both}，逐个打分 {alone} 高",
        en="A first: {first}; B first: {second}; averaged: {both}; alone: {alone} scores higher",
    ).format(first=first, second=second, both="A" if own.both_orders > 0 else "B", alone="A" if own.alone > 0 else "B")


def pairs(found: Judged, shown: Sequence[Preference]) -> Table:
    """Tabulates the judge's log-odds on each pair of the set."""
    columns = (
        Text(zh="改的是", en="changed"), Text(zh="原句", en="sentence"), Text(zh="同义", en="right"), Text(zh="意思错", en="wrong"),
        Text(zh="选前：对的在前", en="first, right one first"), Text(zh="选前：错的在前", en="first, wrong one first"),
        Text(zh="单独：对 − 错", en="alone: right − wrong"),
    )  # fmt: skip
    rows = tuple(
        (KIND_OF_PAIR[pair.kind], pair.reference, pair.better, pair.worse, one.x_first, one.y_first, one.alone)
        for one, pair in zip(found.pairs, shown, strict=True)
    )
    return Table(columns, rows, digits=2)


KIND_OF_PAIR: dict[str, Label] = {
    "negation": Text(zh="否定", en="negation"),
    "number": Text(zh="数字", en="number"),
    "entity": Text(zh="人或物", en="entity"),
    "role": Text(zh="谁对谁", en="who does it to whom"),
}


def prompt(pairwise: str, pointwise: str) -> Code:
    """Writes out both prompts, the visitor's question last."""
    return Code(f"{pairwise}\n\n――――\n\n{pointwise}", "text")

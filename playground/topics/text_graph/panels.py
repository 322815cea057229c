"""The panels of a text's graph. Numbers come from elsewhere; only drawing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from playground.lab.panels import (
    Bars,
    GraphOverTime,
    Line,
    Lines,
    Metric,
    Metrics,
    MovingEdge,
    MovingNode,
    Point,
    Scatter,
    Series,
    Table,
)
from playground.lab.text import Label, Text, joined, written
from playground.statistics.intervals import in_brackets
from playground.topics.text_graph.dynamic_graph import FADED, Snapshot
from playground.topics.text_graph.findings import Central, Findings, Rolled
from playground.topics.text_graph.links import LEAST_LINKS, Score, Split
from playground.topics.text_graph.mentions import Sentence
from playground.topics.text_graph.prediction import principal

Numbers = NDArray[np.float64]
METHODS: dict[str, Text] = {
    "common": Text(zh="共同邻居", en="common neighbours"),
    "adamic": Text(zh="Adamic–Adar", en="Adamic–Adar"),
    "preferential": Text(zh="优先连接（度数之积）", en="preferential attachment"),
    "cosine": Text(zh="只看词向量（不用图）", en="word vectors alone, no graph"),
    "gcn": Text(zh="两层图卷积", en="two-layer graph convolution"),
    "raw": Text(zh="图卷积，去掉归一化与自环", en="convolution, not normalised, no self-loops"),
}
LEAKY = Text(zh="随机切分（泄漏）", en="random split (leaks)")
_IN_TIME = Text(zh="时间切分", en="split in time")
_NO_GROUP = Text(zh="过去没有边", en="no edges in the past")
# The group of a node that the past doesn't mention; a node without links has −1.
NEWCOMER = -2
_GROUPS_NAMED = 6
_DRAWN_RANKS = 6


def _group(number: int) -> Text:
    """Names a community of the past's graph."""
    if number < 0:
        return Text(zh="划分点之后进入", en="enters after the cut") if number == NEWCOMER else _NO_GROUP
    if number >= _GROUPS_NAMED:
        return Text(zh="过去的其他社区", en="other communities of the past")
    return Text(zh="过去的社区 {n}", en="community {n} of the past").format(n=number + 1)


def graph(
    said: Sequence[Sentence],
    names: Sequence[str],
    steps: Sequence[Snapshot],
    places: Numbers,
    groups: Sequence[int],
    cut: int,
    caveat: Text | None,
) -> GraphOverTime:
    """Draws the graph at every step; a link below FADED is not drawn, a node's size and opacity are its decayed
    mentions.
    """
    alive = np.stack([snapshot.alive for snapshot in steps])
    weights = np.stack([snapshot.weights for snapshot in steps])
    entered = np.maximum.accumulate(alive > 0, axis=0)
    nodes = tuple(
        MovingNode(
            str(place), name, round(float(places[place, 0]), 4), round(float(places[place, 1]), 4),
            tuple(round(float(size), 3) if there else None for size, there in zip(alive[:, place], entered[:, place], strict=True)),
            tuple(round(min(1.0, float(size)), 3) for size in alive[:, place]),
            _group(groups[place]),
        )
        for place, name in enumerate(names)
    )  # fmt: skip
    edges = tuple(
        MovingEdge(str(one), str(other), tuple(round(float(weight), 3) if weight >= FADED else None for weight in weights[:, one, other]))
        for one, other in np.argwhere(np.triu(weights.max(0) >= FADED, 1))
    )  # fmt: skip
    reads = [snapshot.read for snapshot in steps]
    before = [0, *reads[:-1]]
    future = next((index for index, read in enumerate(reads) if read > cut), None)
    return GraphOverTime(
        nodes,
        edges,
        tuple(Text(zh="读完第 {n} 句", en="after sentence {n}").format(n=read) for read in reads),
        tuple(_shortened(" ".join(part.text for part in said[start:end])) for start, end in zip(before, reads, strict=True)),
        start=max(0, (future or len(steps)) - 1),
        future=future,
        caveat=caveat,
    )  # fmt: skip


def not_drawn(drawn: int, nodes: int, asked: int, step: int) -> Text | None:
    """Says how many of the text's nodes aren't drawn, and that a step is longer than what was asked for; None if neither is so."""
    said = []
    if nodes > drawn:
        said.append(
            Text(
                zh="只画 {n} 个节点：过去提到最多的，加上划分点之后才出现的里提到最多的；另有 {rest} 个没有画。预测用到哪些节点与此无关。",
                en="Only {n} nodes are drawn, those that the past mentions most and the most mentioned of those that enter later; {rest} are not. Which nodes are predicted about doesn't depend on that choice.",
            ).format(n=drawn, rest=nodes - drawn)
        )
    if step > asked:
        said.append(
            Text(
                zh="文本太长，每步读 {step} 句，而不是设置的 {asked} 句。",
                en="The text is long: a step reads {step} sentences, not {asked} as set.",
            ).format(step=step, asked=asked)
        )
    return joined(*said) if said else None


def not_ranked(ranked: int, nodes: int) -> Text | None:
    """Says how many of the text's nodes have no PageRank; None if all have one."""
    if nodes == ranked:
        return None
    return Text(
        zh="PageRank 只在 {n} 个节点之间计算，另有 {rest} 个没有计入。",
        en="PageRank is computed among {n} nodes; {rest} are left out.",
    ).format(n=ranked, rest=nodes - ranked)


def not_ranked_at_cut(ranked: int, nodes: int) -> Text | None:
    """Says among which nodes the PageRank at the cut is computed; None if among all that the past mentions."""
    if nodes == ranked:
        return None
    return Text(
        zh="“划分点”一列只在过去提到最多的 {n} 个节点之间计算。",
        en="“At the cut” is computed among the {n} nodes that the past mentions most.",
    ).format(n=ranked)


def _shortened(text: str) -> str:
    return text if len(text) <= 240 else text[:239] + "…"


def ranks(
    names: Sequence[str],
    steps: Sequence[Snapshot],
    values: Numbers,
    central: Sequence[Central],
    cut: int,
    caveat: Text | None,
) -> Lines:
    """Draws PageRank of the nodes that lead at the end, and of the two that lead at the cut."""
    by_cut = sorted(central, key=lambda node: -node.at_cut)
    shown = list(dict.fromkeys([node.word for node in [*central[: _DRAWN_RANKS - 2], *by_cut[:2]]]))
    place = {name: index for index, name in enumerate(names)}
    reads = tuple(float(snapshot.read) for snapshot in steps)
    top = float(values[:, [place[word] for word in shown]].max())
    at_cut = Line(
        Text(zh="划分点：左边是过去", en="cut: the past is left of it"),
        (float(cut),) * 2,
        (0.0, top),
        dash="dot",
        markers=False,
    )
    return Lines(
        (
            *(
                Line(word, reads, tuple(round(float(value), 4) if value > 0 else None for value in values[:, place[word]]), markers=False)
                for word in shown
            ),
            at_cut,
        ),
        x_label=Text(zh="读到第几句", en="sentences read"),
        y_label="PageRank",
        caveat=caveat,
    )  # fmt: skip


def central(nodes: Sequence[Central], *caveats: Text | None) -> Table:
    """Tabulates the ten most central nodes at the end, with their PageRank at the cut and in the static graph."""
    return Table(
        (
            Text(zh="节点", en="node"),
            Text(zh="首次出现（句）", en="first mentioned in"),
            Text(zh="划分点", en="at the cut"),
            Text(zh="最后（衰减）", en="at the end (decay)"),
            Text(zh="静态（不衰减）", en="static (no decay)"),
        ),
        tuple(
            (node.word, node.first, node.at_cut if node.at_cut > 0 else None, node.at_end, node.static)
            for node in nodes[:10]
        ),
        digits=3,
        caveat=joined(*caveats) if any(caveats) else None,
    )


def comparison(in_time: Mapping[str, Score], at_random: Mapping[str, Score], split: Split) -> Bars:
    """Draws AUC by method for the split in time, beside the split that leaks."""
    shown = list(in_time)

    def series(name: Text, scores: Mapping[str, Score]) -> Series:
        found = [scores.get(method) for method in shown]
        return Series(
            name,
            tuple(score.auc if score else None for score in found),
            tuple(score.auc_low if score else None for score in found),
            tuple(score.auc_high if score else None for score in found),
        )

    both = [series(_IN_TIME, in_time)] + ([series(LEAKY, at_random)] if at_random else [])
    label = Text(zh="AUC（正例 {n}，负例 {apart}）", en="AUC ({n} positives, {apart} negatives)").format(
        **_asked(split)
    )
    return Bars(tuple(METHODS[method] for method in shown), tuple(both), label, horizontal=True)


def _asked(split: Split) -> dict[str, int]:
    return {"n": len(split.positives), "apart": len(split.negatives)}


def _interval(value: float, low: float, high: float) -> str:
    # A no-break space keeps an interval on one line.
    return f"{written(value)} " + in_brackets(low, high).replace(" ", "\u00a0")


def scores(in_time: Mapping[str, Score], split: Split) -> Table:
    """Tabulates every method's scores on the links that lie in the future."""
    links = Text(
        zh="正例 {n} 条边，负例 {apart} 对。方括号：95% 区间，只反映边的抽样；同一句产生的边彼此相关，真实的不确定性更大。",
        en="Positives: {n} edges; negatives: {apart} pairs. In brackets: 95% intervals, which reflect only the sampling of edges; edges made by one sentence depend on each other, so the true uncertainty is larger.",
    ).format(**_asked(split))
    return Table(
        (
            Text(zh="方法", en="method"),
            "AUC",
            Text(zh="减共同邻居", en="minus common n."),
            Text(zh="度数匹配 AUC", en="degree-matched AUC"),
            "AP",
            Text(zh="AP，1:1 负例", en="AP at 1:1"),
            Text(zh="各种子的 AUC", en="AUC over seeds"),
        ),
        tuple(
            (
                METHODS[method],
                _interval(found.auc, found.auc_low, found.auc_high),
                _interval(*found.against) if found.against else None,
                _interval(found.matched, found.matched_low, found.matched_high),
                _interval(found.precision, found.precision_low, found.precision_high),
                _interval(found.balanced, found.balanced_low, found.balanced_high),
                f"{min(found.seeds):.2f}–{max(found.seeds):.2f}" if len(found.seeds) > 1 else None,
            )
            for method, found in in_time.items()
        ),
        digits=2,
        caveat=links,
    )


def rolling(cuts: Sequence[Rolled]) -> Lines | None:
    """Draws AUC of the neighbourhood's methods at each cut; None if no cut has enough new links."""
    methods = next((tuple(one.auc) for one in cuts if one.auc), ())
    if not methods:
        return None
    x = tuple(float(one.cut) for one in cuts)

    def line(method: str) -> Line:
        values, low, high = zip(*(one.auc.get(method, (None,) * 3) for one in cuts), strict=True)
        return Line(METHODS[method], x, values, low, high)

    counted = ", ".join(str(one.new_links) for one in cuts)
    return Lines(
        tuple(line(method) for method in methods),
        x_label=Text(zh="划分点（第几句）；各段的新边数：{n}", en="cut (sentence); new edges of each stretch: {n}").format(n=counted),
        y_label="AUC",
        caveat=None
        if all(one.auc for one in cuts)
        else Text(
            zh="新边少于 {least} 条或没有负例的划分点不给 AUC。",
            en="No AUC is given for a cut with fewer than {least} new edges or without negatives.",
        ).format(least=LEAST_LINKS),
    )  # fmt: skip


def no_scores(found: Findings) -> Table:
    """Says that there is no score, and what would give one."""
    reason = (
        Text(
            zh="划分点之后，旧节点之间只有 {n} 条新边（至少要 {least} 条，并且要有从不相连的节点对），AUC 没有意义，因此不给数字。请加长文本，或调低过去的比例。",
            en="After the cut only {n} new edges join nodes already seen (at least {least} are needed, and pairs that are never linked), so an AUC would mean nothing and none is given. Take a longer text or a smaller share of past.",
        ).format(n=found.new_links, least=found.least)
        if found.why == "few_links"
        else Text(
            zh="过去的图里没有边，或者每一对都已相连，没有东西可以训练。请加长文本，或改变过去的比例与窗口。",
            en="The past's graph has no edge, or every pair is linked already: there is nothing to train on. Take a longer text, or change the share of past and the window.",
        )
    )
    return Table(
        (Text(zh="方法", en="method"), "AUC", "AP"),
        tuple((name, None, None) for method, name in METHODS.items() if method != "cosine"),
        caveat=reason,
    )


def counts(found: Findings) -> Metrics:
    """Draws how much there is to learn from."""
    limited = found.used < found.candidates
    items: list[tuple[Label, float | None, int]] = [
        (Text(zh="句子", en="sentences"), found.sentences, 0),
        (Text(zh="其中算作过去", en="of them past"), found.past, 0),
        (Text(zh="过去提到的节点", en="nodes in the past"), found.candidates, 0),
        *([(Text(zh="其中用于预测", en="of them predicted about"), found.used, 0)] if limited else []),
        (Text(zh="过去的边", en="edges in the past"), found.past_links, 0),
        (Text(zh="未来的新边（正例）", en="new edges (positives)"), found.new_links, 0),
        (Text(zh="从不相连的对（负例）", en="never linked (negatives)"), found.apart, 0),
        (Text(zh="正例占比（AP 的基准）", en="share of positives (AP of guessing)"), found.share, 3),
        (Text(zh="社区", en="communities"), found.communities, 0),
        (Text(zh="不归一化：每层最多放大", en="not normalised: growth per layer, at most"), found.growth, 2),
    ]
    caveat = Text(
        zh="过去有 {all} 个节点，只用其中提到最多的 {n} 个来训练和评分。",
        en="The past has {all} nodes; only the {n} that it mentions most are trained on and scored.",
    ).format(all=found.candidates, n=found.used)
    return Metrics(
        tuple(Metric(label, value, digits=digits) for label, value, digits in items), caveat=caveat if limited else None
    )


def loss(losses: Sequence[float]) -> Lines:
    """Draws the training loss by epoch."""
    epochs = tuple(float(epoch) for epoch in range(1, len(losses) + 1))
    return Lines(
        (Line(Text(zh="损失", en="loss"), epochs, tuple(losses), markers=False),),
        x_label=Text(zh="轮", en="epoch"),
        y_label=Text(zh="交叉熵（奈特）", en="cross-entropy, nats"),
    )


def depth(likeness: Mapping[str, float]) -> Lines:
    """Draws the mean cosine of all pairs of nodes by number of propagations."""
    return Lines(
        (
            Line(
                Text(zh="平均余弦", en="mean cosine"),
                tuple(float(layers) for layers in likeness),
                tuple(likeness.values()),
            ),
        ),
        x_label=Text(zh="传播次数（层）", en="propagations (layers)"),
        y_label=Text(zh="平均余弦", en="mean cosine"),
    )


def vectors(words: Sequence[str], rows: Numbers, groups: Sequence[int]) -> Scatter:
    """Draws the node vectors in their first two principal components."""
    plane = principal(rows, 2)
    if plane.shape[1] < 2:
        plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    return Scatter(
        tuple(
            Point(round(float(x), 4), round(float(y), 4), word, _group(group))
            # By group, so that the legend counts up; nodes without edges last.
            for word, (x, y), group in sorted(
                zip(words, plane, groups, strict=True), key=lambda node: (node[2] < 0, node[2])
            )
        ),
        x_label=Text(zh="第一主成分", en="first component"),
        y_label=Text(zh="第二主成分", en="second component"),
    )

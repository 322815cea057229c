"""The panels of semi-supervised learning, drawn from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from playground.lab.panels import (
    GraphOverTime,
    Line,
    Lines,
    Mark,
    Metric,
    Metrics,
    MovingEdge,
    MovingNode,
    Table,
)
from playground.lab.text import Label, Text
from playground.statistics.intervals import Mean, Share, with_interval
from playground.topics.semi_supervised.findings import (
    METHODS,
    AtNoise,
    AtThreshold,
    Buying,
    ClassCount,
    Leak,
    Method,
)
from playground.topics.semi_supervised.places import LABELLED, NOT_YET, RIGHT, WRONG, Places, find_places
from playground.topics.semi_supervised.pool import Pool, Start
from playground.topics.semi_supervised.self_training import NONE, Round
from playground.topics.semi_supervised.settings import CLASS_NAMES, NAMES, Settings

_ONLY, _ALL = Text(zh="只用标签", en="labels only"), Text(zh="全部标签", en="all labels")
_ACCURACY = Text(zh="留出准确率", en="held-out accuracy")
_STATES = {
    LABELLED: Text(zh="有标签", en="labelled"),
    NOT_YET: Text(zh="还没有伪标签", en="no pseudo-label yet"),
    RIGHT: Text(zh="伪标签对", en="pseudo-label right"),
    WRONG: Text(zh="伪标签错", en="pseudo-label wrong"),
}
_INITIALS = {
    "hotel": Text(zh="店", en="H"), "book": Text(zh="书", en="B"), "computer": Text(zh="脑", en="C"),
    "negative": Text(zh="负", en="−"), "positive": Text(zh="正", en="+"),
}  # fmt: skip
_SHOWN_MISTAKES, _SHOWN_CHARACTERS = 8, 60


def _line(name: Label, x: Sequence[float], found: Sequence[Mean | None], dash: str = "solid") -> Line:
    return Line(
        name,
        tuple(x),
        tuple(None if item is None else item.value for item in found),
        tuple(None if item is None else item.low for item in found),
        tuple(None if item is None else item.high for item in found),
        dash=dash,
    )


def _level(name: Label, last: float, value: float, dash: str) -> Line:
    return Line(name, (0.0, last), (value, value), dash=dash, markers=False)


def _interval(found: Mean | Share | None, form: str = ".3f") -> str:
    return "–" if found is None else with_interval(found.value, found.low, found.high, form)


def figures(pool: Pool, start: Start, within: float, chance: float, settings: Settings) -> Metrics:
    """Draws how many reviews there are of each kind, and whether neighbours share a class."""
    short = len(start.rest) < settings.unlabelled
    return Metrics(
        (
            Metric(Text(zh="有标签", en="labelled"), float(len(start.rows)), digits=0),
            Metric(Text(zh="无标签", en="unlabelled"), float(len(start.rest)), digits=0),
            Metric(Text(zh="留出", en="held out"), float(len(pool.held_out_labels)), digits=0),
            Metric(Text(zh="类", en="classes"), float(len(pool.classes)), digits=0),
            Metric(Text(zh="同类邻边", en="edges within a class"), f"{within:.0%} ({chance:.0%})"),
        ),
        caveat=Text(
            zh="要了 {asked} 条无标签评论，这种语言只有 {n} 条。",
            en="Asked for {asked} unlabelled reviews; this language has only {n}.",
        ).format(asked=settings.unlabelled, n=len(start.rest))
        if short
        else None,
    )


def compared(
    methods: Mapping[str, Method], only: Mean, characters: Mean, control: Mean, everything: Share, chosen: str
) -> Table:
    """Tabulates accuracy, paired gain, and pseudo-labels of every method."""
    rows: list[tuple[Label, ...]] = [
        (Text(zh="只用标签，字符 n-gram（没有预训练）", en="labels only, character n-grams (nothing pre-trained)"), _interval(characters), "–", "–", "–"),
        (_ONLY, _interval(only), "–", "–", "–"),
    ]  # fmt: skip
    for name in METHODS:
        found = methods[name]
        rows.append(
            (NAMES[name], _interval(found.last), _interval(found.gain, "+.3f"), _interval(found.last_precision), _interval(found.last_coverage))
        )  # fmt: skip
    rows += [
        (Text(zh="一致性的网络，去掉一致性项", en="the consistency network without its term"), _interval(control), "–", "–", "–"),
        (_ALL, _interval(everything), "–", "–", "–"),
    ]  # fmt: skip
    return Table(
        (
            "", _ACCURACY, Text(zh="增益", en="gain"), Text(zh="伪标签精度", en="pseudo-label precision"),
            Text(zh="覆盖率", en="coverage"),
        ),
        tuple(rows),
        highlight=(2 + METHODS.index(chosen),),
        caveat=Text(zh="“全部标签”那行的区间是留出样本的 Wilson 区间。", en="The interval of “all labels” is Wilson's, over held-out reviews."),
    )  # fmt: skip


def rounds(methods: Mapping[str, Method], only: Mean, everything: Share) -> Lines:
    """Draws held-out accuracy after every round, of the methods that have run so far."""
    last = float(max(len(found.accuracy) for found in methods.values()) - 1)
    lines = [_line(NAMES[name], range(len(found.accuracy)), found.accuracy) for name, found in methods.items()]
    return Lines(
        (*lines, _level(_ONLY, last, only.value, "dash"), _level(_ALL, last, everything.value, "dot")),
        x_label=Text(
            zh="轮（一致性：每轮 30 步；传播：每轮 3 步）", en="round (consistency: 30 steps each; spreading: 3)"
        ),
        y_label=_ACCURACY,
    )


def thresholds(found: Sequence[AtThreshold]) -> Lines:
    """Draws precision and coverage of the first and of the last pseudo-labels."""
    x = [item.threshold for item in found]
    right, many = Text(zh="精度", en="precision"), Text(zh="覆盖率", en="coverage")
    after = Text(zh="{name}，最后一轮", en="{name}, last round")
    first = Text(zh="{name}，第一轮", en="{name}, first round")
    return Lines(
        (
            _line(first.format(name=right), x, [item.first_precision for item in found]),
            _line(first.format(name=many), x, [item.first_coverage for item in found]),
            _plain(after.format(name=right), x, [item.precision for item in found]),
            _plain(after.format(name=many), x, [item.coverage for item in found]),
        ),
        x_label=Text(zh="置信度阈值", en="confidence threshold"),
        y_label=Text(zh="占比", en="share"),
    )


def _plain(name: Label, x: Sequence[float], found: Sequence[Mean | None]) -> Line:
    values = tuple(None if item is None else item.value for item in found)
    return Line(name, tuple(x), values, dash="dot")


def noises(found: Sequence[AtNoise]) -> Lines:
    """Draws what self-training gains after every round, by the share of wrong labels it starts from."""
    last = float(len(found[0].by_round) - 1)
    name = Text(zh="起始错 {n}", en="{n} wrong at the start")
    return Lines(
        (
            *(_line(name.format(n=f"{item.noise:.0%}"), range(len(item.by_round)), item.by_round) for item in found),
            _level(Text(zh="没有变化", en="no change"), last, 0.0, "dot"),
        ),
        x_label=Text(zh="轮", en="round"),
        y_label=Text(zh="准确率的增益", en="gain in accuracy"),
    )


def bought(found: Buying, reached: Mean, chosen: str) -> Lines:
    """Draws accuracy over labels bought in two ways; the chosen method is marked where it bought none."""
    x = [float(count) for count in found.labels]
    return Lines(
        (
            _line(Text(zh="买最没把握的", en="the least sure"), x, found.uncertain),
            _line(Text(zh="随机买", en="at random"), x, found.random),
        ),
        x_label=Text(zh="标签总数", en="labels in all"),
        y_label=_ACCURACY,
        marks=(Mark(x[0], reached.value, NAMES[chosen]),),
    )


def classes(found: Mapping[str, ClassCount]) -> Table:
    """Tabulates shares of every class in the pool and among pseudo-labels, and recall before and after."""
    return Table(
        (
            Text(zh="类", en="class"), Text(zh="占池子", en="of the pool"), Text(zh="占伪标签", en="of pseudo-labels"),
            Text(zh="召回，只用标签", en="recall, labels only"), Text(zh="召回，最后一轮", en="recall, last round"),
        ),
        tuple(
            (
                CLASS_NAMES[name], f"{item.pool:.1%}", "–" if item.pseudo is None else f"{item.pseudo:.1%}",
                f"{item.recall_before:.3f}", f"{item.recall_after:.3f}",
            )
            for name, item in found.items()
        ),
    )  # fmt: skip


def leak(found: Leak) -> Table:
    """Tabulates what the test half promised and what the other half says."""
    return Table(
        (Text(zh="最好的阈值和轮数", en="the best threshold and round"), _ACCURACY),
        (
            (Text(zh="在挑它的那一半上", en="on the half that chose it"), _interval(found.claimed)),
            (Text(zh="在另一半上", en="on the other half"), _interval(found.honest)),
            (Text(zh="高估（按种子配对）", en="overestimate (paired by seed)"), _interval(found.difference, "+.3f")),
        ),
    )


def examples(pool: Pool, start: Start, last: Round) -> Table:
    """Tabulates the wrong pseudo-labels with the highest confidence."""
    truth = pool.labels[start.rest]
    wrong = np.flatnonzero((last.pseudo != NONE) & (last.pseudo != truth))
    ranked = wrong[np.argsort(-last.confidence[wrong], kind="stable")][:_SHOWN_MISTAKES]
    rows = tuple(
        (
            _shortened(pool.texts[start.rest[place]]),
            CLASS_NAMES[pool.classes[last.pseudo[place]]],
            CLASS_NAMES[pool.classes[truth[place]]],
            f"{last.confidence[place]:.3f}",
        )
        for place in ranked
    )
    return Table(
        (
            Text(zh="评论", en="review"), Text(zh="伪标签", en="pseudo-label"), Text(zh="真实", en="true"),
            Text(zh="置信度", en="confidence"),
        ),
        rows or ((Text(zh="没有错误的伪标签", en="no wrong pseudo-label"), "–", "–", "–"),),
    )  # fmt: skip


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def plane(pool: Pool, start: Start, rounds: Sequence[Round], settings: Settings) -> GraphOverTime:
    """Draws some points at fixed places; a point is drawn as one node for each state that it is ever in."""
    places = find_places(pool, start, rounds)
    nodes, edges = [], []
    for point, (x, y) in enumerate(places.at):
        for state in _STATES:
            inside = [found == state for found in places.states[point]]
            if any(inside):
                size = {LABELLED: 1.0, NOT_YET: 0.15}.get(state, 0.6)
                nodes.append(
                    MovingNode(
                        f"{point}{state}", _INITIALS[pool.classes[places.classes[point]]], round(float(x), 4), round(float(y), 4),
                        tuple(size if there else None for there in inside), (0.35 if state == NOT_YET else 0.9,) * len(inside),
                        _STATES[state],
                    )
                )  # fmt: skip
    for point, (other, number) in places.nearest.items():
        weights = tuple(1.0 if at == number else None for at in range(len(rounds)))
        source, target = f"{point}{places.states[point][number]}", f"{other}{places.states[other][number]}"
        edges.append(MovingEdge(source, target, weights))
    return GraphOverTime(
        tuple(nodes),
        tuple(edges),
        tuple(Text(zh="第 {n} 轮", en="round {n}").format(n=number) for number in range(len(rounds))),
        tuple(_note(places, number, len(places.at)) for number in range(len(rounds))),
        start=len(rounds) - 1,
        caveat=Text(
            zh="只画 {n} 个点；平面是为了看，方法在 {d} 维里学。", en="Only {n} points are drawn; the plane is for the eye, the methods learn in {d} dimensions."
        ).format(n=len(places.at), d=pool.features.shape[1]),
    )  # fmt: skip


def _note(places: Places, number: int, count: int) -> Text:
    now = [states[number] for states in places.states]
    return Text(
        zh="画出的点里：有标签 {labelled}，伪标签对 {right}、错 {wrong}，还没有 {rest}",
        en="of the points drawn: {labelled} labelled, {right} pseudo-labels right, {wrong} wrong, {rest} without",
    ).format(labelled=now.count(LABELLED), right=now.count(RIGHT), wrong=now.count(WRONG), rest=now.count(NOT_YET))

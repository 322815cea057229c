"""The panels of continual learning, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.lab.panels import Bars, Heatmap, Histogram, Line, Lines, Mark, Point, Scatter, Series, SideBySide, Table
from playground.lab.text import Label, Text, joined
from playground.statistics.intervals import Mean, mean, with_interval
from playground.topics.continual.experiment import top_count
from playground.topics.continual.findings import Findings, Score
from playground.topics.continual.settings import METHODS, SCENARIOS

DASHES = {"naive": "solid", "ewc": "dash", "replay": "solid", "lwf": "dot", "joint": "dash"}
DOMAINS = {
    "hotel": Text(zh="酒店", en="hotel"),
    "book": Text(zh="书", en="book"),
    "computer": Text(zh="电脑", en="computer"),
}
GROUPS: dict[str, Label] = {
    "hidden": Text(zh="隐层权重", en="hidden weights"),
    "hidden_bias": Text(zh="隐层偏置", en="hidden biases"),
    "out": Text(zh="输出权重", en="output weights"),
    "out_bias": Text(zh="输出偏置", en="output biases"),
}
BINS = 36
ACCURACY = Text(zh="准确率", en="accuracy")
FORGETTING = Text(zh="遗忘", en="forgetting")


def class_name(name: str) -> Text:
    """Names a class, such as zh-hotel or hotel-1."""
    first, last = name.split("-")
    if first in DOMAINS:
        said = Text(zh="{about}好评", en="good {about}") if last == "1" else Text(zh="{about}差评", en="bad {about}")
        return said.format(about=DOMAINS[first])
    said = (
        Text(zh="中文{about}", en="Chinese {about}") if first == "zh" else Text(zh="英文{about}", en="English {about}")
    )
    return said.format(about=DOMAINS[last])


def _task(names: Sequence[str]) -> Text:
    first, second = map(class_name, names)
    return Text(zh="{a}、{b}", en="{a}, {b}").format(a=first, b=second)


def _ordinal(task: int) -> Text:
    return Text(zh="任务 {n}", en="task {n}").format(n=task + 1)


def _after(stage: int) -> Text:
    return Text(zh="学完任务 {n}", en="after task {n}").format(n=stage + 1)


def _cut(end: float | None) -> float | None:
    return None if end is None else min(max(end, -1.0), 1.0)


def percent(value: Mean | None) -> str:
    """Writes a mean in percent with its interval, cut off where an accuracy or a difference of two can't be."""
    if value is None:
        return "–"
    low, high = _cut(value.low), _cut(value.high)
    return with_interval(value.value, low, high, "z.0%")


def _line(name: str, x: Sequence[float], rows: Sequence[Sequence[float]], markers: bool, role: str = "") -> Line:
    """A curve of means over seeds; `rows` (points, seeds)."""
    means = [mean(row) for row in rows]
    return Line(
        METHODS[name],
        tuple(x),
        tuple(one.value for one in means),
        tuple(None if one.low is None else max(one.low, 0.0) for one in means),
        tuple(None if one.high is None else min(one.high, 1.0) for one in means),
        role=role,
        dash=DASHES[name],
        markers=markers,
    )


def curves(steps: Sequence[int], first: dict[str, list[list[float]]], roles: dict[str, str]) -> Lines:
    """Draws accuracy on the first task by step; `first`: by method, one row a look with a number for each seed."""
    x = tuple(map(float, steps))
    return Lines(
        tuple(_line(name, x, rows, False, roles.get(name, "")) for name, rows in first.items()),
        x_label=Text(zh="训练步", en="training step"),
        y_label=ACCURACY,
    )


def average(so_far: dict[str, list[list[float]]], roles: dict[str, str]) -> Lines:
    """Draws mean accuracy on the tasks so far, after each task; `so_far`: by method, one row a task with a number for
    each seed.
    """
    return Lines(
        tuple(
            _line(name, [float(stage + 1) for stage in range(len(rows))], rows, True, roles.get(name, ""))
            for name, rows in so_far.items()
        ),
        x_label=Text(zh="学完几个任务", en="tasks learnt"),
        y_label=ACCURACY,
    )


def methods(found: Findings) -> Table:
    """Tabulates the methods; the best that doesn't keep all data is marked."""
    told = found.naive.told is not None
    columns: list[Label] = [
        Text(zh="方法（{n} 个种子）", en="method ({n} seeds)").format(n=found.seeds), Text(zh="平均准确率", en="average accuracy"),
        Text(zh="与朴素之差", en="minus naive"), FORGETTING, Text(zh="后向迁移", en="backward transfer"),
        Text(zh="前向迁移", en="forward transfer"), "AAA", Text(zh="刚学完时", en="just learnt"),
    ]  # fmt: skip
    if told:
        columns.append(Text(zh="若告诉任务", en="if told the task"))
    rows = [
        (
            METHODS[name], percent(one.average), percent(one.against), percent(one.forgetting), percent(one.backward),
            percent(one.forward), percent(one.anytime), percent(one.learned),
            *([percent(one.told)] if told else []),
        )
        for name, one in found.scores.items()
    ]  # fmt: skip
    return Table(
        tuple(columns),
        tuple(rows),
        (list(found.scores).index(found.best),),
        caveat=Text(
            zh="没有前向迁移：类增量里没学过的类答不出来。", en="No forward transfer: in the class scenario a class not yet learnt can't be answered."
        )
        if told
        else None,
    )  # fmt: skip


def matrix(found: Findings, a: str, b: str) -> SideBySide[Heatmap]:
    """Draws the matrices of two methods."""
    return SideBySide(_matrix(found.scores[a]), _matrix(found.scores[b]), a_label=METHODS[a], b_label=METHODS[b])


def _matrix(score: Score) -> Heatmap:
    stages = range(len(score.matrix))
    return Heatmap(
        columns=tuple(map(_ordinal, stages)),
        rows=tuple(map(_after, stages)),
        values=score.matrix,
        value_label=ACCURACY,
        texts=tuple(tuple(f"{value:.0%}" for value in row) for row in score.matrix),
        low=0.0,
        high=1.0,
    )


def plane(found: Findings) -> Scatter:
    """Draws every method at every strength; replay also with its memory kept as text. On a logarithmic axis 0 bytes are
    drawn at 1.
    """
    points: list[Point] = []
    text = Text(zh="回放（存文本）", en="replay (kept as text)")

    def add(size: int, score: Score, name: Label, group: Label) -> None:
        ends = score.forgetting.interval
        cut = None if ends is None else (max(ends[0], -1.0), min(ends[1], 1.0))
        points.append(Point(size, score.forgetting.value, name, group, y_interval=cut))

    for name in ("naive", "lwf", "joint"):
        one = found.scores[name]
        add(max(one.bytes, 1), one, METHODS[name], METHODS[name])
    for at in found.lambdas:
        add(at.score.bytes, at.score, f"λ {at.strength:g}" if at.strength == found.strength else "", METHODS["ewc"])
    for at in found.memories:
        kept = Text(zh="{n} 条", en="{n} each").format(n=f"{at.strength:g}")
        add(at.score.bytes, at.score, kept if at.strength == found.memory else "", METHODS["replay"])
        add(at.score.text_bytes or 1, at.score, kept, text)
    return Scatter(
        tuple(points),
        x_label=Text(zh="多占的字节（朴素为 0，画在 1）", en="extra bytes (naive keeps 0, drawn at 1)"),
        y_label=FORGETTING,
        log_x=True,
        line=_front(points),
    )


def _front(points: Sequence[Point]) -> tuple[int, ...]:
    """Indices of the points that no other beats in both, by rising bytes."""
    front: list[int] = []
    for at in sorted(range(len(points)), key=lambda at: (points[at].x, points[at].y)):
        if not front or points[at].y < points[front[-1]].y:
            front.append(at)
    return tuple(front)


def sweep(found: Findings) -> Lines:
    """Draws metrics of EWC by λ."""
    x = tuple(one.strength for one in found.lambdas)

    def line(name: Label, values: Sequence[Mean], dash: str) -> Line:
        return Line(
            name, x, tuple(one.value for one in values), tuple(_cut(one.low) for one in values), tuple(_cut(one.high) for one in values), dash=dash
        )  # fmt: skip

    chosen = next(one.score for one in found.lambdas if one.strength == found.strength)
    right: tuple[Line, ...] = ()
    if found.corrected is not None:
        swept = found.corrected.lambdas
        right = (
            line(Text(zh="平均准确率，正确的 Fisher", en="average accuracy, right Fisher information"), [one.score.average for one in swept], "dashdot"),
            line(Text(zh="刚学完时，正确的 Fisher", en="just learnt, right Fisher information"), [one.score.learned for one in swept], "dashdot"),
        )  # fmt: skip
    return Lines(
        (
            line(Text(zh="平均准确率", en="average accuracy"), [one.score.average for one in found.lambdas], "solid"),
            line(FORGETTING, [one.score.forgetting for one in found.lambdas], "dash"),
            line(Text(zh="刚学完时的准确率", en="accuracy when just learnt"), [one.score.learned for one in found.lambdas], "dot"),
            *right,
        ),
        x_label="λ",
        log_x=True,
        marks=(Mark(found.strength, chosen.average.value, Text(zh="本次", en="this run")),),
    )  # fmt: skip


def scenarios(found: Findings) -> Table:
    """Tabulates the methods, two columns for each scenario."""
    columns: list[Label] = [Text(zh="方法", en="method")]
    for name in found.scenarios:
        star = "★ " if name == found.scenario else ""
        columns += [
            Text(zh="{star}{name}：准确率", en="{star}{name}: accuracy").format(star=star, name=SCENARIOS[name]),
            Text(zh="{name}：遗忘", en="{name}: forgetting").format(name=SCENARIOS[name]),
        ]
    return Table(
        tuple(columns),
        tuple(
            (METHODS[method], *(cell for row in found.scenarios.values() for cell in (percent(row[method].average), percent(row[method].forgetting))))
            for method in found.scores
        ),
    )  # fmt: skip


def fisher(found: Findings, kind: str) -> Bars:
    """Draws shares of Fisher information beside shares of parameters, by group."""
    return Bars(
        tuple(GROUPS[one.name] for one in found.groups),
        (
            Series(
                Text(zh="占 Fisher 信息", en="of the Fisher information"), tuple(round(one.share.value, 3) for one in found.groups),
                tuple(None if one.share.low is None else max(one.share.low, 0.0) for one in found.groups),
                tuple(None if one.share.high is None else min(one.share.high, 1.0) for one in found.groups),
            ),
            Series(
                Text(zh="占参数（共 {n} 个）", en="of the {n} parameters").format(n=found.parameters),
                tuple(round(one.part, 3) for one in found.groups),
            ),
        ),
        y_label=Text(zh="份额", en="share"),
        caveat=_wrong(kind),
        warning=kind != "optimum",
    )  # fmt: skip


def _wrong(kind: str) -> Text | None:
    """Says that the Fisher information is taken by a mistake."""
    if kind == "optimum":
        return None
    return Text(
        zh="这不是正确的 Fisher 信息：按所选的错误算法得来。",
        en="Not the correct Fisher information: taken by the mistake that you chose.",
    )


def parameters(fisher: NDArray[np.float32], found: Findings, kind: str) -> Histogram:
    """Counts single parameters by their Fisher information, `fisher` (parameters,) in the order of the groups; a line marks the top 1%.

    What is said of the median is the mean over seeds.
    """
    known = fisher[fisher > 0]
    logs = np.log10(known) if len(known) else np.zeros(1)
    edges = np.linspace(math.floor(logs.min()), math.ceil(logs.max()) + (logs.min() == logs.max()), BINS + 1)
    parts = np.split(fisher, np.cumsum([one.parameters for one in found.groups])[:-1])
    top = np.sort(fisher)[-top_count(len(fisher))]
    none, wrong = len(fisher) - len(known), _wrong(kind)
    unseen = Text(
        zh="{n} 个参数的 Fisher 信息是 0，没有画：它们属于不起作用的隐藏单元，或答不了的类。",
        en="{n:|parameter has|parameters have} no Fisher information and so no bar: of hidden units that are never active, or of classes that can't be answered.",
    ).format(n=none)
    apart = Text(
        zh="最大的 1% 里最小的一个，比非零参数的中位数高 {decades} 个数量级（种子平均与 95% 区间）。",
        en="Powers of ten from the median of the parameters that have any to the least of the top 1%: {decades} (mean over seeds with its 95% interval).",
    ).format(decades=with_interval(found.decades.value, found.decades.low, found.decades.high, "z.2f"))
    return Histogram(
        tuple(map(float, edges)),
        tuple(
            Series(GROUPS[one.name], tuple(map(float, np.histogram(np.log10(part[part > 0]), edges)[0])))
            for one, part in zip(found.groups, parts, strict=True)
        ),
        x_label=Text(zh="Fisher 信息，以 10 为底的对数", en="Fisher information, logarithm to base 10"),
        grid=(float(np.log10(top)),) if top > 0 else (),
        log_y=True,
        caveat=joined(wrong, unseen if none else None, apart),
        warning=wrong is not None,
    )  # fmt: skip


def _distance(value: Mean | None) -> str:
    return "–" if value is None else with_interval(value.value, value.low, value.high, "z.4f")


def moved(found: Findings) -> Table:
    """Tabulates how far the parameters moved, by method."""
    return Table(
        (
            Text(zh="方法", en="method"),
            Text(zh="Fisher 最大的 1%（含 {share}）", en="top 1% (hold {share})").format(
                share=percent(found.top_share)
            ),
            Text(zh="与朴素之差", en="minus naive"),
            Text(zh="其余", en="the rest"),
            Text(zh="之比", en="ratio"),
        ),
        tuple(
            (METHODS[name], _distance(one.important), _distance(one.against), _distance(one.rest), f"{one.ratio:.2f}")
            for name, one in found.moved.items()
        ),
    )


def log(found: Findings) -> Table:
    """Tabulates what a training log says of naive fine-tuning, and what is so."""
    return Table(
        (Text(zh="朴素微调", en="naive fine-tuning"), ACCURACY),
        (
            (Text(zh="训练日志：各批次的平均", en="training log: mean over batches seen"), percent(found.log.seen)),
            (Text(zh="留出样本，全部任务，结束时", en="held out, all tasks, at the end"), percent(found.log.real)),
            (Text(zh="日志高估", en="the log is too high by"), percent(found.log.gap)),
        ),
    )


def orders(found: Findings) -> Heatmap:
    """Draws a row for each seed and order, a column for each method."""
    values = np.array([one.by_seed for one in found.scores.values()]).T
    return Heatmap(
        columns=tuple(METHODS[name] for name in found.scores),
        rows=tuple(
            Text(zh="{n}：最后学{task}", en="{n}: last {task}").format(n=at + 1, task=_short(order[-1]))
            for at, order in enumerate(found.orders)
        ),
        values=tuple(tuple(map(float, row)) for row in values),
        value_label=ACCURACY,
        texts=tuple(tuple(f"{value:.0%}" for value in row) for row in values),
        low=0.0,
        high=1.0,
    )


def _short(names: Sequence[str]) -> Text:
    """A task in few characters: zh-hotel and en-book as 中酒店+英书, or the domain of a pair of sentiments."""
    if names[0].split("-")[0] in DOMAINS:
        return DOMAINS[names[0].split("-")[0]]
    parts = [(name.split("-")[0], DOMAINS[name.split("-")[1]]) for name in names]
    return Text(
        zh="+".join(("中" if language == "zh" else "英") + domain.zh for language, domain in parts),
        en="+".join(f"{language} {domain.en}" for language, domain in parts),
    )


def answers(found: Findings) -> Table:
    """Tabulates methods in rows, the tasks of the first seed's order in columns."""
    columns = [
        Text(zh="任务 {n}：{names}", en="task {n}: {names}").format(n=at + 1, names=_task(task))
        for at, task in enumerate(found.orders[0])
    ]
    said = Text(zh="{name}（{p}）", en="{name} ({p})")
    rows = [
        (METHODS[name], *(said.format(name=class_name(one.name), p=f"{one.probability:.0%}") for one in given))
        for name, given in found.answers.items()
    ]
    return Table(
        (Text(zh="方法", en="method"), *columns),
        tuple(rows),
        caveat=Text(zh="域增量只有“第一个、第二个”两个输出，用最新任务的类名显示；任务增量只在最新任务里选。",
                    en="In the domain scenario two outputs are shared and shown as the newest task's classes; in the task scenario only these are possible.")
        if found.scenario != "class"
        else None,
    )  # fmt: skip


def data(found: Findings) -> Table:
    """Tabulates the tasks of every seed."""
    return Table(
        (
            Text(zh="种子", en="seed"), *(Text(zh="任务 {n}", en="task {n}").format(n=at + 1) for at in range(found.count)),
            Text(zh="训练", en="training"), Text(zh="留出", en="held out"),
        ),
        tuple((at + 1, *map(_task, order), 2 * found.examples, found.held_out) for at, order in enumerate(found.orders)),
    )  # fmt: skip

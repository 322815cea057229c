"""The panels of multi-task learning, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from playground.lab.panels import Line, Lines, Point, Scatter, Table
from playground.lab.text import Label, Language, Text
from playground.language.scripts import main_language
from playground.statistics.intervals import Mean, mean, with_interval
from playground.topics.multi_task.findings import Answer, Findings, Pair, TaskSize, Trained, bounded
from playground.topics.multi_task.learner import Moment
from playground.topics.multi_task.settings import METHODS, TASKS
from playground.topics.multi_task.tasks import Task

SHOWN = ("alone", "fixed", "uncertainty", "surgery")
DASHES = {"alone": "dot", "fixed": "solid", "uncertainty": "dash", "surgery": "solid"}
STEP = Text(zh="训练步", en="training step")
CLASSES: dict[str, Label] = {
    "negative": Text(zh="差评", en="negative"),
    "positive": Text(zh="好评", en="positive"),
    "hotel": Text(zh="酒店", en="hotel"),
    "book": Text(zh="书", en="book"),
    "computer": Text(zh="电脑", en="computer"),
}

Places = Mapping[str, Sequence[int]]


def _measure(name: str) -> Text:
    return Text(zh="相关系数 r", en="correlation r") if name == "length" else Text(zh="准确率", en="accuracy")


def written(name: str, value: Mean) -> str:
    """Writes a score, or a difference of two, with its interval: percent of an accuracy, two decimals of the
    correlation of length.
    """
    cut = bounded(value)
    return with_interval(cut.value, cut.low, cut.high, "z.2f" if name == "length" else "z.0%")


def _band(name: Label, x: Sequence[float], rows: NDArray[np.float64], dash: str, low: float, high: float) -> Line:
    """A curve of means over seeds, its band cut at `low` and `high`; `rows` (points, seeds)."""
    means = [mean(row) for row in rows]
    return Line(
        name,
        tuple(x),
        tuple(one.value for one in means),
        tuple(None if one.low is None else max(one.low, low) for one in means),
        tuple(None if one.high is None else min(one.high, high) for one in means),
        dash=dash,
        markers=False,
    )


def curve(moments: Sequence[Moment], at: Places, task: Task, number: int) -> Lines:
    """Draws held-out score on one task by step, by method."""
    x = [float(moment.step) for moment in moments]
    lines = []
    for name in SHOWN:
        rows = at[f"alone {number}" if name == "alone" else name]
        values = np.stack([moment.scores[list(rows), number].numpy() for moment in moments])
        lines.append(_band(METHODS[name], x, values, DASHES[name], 0.0 if task.classes else -1.0, 1.0))
    label = Text(zh="{task}：{measure}", en="{task}: {measure}").format(
        task=TASKS[task.name], measure=_measure(task.name)
    )
    return Lines(tuple(lines), x_label=STEP, y_label=label)


def _pair_name(first: Label, second: Label) -> Text:
    return Text(zh="{a}与{b}", en="{a} and {b}").format(a=first, b=second)


def cosines(moments: Sequence[Moment], at: Places, tasks: Sequence[Task]) -> Lines:
    """Draws cosine of the first two tasks' gradients by step and method; with three tasks, the other pairs under fixed
    weights.
    """
    x = [float(moment.step) for moment in moments]
    names = [TASKS[task.name] for task in tasks]
    pairs = [(a, b) for a in range(len(tasks)) for b in range(a + 1, len(tasks))]

    def line(method: str, pair: int, dash: str) -> Line:
        values = np.stack([moment.cosine[list(at[method]), pair].numpy() for moment in moments])
        label = Text(zh="{pair}，{method}", en="{pair}, {method}").format(
            pair=_pair_name(*(names[task] for task in pairs[pair])), method=METHODS[method]
        )
        return _band(label, x, values, dash, -1.0, 1.0)

    lines = [line(method, 0, DASHES[method]) for method in SHOWN[1:]]
    lines += [line("fixed", pair, "dot") for pair in range(1, len(pairs))]
    return Lines(tuple(lines), x_label=STEP, y_label=Text(zh="余弦", en="cosine"))


def weights(moments: Sequence[Moment], at: Places, tasks: Sequence[Task], share: float) -> Lines:
    """Draws each task's share of the learnt weights by step, and this run's fixed share of the second."""
    x = [float(moment.step) for moment in moments]
    learnt = np.stack([moment.weights[list(at["uncertainty"])].numpy() for moment in moments])
    parts = learnt / learnt.sum(-1, keepdims=True)
    lines = [
        _band(TASKS[task.name], x, parts[:, :, number], ("solid", "dash", "dot")[number], 0.0, 1.0)
        for number, task in enumerate(tasks)
    ]
    fixed = share * 2 / len(tasks)
    label = Text(zh="固定权重：{task}", en="fixed: {task}").format(task=TASKS[tasks[1].name])
    lines.append(Line(label, tuple(x), (fixed,) * len(x), dash="dot", markers=False))
    return Lines(tuple(lines), x_label=STEP, y_label=Text(zh="占权重之和", en="share of the weights"))


def named(task: TaskSize) -> Text:
    """Writes a task with its number of training reviews."""
    return Text(zh="{task}（{n} 条）", en="{task} ({n} reviews)").format(task=TASKS[task.name], n=task.examples)


def together(found: Findings) -> Table:
    """Tabulates tasks and methods; those of the small task are marked."""
    rows: list[tuple[Label, ...]] = []
    for number, task in enumerate(found.tasks):
        rows.append((named(task), METHODS["alone"], written(task.name, found.alone[number]), "–"))
        rows += [
            (named(task), METHODS[one.name], written(task.name, one.scores[number]), written(task.name, one.gains[number]))
            for one in (found.fixed, found.uncertainty, found.surgery)
        ]  # fmt: skip
    return Table(
        (
            Text(zh="任务", en="task"), Text(zh="方法（{n} 个种子）", en="method ({n} seeds)").format(n=found.seeds),
            Text(zh="留出成绩", en="held out"), Text(zh="与单独之差", en="minus alone"),
        ),
        tuple(rows),
        tuple(at for at in range(len(rows)) if at // len(SHOWN) == found.small),
        caveat=Text(zh="长度用预测与真值的相关系数 r，不是准确率。", en="Length is scored by the correlation r of prediction and truth, no accuracy.")
        if len(found.tasks) > 2
        else None,
    )  # fmt: skip


def _front(points: Sequence[Point]) -> list[int]:
    """Indices of the points that no other beats in both, by rising x."""
    return sorted(
        (at for at, one in enumerate(points) if not any(other.x >= one.x and other.y >= one.y and other != one for other in points)),
        key=lambda at: points[at].x,
    )  # fmt: skip


def _point(scores: Sequence[Mean], name: Label, group: Label) -> Point:
    """A point at the scores on the first two tasks, with their intervals over seeds."""
    x, y = map(bounded, scores[:2])
    return Point(x.value, y.value, name, group, x.interval, y.interval)


def plane(found: Findings) -> Scatter:
    """Draws scores on the first two tasks: fixed weights with their front, the two methods, and two networks of their
    own.
    """
    group = Text(zh="固定权重（第二个任务的份额）", en="fixed weights (second task's share)")
    points = [
        _point(one.scores, f"★ {one.share:g}" if one.share == found.share else f"{one.share:g}", group)
        for one in found.grid
    ]
    line = tuple(_front(points))
    points += [_point(one.scores, METHODS[one.name], METHODS[one.name]) for one in (found.uncertainty, found.surgery)]
    apart = Text(zh="各用一个网络", en="a network for each")
    points.append(_point(found.alone, apart, apart))
    first, second = (
        Text(zh="{task}准确率", en="{task} accuracy").format(task=TASKS[task.name]) for task in found.tasks[:2]
    )
    return Scatter(tuple(points), x_label=first, y_label=second, line=line)


def budget(found: Findings) -> Table:
    """Tabulates the weightings: each one's mean gain and how many fixed weights beat it on both tasks."""
    count = len(found.tasks)

    def row(one: Trained, label: Label, trainings: int) -> tuple[Label | int, ...]:
        return (label, written("", one.gain), trainings, found.beaten(one))

    rows = [
        row(one, Text(zh="固定 {share}", en="fixed {share}").format(share=f"{one.share:g}"), 1) for one in found.grid
    ]
    rows += [row(one, METHODS[one.name], trainings) for one, trainings in
             ((found.uncertainty, 1), (found.surgery, 1), (found.tuned, len(found.grid)))]  # fmt: skip
    return Table(
        (
            Text(zh="怎样合并损失", en="how losses are combined"), Text(zh="平均增益", en="mean gain"),
            Text(zh="训练几次", en="trainings"), Text(zh="两个任务上都更好的固定权重", en="fixed weights better on both"),
        ),
        tuple(rows),
        tuple(at for at, one in enumerate(found.grid) if one.share == found.share),
        caveat=Text(
            zh="手术每步要 {n} 次反向传播（每个任务一次），固定权重与不确定性加权各只要 1 次；为了量余弦，这里全部按任务分开算。",
            en="Surgery needs {n} backward passes a step, one for each task, where fixed and uncertainty weights need 1; here all are taken by task, to measure the cosine.",
        ).format(n=count),
    )  # fmt: skip


def conflicts(found: Findings) -> Table:
    """Tabulates methods and pairs of tasks."""

    def row(method: str, pair: Pair) -> tuple[Label, ...]:
        names = [TASKS[found.tasks[task].name] for task in (pair.first, pair.second)]
        return (
            METHODS[method], _pair_name(*names), with_interval(pair.cosine.value, pair.cosine.low, pair.cosine.high, "z.2f"),
            f"{pair.conflict.value:.0%}", f"{pair.ratio.value:.3g}",
        )  # fmt: skip

    kinds = (("fixed", found.pairs), ("uncertainty", found.pairs_uncertainty), ("surgery", found.pairs_surgery))
    return Table(
        (
            Text(zh="方法", en="method"), Text(zh="任务", en="tasks"), Text(zh="余弦", en="cosine"),
            Text(zh="冲突的步", en="steps in conflict"), Text(zh="梯度范数之比（前 ÷ 后）", en="gradient norms, first ÷ second"),
        ),
        tuple(row(method, pair) for method, pairs in kinds for pair in pairs),
    )  # fmt: skip


def _answer(one: Answer) -> Label:
    if one.number is not None:
        return Text(zh="约 {n} 字", en="about {n} characters").format(n=f"{one.number:.0f}")
    return Text(zh="{name}（{p}）", en="{name} ({p})").format(name=CLASSES[one.name], p=f"{one.probability:.0%}")


def answers(found: Findings, text: str) -> Table:
    """Tabulates methods in rows, tasks in columns."""
    return Table(
        (Text(zh="方法", en="method"), *(TASKS[task.name] for task in found.tasks)),
        tuple((METHODS[name], *map(_answer, found.answers[name])) for name in SHOWN),
        caveat=None
        if main_language(text) is Language.ZH
        else Text(
            zh="这些网络只学过中文评论，对别的语言的文字只能瞎猜。",
            en="These networks learnt Chinese reviews only: for text in another language their answers are guesses.",
        ),
    )


def data(found: Findings) -> Table:
    """Tabulates the tasks."""
    return Table(
        (
            Text(zh="任务", en="task"), Text(zh="每个种子抽的训练条数", en="training reviews drawn by each seed"),
            Text(zh="验证", en="validation"), Text(zh="留出", en="held out"),
        ),
        tuple((TASKS[task.name], task.examples, task.validation, task.held_out) for task in found.tasks),
        caveat=Text(
            zh="中文评论，词元嵌入取平均；各任务的训练评论分别抽取，按类均衡。共训练 {runs} 个网络，每个 {steps} 步。区间只含种子的变化，留出评论固定。",
            en="Chinese reviews as mean token embeddings; each task draws its own, balanced by class. {runs} networks of {steps} steps each. Intervals cover seeds only: the held-out reviews are fixed.",
        ).format(runs=found.runs, steps=found.steps),
    )  # fmt: skip

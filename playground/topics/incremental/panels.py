"""The panels of incremental training, drawn from its numbers. Knows how no update works."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark, Metric, Metrics, Point, Scatter, Table
from playground.lab.text import Label, Text
from playground.statistics.intervals import Mean, mean, with_interval
from playground.topics.incremental.corpus import Shift
from playground.topics.incremental.findings import Findings, Score
from playground.topics.incremental.settings import METHODS, SCHEDULES
from playground.topics.incremental.words import AVERAGE, RANDOM, UNKNOWN

CLASSES: dict[str, Label] = {
    "hotel": Text(zh="酒店", en="hotel"), "book": Text(zh="图书", en="book"), "computer": Text(zh="电脑", en="computer"),
    "negative": Text(zh="差评", en="bad"), "positive": Text(zh="好评", en="good"),
}  # fmt: skip
TREATMENTS: dict[str, Label] = {
    UNKNOWN: Text(zh="不加行：新词都是“未知”", en="no new rows: new words are all unknown"),
    RANDOM: Text(zh="加行，随机初值", en="new rows, random at first"),
    AVERAGE: Text(zh="加行，初值取旧行的平均", en="new rows, the mean of the old ones at first"),
}
SHORT: dict[str, Label] = {"constant": Text(zh="不预热", en="no warm-up"), "cold": Text(zh="低学习率", en="low rate")}
DASHES = {"new": "solid", "replay": "solid", "again": "dash", "head": "dot", "adapter": "dash"}
ACCURACY = Text(zh="准确率", en="accuracy")
OLD, NEW = Text(zh="旧数据", en="old data"), Text(zh="新数据", en="new data")
AMOUNT = Text(zh="合并系数", en="amount of the merge")
NO_VALUE = "–"


def class_name(name: str) -> Label:
    """Names a class; one of the visitor's own keeps its label."""
    return CLASSES.get(name, name)


def percent(value: Mean | None) -> str:
    """Writes a mean in percent with its interval, cut off where an accuracy or a difference of two can't be."""
    if value is None:
        return NO_VALUE
    return with_interval(value.value, _cut(value.low), _cut(value.high), "z.0%")


def _cut(end: float | None) -> float | None:
    return None if end is None else min(max(end, -1.0), 1.0)


def _line(name: Label, x: Sequence[float], means: Sequence[Mean], dash: str, markers: bool = True) -> Line:
    return Line(
        name, tuple(x), tuple(one.value for one in means),
        tuple(None if one.low is None else max(one.low, 0.0) for one in means),
        tuple(None if one.high is None else min(one.high, 1.0) for one in means),
        dash=dash, markers=markers,
    )  # fmt: skip


def curves(steps: Sequence[int], rows: dict[str, list[list[float]]]) -> Lines:
    """Draws accuracy by step of the update; `rows`: by method, one row a look with a number for each seed."""
    return Lines(
        tuple(
            _line(METHODS[name], list(map(float, steps)), [mean(look) for look in looks], DASHES[name], False)
            for name, looks in rows.items()
        ),
        x_label=Text(zh="更新的步", en="step of the update"),
        y_label=ACCURACY,
    )  # fmt: skip


def methods(found: Findings) -> Table:
    """Tabulates the base, then the methods."""
    base = (Text(zh="底座（更新前）", en="base, before"), percent(found.before_old), percent(found.before_new), NO_VALUE, NO_VALUE, NO_VALUE, "0", "0")  # fmt: skip
    rows = [
        (
            METHODS[name], percent(one.old), percent(one.new), percent(one.forgotten), percent(one.against), percent(one.gained_against),
            f"{one.drift.value:.2f}", str(one.rank),
        )
        for name, one in found.scores.items()
    ]  # fmt: skip
    return Table(
        (
            Text(zh="更新（{n} 个种子）", en="update ({n} seeds)").format(n=found.seeds), OLD, NEW, Text(zh="遗忘", en="forgotten"),
            Text(zh="旧：比只用新数据", en="old: minus new only"), Text(zh="新：比只用新数据", en="new: minus new only"),
            Text(zh="漂移", en="drift"), Text(zh="改动的秩", en="rank of the change"),
        ),
        (base, *rows),
        caveat=Text(
            zh="区间只含种子（初值、抽样、批次）的波动，不含留出样本的；各方法的步数相同，“重训”另加底座那些步。",
            en="Intervals hold the variation of seeds (start, draws, batches), not of the held-out examples. All have the same number of steps, “all again” those of the base besides.",
        ),
    )  # fmt: skip


def cost(found: Findings) -> Table:
    """Tabulates the cost of the methods."""
    rows = [
        (
            METHODS[name], one.cost.steps, f"{one.cost.trained:,} ({one.cost.trained / found.parameters:.1%})", one.cost.old_rows, one.cost.new_rows,
            one.cost.kept, one.cost.saved, one.cost.resumed,
        )
        for name, one in found.scores.items()
    ]  # fmt: skip
    return Table(
        (
            Text(zh="更新", en="update"), Text(zh="训练步", en="steps"), Text(zh="训练的参数（占比）", en="parameters trained (share)"),
            Text(zh="读旧（条次）", en="old examples read"), Text(zh="读新（条次）", en="new read"), Text(zh="需留旧样本", en="old kept"),
            Text(zh="存更新（字节）", en="bytes to save"), Text(zh="能续训（字节）", en="bytes to resume"),
        ),
        tuple(rows),
    )  # fmt: skip


def ranks(found: Findings) -> Lines:
    """Draws accuracies by rank; the last point trains all parameters."""
    full = found.naive
    x = [one.value for one in found.ranks]
    scores = [one.score for one in found.ranks]
    end = 2 * max(x)
    return Lines(
        (
            _line(OLD, [*x, end], [one.old for one in (*scores, full)], "solid"),
            _line(NEW, [*x, end], [one.new for one in (*scores, full)], "dash"),
        ),
        x_label=Text(zh="适配器的秩（{n} 处：全部参数）", en="rank of the adapter (at {n}: all parameters)").format(n=f"{end:g}"),
        y_label=ACCURACY,
        log_x=True,
        marks=(Mark(float(found.rank), found.scores["adapter"].old.value, Text(zh="本次", en="this run")),),
        caveat=Text(
            zh="适配器加在这个小网络的隐层权重上（W + 下投影 × 上投影，其余冻结），不是加在语言模型上：在语言模型上，两个核走一步就要三秒多；每个秩、每个种子都走几十步，一次运行放不下。",
            en="The adapter is on the hidden weights of this small network (W + down × up, all else frozen), not on the language model: a step there takes over three seconds on two cores, so dozens of steps for every rank and seed don't fit into a run.",
        ),
    )  # fmt: skip


def shares(found: Findings) -> Lines:
    """Draws accuracies by share of old rows."""
    x = [one.value for one in found.shares]
    return Lines(
        (
            _line(OLD, x, [one.score.old for one in found.shares], "solid"),
            _line(NEW, x, [one.score.new for one in found.shares], "dash"),
        ),
        x_label=Text(zh="旧数据占一批的比例", en="old share of each batch"),
        y_label=ACCURACY,
        marks=(Mark(found.share, found.scores["replay"].old.value, Text(zh="本次", en="this run")),),
    )


def merges(found: Findings) -> Lines:
    """Draws accuracies along the line through base and tuned."""
    x = [one.amount for one in found.merges]
    return Lines(
        (
            _line(OLD, x, [one.old for one in found.merges], "solid"),
            _line(NEW, x, [one.new for one in found.merges], "dash"),
        ),
        x_label=AMOUNT,
        y_label=ACCURACY,
        marks=(
            Mark(found.amount, found.merged.old.value, Text(zh="本次：旧", en="this run: old")),
            Mark(found.amount, found.merged.new.value, Text(zh="本次：新", en="this run: new")),
        ),
    )  # fmt: skip


def drift(found: Findings) -> Scatter:
    """Draws a point for each update: methods, ranks, shares and schedules."""
    points: list[Point] = []

    def add(score: Score, name: Label, group: str) -> None:
        x, y = score.drift, score.forgotten
        across = None if x.interval is None else (max(x.interval[0], 0.0), x.interval[1])
        up = None if y.interval is None else (max(y.interval[0], -1.0), min(y.interval[1], 1.0))
        points.append(Point(x.value, y.value, name, METHODS[group], across, up))

    for method, one in found.scores.items():
        add(one, METHODS[method], method)
    for at in found.ranks:
        if at.value != found.rank:
            add(at.score, Text(zh="秩 {n}", en="rank {n}").format(n=f"{at.value:g}"), "adapter")
    for at in found.shares:
        if at.value not in (0.0, found.share):
            add(at.score, f"{at.value:.0%}", "replay")
    for pace in found.paces:
        if pace.score != found.naive:
            add(pace.score, f"×{pace.rate:g}" if pace.schedule == "rewarmed" else SHORT[pace.schedule], "new")
    return Scatter(
        tuple(points),
        x_label=Text(zh="漂移（底座的范数为 1）", en="drift (norm of the base is 1)"),
        y_label=Text(zh="遗忘", en="forgotten"),
    )


def _pace(schedule: str, rate: float) -> Label:
    return Text(zh="{name}（峰值 ×{rate}）", en="{name} (peak ×{rate})").format(
        name=SCHEDULES[schedule], rate=f"{rate:g}"
    )


def paces(found: Findings) -> Table:
    """Tabulates the schedules."""
    return Table(
        (Text(zh="学习率", en="learning rate"), OLD, NEW, Text(zh="漂移", en="drift")),
        tuple(
            (_pace(one.schedule, one.rate), percent(one.score.old), percent(one.score.new), f"{one.score.drift.value:.2f}")
            for one in found.paces
        ),
        tuple(at for at, one in enumerate(found.paces) if one.score == found.naive),
    )  # fmt: skip


def probe(found: Findings) -> Metrics:
    """Draws accuracy on old data before the update, after it, and after the refit."""
    return Metrics(
        (
            Metric(Text(zh="底座", en="base"), percent(found.before_old)),
            Metric(Text(zh="只用新数据更新后", en="after new data only"), percent(found.naive.old)),
            Metric(
                Text(zh="再重训输出层（每类 {n} 条旧样本）", en="output refitted ({n} old examples a class)").format(n=found.probe.examples),
                percent(found.probe.old),
            ),
            Metric(Text(zh="找回", en="regained"), percent(found.probe.regained)),
        )
    )  # fmt: skip


def vocabulary(found: Findings) -> Table:
    """Tabulates the treatments of new words."""
    rows = [
        (TREATMENTS[name], percent(one.new_before), percent(one.new_after), percent(one.against), percent(one.old_before), percent(one.old_after))
        for name, one in found.vocabulary.treatments.items()
    ]  # fmt: skip
    return Table(
        (
            Text(zh="新词（旧词 {old} 行，新加 {new} 行）", en="new words ({old} rows of old words, {new} new)").format(
                old=found.vocabulary.words, new=found.vocabulary.added),
            Text(zh="新数据，更新前", en="new data, before"), Text(zh="新数据，更新后", en="new data, after"), Text(zh="更新后比“未知”", en="after: minus unknown"),
            Text(zh="旧数据，更新前", en="old data, before"), Text(zh="旧数据，更新后", en="old data, after"),
        ),
        tuple(rows),
        caveat=Text(
            zh="留出的新数据里，{share} 的词在旧词表里没有行。", en="{share} of the words in the held-out new data have no row in the old vocabulary."
        ).format(share=f"{found.vocabulary.missing:.0%}"),
    )  # fmt: skip


def words(found: Findings) -> Table:
    """Tabulates new words, and a row that no text uses."""
    moved = [(one.text, one.count, f"{one.moved:.3f}") for one in found.vocabulary.frequent]
    unused: tuple[Label, int, str] = (
        Text(zh="（保留行，没有词用它）", en="(reserved row, used by no word)"),
        0,
        f"{found.vocabulary.reserved:.3f}",
    )
    yours = found.vocabulary.yours[:8]
    return Table(
        (Text(zh="新词", en="new word"), Text(zh="训练里的次数", en="times in training"), Text(zh="这一行移动的距离", en="its row moved by")),
        (*moved, unused),
        caveat=Text(
            zh=f"你的评论里，更新之后仍没有行的词：{'、'.join(yours)}",
            en=f"Words of your review that have no row even afterwards: {', '.join(yours)}",
        )
        if yours
        else None,
    )  # fmt: skip


def answers(found: Findings) -> Table:
    """Tabulates the answers of the networks."""
    names: dict[str, Label] = {
        "base": Text(zh="底座", en="base"), **METHODS,
        "merge": Text(zh="合并，系数 {n}", en="merge, amount {n}").format(n=f"{found.amount:g}"),
    }  # fmt: skip
    return Table(
        (Text(zh="网络", en="network"), Text(zh="判为", en="answer"), Text(zh="概率", en="probability")),
        tuple((names[name], class_name(one.name), f"{one.probability:.0%}") for name, one in found.answers.items()),
    )


def datasets(shift: Shift, examples: int, own: bool) -> Table:
    """Tabulates the classes."""

    def count(part: Sequence[int], at: int) -> int:
        return sum(one == at for one in part)

    parts = [part.classes.tolist() for part in (shift.old, shift.new, shift.held_old, shift.held_new)]
    rows = [
        (
            class_name(name), min(examples, count(parts[0], at)), count(parts[2], at),
            count(parts[1], at) if own else min(examples, count(parts[1], at)), count(parts[3], at),
        )
        for at, name in enumerate(shift.names)
    ]  # fmt: skip
    notes = []
    if shift.fresh:
        notes.append(
            Text(
                zh="底座没见过的类：输出层有它的行，停在初值，更新时才训练。",
                en="A class that the base never saw has a row of the output at its initial value, trained by the update only.",
            )
        )
    if shift.repeated:
        notes.append(Text(zh="重复而略去的行：{n}。", en="Repeated lines left out: {n}.").format(n=shift.repeated))
    return Table(
        (
            Text(zh="类", en="class"), Text(zh="旧：训练", en="old: training"), Text(zh="旧：留出", en="old: held out"),
            Text(zh="新：训练", en="new: training"), Text(zh="新：留出", en="new: held out"),
        ),
        tuple(rows),
        caveat=Text("".join(one.zh for one in notes), " ".join(one.en for one in notes)) if notes else None,
    )  # fmt: skip

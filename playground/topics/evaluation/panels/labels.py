"""The panels of labels: A against B, power, classes, confusion, calibration, and the table as it was read."""

from __future__ import annotations

from collections.abc import Sequence

from playground.evaluation.classification import AVERAGES, ClassScore
from playground.lab.panels import Cell, Heatmap, Line, Lines, Mark, Prose, SideBySide, Table
from playground.lab.text import Text, joined
from playground.statistics.intervals import wilson, with_interval
from playground.topics.evaluation.comparing import POWER, Side
from playground.topics.evaluation.findings import Labels
from playground.topics.evaluation.pasted_table import SEPARATORS, Labelled
from playground.topics.evaluation.words import AVERAGE_NAMES, FIGURES


def comparison(labels: Labels) -> Table:
    """Tabulates every figure of A and B with its difference, then McNemar's test."""
    columns = (
        Text(zh="指标", en="figure"), "A", "B", Text(zh="B − A [95% 区间]", en="B − A [95% interval]"), Text(zh="p 值", en="p-value"), "Holm"
    )  # fmt: skip
    found = labels.comparison
    if found is None or labels.b is None:
        rows: tuple[tuple[Cell, ...], ...] = (
            (FIGURES["accuracy"], _with_interval(labels.a), "–", "–", "–", "–"),
            (FIGURES["macro"], _macro_interval(labels.a), "–", "–", "–", "–"),
        )
        caveat = Text(
            zh="表里没有预测 B，没有可比的。", en="The table has no prediction B, so there is nothing to compare."
        )
        return Table(columns, rows, caveat=caveat)
    shown: list[tuple[Cell, ...]] = []
    sides = {
        "accuracy": (_with_interval(labels.a), _with_interval(labels.b)),
        "macro": (_macro_interval(labels.a), _macro_interval(labels.b)),
    } | {
        name: (f"{labels.a.scores.by_class[place].f1:.3f}", f"{labels.b.scores.by_class[place].f1:.3f}")
        for place, name in enumerate(labels.classes)
    }
    for test in found.tests:
        difference = test.difference
        label = FIGURES.get(test.name) or Text(zh="F1：{name}", en="F1: {name}").format(name=test.name)
        shown.append((
            label, *sides[test.name], with_interval(difference.value, difference.low, difference.high, "+.3f"),
            f"{difference.p_value:.3f}", f"{test.adjusted:.3f}",
        ))  # fmt: skip
    shown.append((
        Text(zh="McNemar（精确）", en="McNemar (exact)"),
        Text(zh="只有 A 对：{n}", en="only A right: {n}").format(n=found.only_a),
        Text(zh="只有 B 对：{n}", en="only B right: {n}").format(n=found.only_b),
        Text(zh="都对 {x}，都错 {y}", en="both right {x}, both wrong {y}").format(x=found.both, y=found.neither),
        f"{found.p_value:.3f}", "–",
    ))  # fmt: skip
    return Table(columns, tuple(shown), (len(shown) - 1,))


def _with_interval(side: Side) -> str:
    return with_interval(side.scores.accuracy, side.accuracy_low, side.accuracy_high, ".3f")


def _macro_interval(side: Side) -> str:
    return with_interval(side.scores.averages["macro"].f1, side.macro_low, side.macro_high, ".3f")


def power(labels: Labels) -> Lines:
    """Draws power against the number of examples, with the number there is and the number that 80% takes."""
    found = labels.comparison
    axis = Text(zh="样本数", en="examples")
    share = Text(zh="功效", en="power")
    if found is None or found.needed is None:
        caveat = Text(
            zh="没有预测 B，或 A、B 对的一样多：没有差距，也就没有“要多少条”。",
            en="No prediction B, or A and B are right equally often: without a difference no number of examples finds one.",
        )
        return Lines((Line(Text(zh="功效", en="power"), (float(labels.count),), (0.05,)),), axis, share, caveat=caveat)
    most = max(2 * found.needed, 2 * found.count)
    counts = sorted({max(4, round(most * step / 40)) for step in range(1, 41)} | {found.count, found.needed})
    curve = Line(
        Text(zh="McNemar", en="McNemar"),
        tuple(float(n) for n in counts),
        tuple(found.power(n) for n in counts),
        markers=False,
    )
    marks = (
        Mark(float(found.count), found.power_now, Text(zh="现有 {n} 条", en="{n} now").format(n=found.count)),
        Mark(float(found.needed), POWER, Text(zh="80%：{n} 条", en="80%: {n}").format(n=found.needed)),
    )
    caveat = Text(
        zh="看到的差距本身有误差，这个数只是量级。若两组样本各测各的（不配对），每组要 {n} 条。",
        en="The difference seen is itself uncertain: take the number as an order of magnitude. With two separate samples"
        " (unpaired), each would need {n}.",
    ).format(n=found.needed_unpaired)
    return Lines((curve,), axis, share, marks=marks, caveat=caveat)


def classes(labels: Labels) -> Table:
    """Tabulates precision, recall and F1 by class and averaged."""
    columns = (
        Text(zh="类别", en="class"), Text(zh="样本数", en="examples"),
        *(Text(zh="{part} {side}", en="{part} {side}").format(part=part, side=side)
          for side in ("A", "B")
          for part in (Text(zh="精确率", en="precision"), Text(zh="召回率", en="recall"), Text("F1", "F1"))),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for place, name in enumerate(labels.classes):
        support = labels.a.scores.by_class[place].support
        rows.append((name, support, *_of_class(labels.a, place), *_of_class(labels.b, place)))
    for average in AVERAGES:
        own = labels.a.scores.averages[average]
        other = labels.b.scores.averages[average] if labels.b else None
        rows.append((AVERAGE_NAMES[average], own.support, *_three(own), *_three(other)))
    kappas = [side.scores.kappa if side else None for side in (labels.a, labels.b)]
    rows.append((
        Text(zh="Cohen κ", en="Cohen's κ"), labels.count, None, None, kappas[0], None, None, kappas[1],
    ))  # fmt: skip
    caveat = Text(
        zh="方括号为 95% Wilson 区间。F1、各平均与 κ 没有单列区间。",
        en="In brackets: 95% Wilson intervals. F1, averages and κ have none here.",
    )
    paired = Text(
        zh="A、B 的准确率之差与 F1 之差有区间，在“B 比 A 好吗：配对检验”里。",
        en="The differences of A and B in accuracy and F1 have intervals, in “Is B better than A? Paired tests”.",
    )
    return Table(columns, tuple(rows), caveat=joined(caveat, paired if labels.comparison else None))


def _of_class(side: Side | None, place: int) -> tuple[Cell, Cell, Cell]:
    """Precision and recall of a class with their intervals, and F1."""
    if side is None:
        return (None, None, None)
    counts, score = side.scores.confusion, side.scores.by_class[place]
    hits, predicted = counts[place][place], sum(row[place] for row in counts)
    return (
        with_interval(score.precision, *wilson(hits, predicted), ".3f") if predicted else score.precision,
        with_interval(score.recall, *wilson(hits, score.support), ".3f") if score.support else score.recall,
        score.f1,
    )


def _three(score: ClassScore | None) -> tuple[float | None, float | None, float | None]:
    return (score.precision, score.recall, score.f1) if score else (None, None, None)


def confusion(labels: Labels) -> SideBySide[Heatmap]:
    """Counts of gold against predicted classes. Without B its side is A's."""
    most = float(max(max(row) for side in (labels.a, labels.b) if side for row in side.scores.confusion))
    a, b = (
        Heatmap(
            labels.classes, labels.classes,
            tuple(tuple(float(count) for count in row) for row in side.scores.confusion),
            Text(zh="样本数", en="examples"),
            texts=tuple(tuple(str(count) for count in row) for row in side.scores.confusion), low=0.0, high=most,
        )
        for side in (labels.a, labels.b or labels.a)
    )  # fmt: skip
    predicted = Text(zh="的预测", en="as predicted")
    return SideBySide(a, b, predicted, predicted if labels.b else Text(zh="没有 B，仍为 A", en="no B: A again"))


def calibration(labels: Labels) -> Lines:
    """Draws accuracy against confidence by bin, with Wilson intervals, and the diagonal."""
    axis, share = Text(zh="A 的置信度", en="A's confidence"), Text(zh="对的比例", en="share right")
    diagonal = Line(Text(zh="完全校准", en="perfectly calibrated"), (0.0, 1.0), (0.0, 1.0), dash="dash", markers=False)
    found = labels.calibration
    if found is None:
        caveat = Text(zh="表里没有置信度一列。", en="The table has no column of confidence.")
        return Lines((diagonal,), axis, share, caveat=caveat)
    curve = Line(
        "A", tuple(group.confidence for group in found.bins), tuple(group.accuracy for group in found.bins),
        tuple(group.least for group in found.bins), tuple(group.most for group in found.bins), role="a",
    )  # fmt: skip
    caveat = Text(
        zh="带子是 95% 区间：一箱没有几条，别读得太细。",
        en="The band is a 95% interval: with few examples per bin, don't read details into it.",
    )
    return Lines((diagonal, curve), axis, share, caveat=caveat)


def bins(labels: Labels, chosen: int) -> Table:
    """Tabulates ECE by number and kind of bins."""
    columns = (
        Text(zh="箱数", en="bins"),
        Text(zh="ECE，等宽", en="ECE, equal width"),
        Text(zh="ECE，等量", en="ECE, equal mass"),
    )
    found = labels.calibration
    if found is None:
        caveat = Text(zh="表里没有置信度一列。", en="The table has no column of confidence.")
        return Table(columns, ((str(chosen), None, None),), caveat=caveat)
    rows: list[tuple[Cell, ...]] = [
        (
            str(error.bins), with_interval(error.equal_width, *error.width_interval, ".3f"),
            with_interval(error.equal_mass, *error.mass_interval, ".3f"),
        )
        for error in found.errors
    ]  # fmt: skip
    highlight = tuple(place for place, error in enumerate(found.errors) if error.bins == chosen)
    rows += [
        (Text(zh="Brier 分（不分箱）", en="Brier score (no bins)"), with_interval(found.brier, *found.brier_interval, ".3f"), None),
        (Text(zh="平均置信度", en="mean confidence"), found.confidence, None),
        (Text(zh="准确率", en="accuracy"), _with_interval(labels.a), None),
    ]  # fmt: skip
    caveat = Text(
        zh="方括号为 95% 区间，准确率用 Wilson，其余按样本重抽样。ECE 是绝对值之和，重抽样又添一份噪声，所以重抽样的 ECE 偏高，区间也偏高。",
        en="In brackets: 95% intervals, Wilson's for accuracy, bootstrap over examples for the rest. ECE sums absolute values,"
        " and resampling adds noise to them: resampled ECE is biased upwards, and the interval with it.",
    )
    return Table(columns, tuple(rows), highlight, caveat=caveat)


def table_as_read(table: Labelled) -> Prose:
    """Writes what was read of the pasted table."""
    named = Text(zh="有表头", en="with a header")
    unnamed = Text(
        zh="没有认出表头，按标准答案、A、B、置信度的次序", en="no known header: taken as gold, A, B, confidence"
    )
    return Prose(
        Text(
            zh="{rows} 行，用{separator}分隔，{header}。类别：{classes}。标签去掉了首尾空格，全角字符按半角比较；预测 B：{b}；置信度：{p}。",
            en="{rows} rows, separated by {separator}, {header}. Classes: {classes}. Labels are stripped, and full-width characters"
            " count as half-width; prediction B: {b}; confidence: {p}.",
        ).format(
            rows=len(table.gold),
            separator=SEPARATORS[table.separator],
            header=named if table.header else unnamed,
            classes=Text("、".join(table.classes), ", ".join(table.classes)),
            b=_there(table.b),
            p=_there(table.confidence),
        )
    )


def _there(column: Sequence[object]) -> Text:
    return Text(zh="有", en="yes") if column else Text(zh="无", en="no")

"""The panels of classification, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.lab.panels import Heatmap, Line, Lines, Table
from playground.lab.text import Label, Text, joined
from playground.statistics.intervals import Share, in_brackets, with_interval
from playground.topics.classification.few_shot import LONGEST_ASKED, LONGEST_EXAMPLE
from playground.topics.classification.findings import FEW, Findings, Gap, Leak, Learned, Method, Spoiled, Suspect
from playground.topics.classification.pasted_lines import LONGEST_TEXT, LabelledLines
from playground.topics.classification.settings import NAMES

MOST_SUSPECTS = 30
LONGEST_SHOWN = 48


def percent(share: Share) -> str:
    """Writes a share in percent with its interval."""
    return _percent(share.value, share.low, share.high) if share.count else "–"


def p_value(value: float) -> str:
    """Writes a p-value, which is never 0."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _seconds(value: float) -> str:
    """A measured time, to two digits."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def shorten(text: str) -> str:
    """Returns the beginning of a text."""
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def left_out(lines: LabelledLines, cut: tuple[int, int] = (0, 0)) -> Text | None:
    """Returns what of the pasted lines isn't used, or is used in part. `cut`: examples and texts of which the prompt
    has only the beginning.
    """
    examples, asked = cut
    said = [
        Text(zh="{n} 行与前面完全重复，未计。", en="Repeated lines left out: {n}.").format(n=lines.repeated)
        if lines.repeated
        else None,
        Text(zh="只有一行的类无法又训练又测试，未计：{names}。", en="Classes of a single line can't be both trained and tested and are left out: {names}.").format(
            names=", ".join(lines.single)
        )
        if lines.single
        else None,
        Text(zh="{n} 条文本只读前 {most} 个字符。", en="Texts of which only the first {most} characters are read: {n}.").format(
            n=lines.cut, most=LONGEST_TEXT
        )
        if lines.cut
        else None,
        Text(
            zh="少样本提示只读示例的前 {example} 个词元、所问文本的前 {text} 个：截短了 {examples} 个示例、{asked} 行。",
            en="The few-shot prompt reads the first {example} tokens of an example and {text} of a text it asks about; cut: {examples:|example|examples}, {asked:|line|lines}.",
        ).format(example=LONGEST_EXAMPLE, text=LONGEST_ASKED, examples=examples, asked=asked)
        if examples or asked
        else None,
        Text(zh="{n} 行的文本以另一个标签再次出现。", en="Lines whose text comes again with another label: {n}.").format(
            n=len(lines.disputed)
        )
        if lines.disputed
        else None,
    ]  # fmt: skip
    return joined(*said) if any(said) else None


def scores(
    methods: Mapping[str, Method],
    plain: Method | None,
    majority: Share,
    curve: Mapping[str, Sequence[Learned]],
    lines: LabelledLines,
    cut: tuple[int, int] = (0, 0),
) -> Table:
    """Tabulates every method, the prompt without calibration, and the largest class as the only answer."""
    after = {name: one.right for name, points in curve.items() for one in points if one.examples == FEW}
    shown: list[tuple[Label, Method, Share | None]] = [
        (NAMES[name], one, after.get(name)) for name, one in methods.items()
    ]
    if plain is not None:
        shown.append((Text(zh="少样本提示，未校准", en="few-shot prompt, uncalibrated"), plain, None))
    rows: list[tuple[int | float | Label | None, ...]] = [
        (
            name, percent(one.accuracy), one.accuracy.count, with_interval(one.macro, one.macro_low, one.macro_high),
            percent(few) if few else "–", f"{one.confidence:.0%}",
        )
        for name, one, few in shown
    ]  # fmt: skip
    rows.append(
        (Text(zh="总答最大的类", en="always the largest class"), percent(majority), majority.count, "–", "–", "–")
    )
    columns = (
        Text(zh="方法", en="method"), Text(zh="准确率", en="accuracy"), Text(zh="行数 n", en="lines n"), Text(zh="宏 F1", en="macro-F1"),
        Text(zh="每类 {few} 行时", en="with {few} lines a class").format(few=FEW), Text(zh="平均把握", en="mean confidence"),
    )  # fmt: skip
    best = max(one.accuracy.value for one in methods.values())
    places = tuple(place for place, one in enumerate(methods.values()) if one.accuracy.value == best)
    return Table(columns, tuple(rows), places, caveat=left_out(lines, cut))


def read(lines: LabelledLines, labels: Sequence[int]) -> Table:
    """Tabulates lines and characters of every class."""
    rows = []
    for place, name in enumerate(lines.classes):
        own = [len(text) for text, label in zip(lines.texts, labels, strict=True) if label == place]
        rows.append((name, len(own), f"{len(own) / len(labels):.0%}", sum(own) / len(own) if own else None))
    columns = (
        Text(zh="类", en="class"), Text(zh="行数", en="lines"), Text(zh="占比", en="share"), Text(zh="平均字符数", en="mean characters"),
    )  # fmt: skip
    return Table(columns, tuple(rows), digits=1)


def curve(found: Mapping[str, Sequence[Learned]]) -> Lines:
    """Draws accuracy by training lines of every class."""
    return Lines(
        tuple(
            Line(
                NAMES[name],
                tuple(one.lines for one in points),
                tuple(one.right.value for one in points),
                tuple(one.right.low for one in points),
                tuple(one.right.high for one in points),
            )
            for name, points in found.items()
        ),
        x_label=Text(zh="每类训练行数", en="training lines a class"),
        y_label=Text(zh="准确率（n = {n}）", en="accuracy (n = {n})").format(
            n=next(iter(found.values()))[-1].right.count
        ),
        log_x=True,
    )


def answers(found: Mapping[str, Mapping[str, float]], classes: Sequence[str]) -> Heatmap:
    """Draws methods × classes: the probability of each class of the new text."""
    rows = [[found[name][label] for label in classes] for name in found]
    return Heatmap(
        columns=tuple(classes), rows=tuple(NAMES[name] for name in found), values=tuple(tuple(row) for row in rows),
        texts=tuple(tuple(f"{value:.2f}" for value in row) for row in rows), low=0.0, high=1.0,
        value_label=Text(zh="概率", en="probability"),
    )  # fmt: skip


def suspects(found: Sequence[Suspect], spoiled: Spoiled | None) -> Table:
    """Tabulates the lines to look at, surest first."""
    columns = (
        Text(zh="行号", en="line"), Text(zh="文本", en="text"), Text(zh="给定", en="given"), Text(zh="或许是", en="perhaps"),
        Text(zh="p（给定）", en="p(given)"), Text(zh="p（或许）", en="p(perhaps)"), Text(zh="另有几种方法不同意", en="other methods that disagree"),
    )  # fmt: skip
    rows = tuple(
        (
            f"{one.number}", shorten(one.text), one.given, one.suggested, one.given_probability, one.suggested_probability,
            f"{one.others}",
        )
        for one in found[:MOST_SUSPECTS]
    )  # fmt: skip
    said = [
        Text(zh="共 {n} 行，列出前 {most} 行。", en="The first {most} of {n} lines.").format(n=len(found), most=MOST_SUSPECTS)
        if len(found) > MOST_SUSPECTS
        else None,
        Text(zh="没有一行可疑。", en="No line is suspect.") if not found else None,
        Text(
            zh="本次弄错的标签找出 {found}（{right}/{count}）；列出的行里 {listed}（{hits}/{of}）真是弄错的。",
            en="Of the labels spoiled in this run {found} are listed ({right}/{count}); of the lines listed {listed} had been spoiled ({hits}/{of}).",
        ).format(
            found=percent(spoiled.found), right=spoiled.found.right, count=spoiled.found.count,
            listed=percent(spoiled.listed), hits=spoiled.listed.right, of=spoiled.listed.count,
        )
        if spoiled
        else None,
    ]  # fmt: skip
    return Table(columns, rows, digits=2, caveat=joined(*said) if any(said) else None)


def confusion(method: Method) -> Heatmap:
    """Counts by given and predicted class, coloured by the share of the row."""
    counts = method.scores.confusion
    return Heatmap(
        columns=method.scores.classes, rows=method.scores.classes,
        values=tuple(tuple(value / max(1, sum(row)) for value in row) for row in counts),
        texts=tuple(tuple(f"{value}" for value in row) for row in counts), low=0.0, high=1.0,
        value_label=Text(zh="占该行的比例", en="share of the row"),
    )  # fmt: skip


def by_class(method: Method) -> Table:
    """Tabulates precision, recall and F1 of every class, and their averages."""
    columns = (
        Text(zh="类", en="class"), Text(zh="精确率", en="precision"), Text(zh="召回率", en="recall"), "F1", Text(zh="行数", en="lines"),
    )  # fmt: skip
    rows: list[tuple[int | float | Label | None, ...]] = []
    for place, (name, one) in enumerate(zip(method.scores.classes, method.scores.by_class, strict=True)):
        hits = method.scores.confusion[place][place]
        guessed = sum(row[place] for row in method.scores.confusion)
        rows.append(
            (
                name, percent(Share.of(hits, guessed)), percent(Share.of(hits, one.support)),
                with_interval(one.f1, *method.f1[place]), one.support,
            )
        )  # fmt: skip
    names = {
        "macro": Text(zh="宏平均", en="macro"),
        "micro": Text(zh="微平均", en="micro"),
        "weighted": Text(zh="加权平均", en="weighted"),
    }
    for average, label in names.items():
        one = method.scores.averages[average]
        right = method.accuracy
        # Where each line has one label, micro-averages are accuracy.
        precision, recall, f1 = method.averaged.get(average, ((right.low, right.high),) * 3)
        rows.append(
            (
                label, _percent(one.precision, *precision), _percent(one.recall, *recall), with_interval(one.f1, *f1),
                one.support,
            )
        )  # fmt: skip
    unpredicted = not all(map(sum, zip(*method.scores.confusion, strict=True)))
    return Table(columns, tuple(rows), caveat=_UNPREDICTED if unpredicted else None)


_UNPREDICTED = Text(
    zh="没有预测过的类，精确率在宏平均与加权平均里按 0 计。",
    en="A class that is never predicted counts as precision 0 in the macro and weighted averages.",
)


def _percent(value: float, low: float, high: float) -> str:
    return f"{value:.0%} {in_brackets(low, high, '.0%')}"


def cost(found: Findings, price: float) -> Table:
    """Tabulates what 1,000 texts take by method, beside its accuracy."""
    columns = (
        Text(zh="方法", en="method"), Text(zh="准确率", en="accuracy"), "n", Text(zh="秒", en="seconds"), Text(zh="千词元", en="thousand tokens"),
        Text(zh="其中提示（可缓存）", en="of them prompt (cacheable)"), Text(zh="按词元计费", en="price by token"),
    )  # fmt: skip
    rows = []
    for name, one in found.methods.items():
        prompt = found.prompt_tokens if name == "prompt" else 0
        # Tokens for one text are thousands of tokens for a thousand texts.
        tokens = found.tokens[name] + prompt
        rows.append(
            (
                NAMES[name], percent(one.accuracy), one.accuracy.count, _seconds(found.measured[name]), round(tokens), prompt,
                tokens * 1000 / 1e6 * price if tokens else None,
            )
        )  # fmt: skip
    return Table(columns, tuple(rows), digits=3, measured=True)


def trade(found: Findings) -> Lines:
    """Draws accuracy against seconds: each method is its interval, upright, with the accuracy between the ends."""
    return Lines(
        tuple(
            Line(
                Text(zh="{name}（n = {n}）", en="{name} (n = {n})").format(name=NAMES[name], n=one.accuracy.count),
                (found.measured[name],) * 3,
                (one.accuracy.low, one.accuracy.value, one.accuracy.high),
            )
            for name, one in found.methods.items()
        ),
        x_label=Text(zh="每千条的秒数", en="seconds per 1,000 texts"),
        y_label=Text(zh="准确率", en="accuracy"),
        log_x=True,
        measured=True,
    )


def coverage(found: Findings) -> Lines:
    """Draws accuracy among the surest answers, by the share answered."""
    return Lines(
        tuple(
            Line(
                NAMES[name],
                tuple(one.answered for one in points),
                tuple(one.right.value for one in points),
                tuple(one.right.low for one in points),
                tuple(one.right.high for one in points),
                markers=False,
            )
            for name, points in found.covered.items()
        ),
        x_label=Text(
            zh="回答的比例（{all} 行；少样本提示 {asked} 行）",
            en="share answered (of {all} lines; few-shot prompt: {asked})",
        ).format(all=found.lines, asked=found.asked),
        y_label=Text(zh="其中答对的比例", en="share of those right"),
    )


def abstained(found: Findings) -> Table:
    """Tabulates answers at the set threshold, and how many unrelated sentences are answered all the same."""
    columns = (
        Text(zh="方法", en="method"), Text(zh="回答了", en="answered"), Text(zh="其中答对", en="right of those"), "n",
        Text(zh="无关句也答了", en="unrelated answered too"),
    )  # fmt: skip
    return Table(
        columns,
        tuple(
            (NAMES[name], percent(one.answered), percent(one.right), one.right.count, percent(one.unrelated))
            for name, one in found.answered.items()
        ),
    )


def leaks(found: Mapping[str, Leak]) -> Table:
    """Tabulates accuracy with features selected inside and outside the training part."""
    names = {"true": Text(zh="真标签", en="true labels"), "shuffled": Text(zh="打乱的标签", en="shuffled labels")}
    columns = (
        Text(zh="标签", en="labels"), Text(zh="在训练部分里挑", en="chosen in the training part"),
        Text(zh="在全部数据上挑（错）", en="chosen on all lines (wrong)"), "n",
    )  # fmt: skip
    return Table(
        columns,
        tuple(
            (names[name], percent(one.inside), percent(one.outside), one.inside.count) for name, one in found.items()
        ),
    )


def pairs(found: Sequence[Gap]) -> Table:
    """Tabulates every two methods on the same lines."""
    columns = (
        Text(zh="较好", en="better"), Text(zh="较差", en="worse"), Text(zh="差（百分点）", en="difference (points)"), "n",
        Text(zh="只有一方对", en="only one right"), "p", Text(zh="看清它需要的行数", en="lines to show it"),
    )  # fmt: skip
    return Table(
        columns,
        tuple(
            (
                NAMES[gap.better], NAMES[gap.worse],
                with_interval(100 * gap.difference, 100 * gap.low, 100 * gap.high, ".0f"), gap.count,
                f"{gap.only_better} : {gap.only_worse}", p_value(gap.adjusted), f"{gap.needed}" if gap.needed else "–",
            )
            for gap in found
        ),
    )  # fmt: skip

"""The panels of zero-shot classification, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from playground.explanation.striking import drawn
from playground.lab.panels import Bars, Heatmap, Series, Table
from playground.lab.text import Label, Text
from playground.statistics.intervals import Mean, Share, in_brackets, with_interval
from playground.topics.zero_shot.findings import Assignments, Competition, Findings, Level, Method, Picked, Prior, Range
from playground.topics.zero_shot.label_scores import MOST_TOKENS
from playground.topics.zero_shot.settings import NAMES, Result
from playground.topics.zero_shot.templates import Template, wordings

BINS = 10
LISTS: dict[str, Label] = {
    "none": Text(zh="不列选项", en="no options"),
    "listed": Text(zh="列出选项", en="options"),
    "reversed": Text(zh="倒序列出", en="reversed"),
}
_FACTORS: dict[str, Label] = {
    "asked": Text(zh="用词", en="word"),
    "separator": Text(zh="分隔符", en="separator"),
    "listed": Text(zh="选项", en="options"),
}
UNLABELLED = Text(
    zh="带标签的文本里没有这些标签，测不了准确率：把“标签”里的类名写得与各行的标签一致，或用“类名 = 词”。领域校准与批校准仍用这些文本，领域不同时先验也不准。",
    en="No labelled text has one of these labels, so there is no accuracy: let the names in “Labels” be the lines' labels, or write “class = word”. Domain and batch calibration use these texts all the same, and are off where the domain is another.",
)


def _percent(found: Mean | None) -> str:
    if found is None:
        return "–"
    return with_interval(
        100 * found.value, None if found.low is None else 100 * found.low, None if found.high is None else 100 * found.high, "z.0f"
    )  # fmt: skip


def _share(found: Share | None) -> str:
    return "–" if found is None else f"{found.value:.0%} {in_brackets(found.low, found.high, '.0%')}"


def answers(methods: Mapping[str, Sequence[float]], labels: Sequence[str]) -> Heatmap:
    """Draws the visitor's text in the chosen template: class probabilities by method."""
    return Heatmap(
        columns=tuple(labels), rows=tuple(NAMES[name] for name in methods),
        values=tuple(map(tuple, methods.values())), texts=tuple(tuple(f"{p:.2f}" for p in own) for own in methods.values()),
        low=0.0, high=1.0, value_label=Text(zh="概率", en="probability"),
    )  # fmt: skip


def votes(methods: Mapping[str, Sequence[int]], labels: Sequence[str], templates: int) -> Heatmap:
    """Draws how many templates give the visitor's text each label."""
    return Heatmap(
        columns=tuple(labels), rows=tuple(NAMES[name] for name in methods),
        values=tuple(tuple(float(n) for n in own) for own in methods.values()), texts=tuple(tuple(f"{n}" for n in own) for own in methods.values()),
        low=0.0, high=float(templates), value_label=Text(zh="模板数", en="templates"),
    )  # fmt: skip


def scores(methods: Mapping[str, Method], labels: Sequence[str], texts: int) -> Table:
    """Tabulates accuracy of every method over the templates, its gain over the raw score, and the label that it
    favours.
    """
    columns = (
        Text(zh="得分", en="score"), Text(zh="平均（%）", en="mean (%)"), "n", Text(zh="比原始多", en="gain over raw"),
        Text(zh="最差模板", en="worst template"), Text(zh="最好模板", en="best template"), Text(zh="模板合起来", en="templates together"),
        Text(zh="最爱答", en="answers most"),
    )  # fmt: skip
    rows = tuple(
        (
            NAMES[name], _percent(one.accuracy), texts, _percent(one.against),
            _share(min(one.by_template, key=lambda share: share.value, default=None)),
            _share(max(one.by_template, key=lambda share: share.value, default=None)), _share(one.ensemble),
            f"{labels[one.favoured]} {one.favoured_share:.0%}",
        )
        for name, one in methods.items()
    )  # fmt: skip
    if all(one.accuracy is None for one in methods.values()):
        return Table(columns, rows, caveat=UNLABELLED)
    return Table(
        columns, rows,
        caveat=Text(
            zh="“最好模板”是看着这些标签挑出来的，偏高；批校准用了这批文本（不用标签）。句向量没有模板。",
            en="The best template is picked with these very labels and flatters; batch calibration uses these texts (not their labels). Vectors have no"
            " template.",
        ),
    )  # fmt: skip


def spread(methods: Mapping[str, Method]) -> Heatmap:
    """Draws how many templates are in each range of accuracy, by method."""
    named = {name: one for name, one in methods.items() if len(one.by_template) > 1}
    rows = []
    for one in named.values():
        counts = [0] * BINS
        for share in one.by_template:
            counts[min(BINS - 1, share.right * BINS // share.count)] += 1
        rows.append(tuple(counts))
    most = max((max(row) for row in rows), default=1)
    return Heatmap(
        columns=tuple(f"{100 * place // BINS}–{100 * (place + 1) // BINS}%" for place in range(BINS)),
        rows=tuple(NAMES[name] for name in named) or ("–",),
        values=tuple(tuple(float(n) for n in row) for row in rows) or ((None,) * BINS,),
        texts=tuple(tuple(f"{n}" if n else "" for n in row) for row in rows) or (("",) * BINS,),
        low=0.0, high=float(most),
        value_label=Text(zh="模板数（每个测 {n} 条）", en="templates ({n} texts each)").format(n=next(iter(named.values())).by_template[0].count)
        if named
        else Text(zh="模板数", en="templates"),
        caveat=None if rows else UNLABELLED,
    )  # fmt: skip


def grid(methods: Mapping[str, Method], name: str, templates: Sequence[Template]) -> Heatmap:
    """Draws accuracy of every template: lists of options down, words and separators across, for the raw score and
    another.
    """
    columns = wordings(templates)
    shown = list(dict.fromkeys(("raw", name)))
    rows: list[Label] = []
    found: list[list[Share | None]] = []
    for method in shown:
        own = methods[method].by_template
        for listed, label in LISTS.items():
            rows.append(_joined(NAMES[method], label))
            found.append(
                [own[place] if own else None for place, template in enumerate(templates) if template.listed == listed]
            )
    every = [one for row in found for one in row if one is not None]
    wide = max((one.high - one.low for one in every), default=0.0)
    return Heatmap(
        columns=columns, rows=tuple(rows),
        values=tuple(tuple(None if one is None else one.value for one in row) for row in found),
        texts=tuple(tuple("" if one is None else f"{one.right}/{one.count}" for one in row) for row in found),
        low=0.0, high=1.0, value_label=Text(zh="准确率", en="accuracy"),
        caveat=Text(
            zh="每格 n = {n} 条文本，写的是答对的条数；95% 区间（Wilson）最宽的一格跨 {wide} 个百分点。",
            en="Each cell: how many of n = {n} texts are right. The widest 95% interval (Wilson) of a cell spans {wide} percentage points.",
        ).format(n=every[0].count, wide=f"{100 * wide:.0f}")
        if every
        else UNLABELLED,
    )  # fmt: skip


def _joined(first: Label, second: Label) -> Text:
    return Text(zh="{first} · {second}", en="{first} · {second}").format(first=first, second=second)


def levels(found: Sequence[Level], texts: int) -> Table:
    """Tabulates mean accuracy of the templates that have each word, separator and list."""
    methods = list(found[0].accuracy) if found else []
    columns = (
        Text(zh="部分", en="part"), Text(zh="写法", en="written"), *(NAMES[name] for name in methods), "n",
    )  # fmt: skip
    rows = tuple(
        (
            _FACTORS[one.factor],
            LISTS.get(one.level, one.level.strip()),
            *(_percent(one.accuracy[name]) for name in methods),
            texts,
        )
        for one in found
    )
    return Table(columns, rows, caveat=None if found else UNLABELLED)


def priors(found: Mapping[str, Prior], labels: Sequence[str]) -> Bars:
    """Draws the four kinds of prior of every label."""
    return Bars(
        categories=tuple(labels),
        series=tuple(Series(NAMES[name], one.mean, one.least, one.most) for name, one in found.items()),
        y_label=Text(zh="概率", en="probability"),
    )


def competition(found: Competition, labels: Sequence[str]) -> Table:
    """Tabulates the likeliest next tokens, then the labels' own."""
    columns = (Text(zh="下一个词元", en="next token"), Text(zh="概率", en="probability"))
    rows: list[tuple[int | float | Label | None, ...]] = [
        (_visible(text), f"{probability:.4f}") for text, probability in found.likely
    ]
    rows += [
        (Text(zh="标签 {label}", en="label {label}").format(label=label), f"{probability:.4f}")
        for label, probability in zip(labels, found.labels, strict=True)
    ]
    rows.append((Text(zh="全部标签", en="all labels"), f"{found.total:.4f}"))
    highlight = tuple(range(len(found.likely), len(rows)))
    return Table(columns, tuple(rows), highlight=highlight)


def _visible(token: str) -> str:
    """Writes a token's white space with signs that can be seen."""
    return re.sub(r"\s", lambda space: {"\n": "↵", "\t": "⇥"}.get(space.group(), "␣"), token) or "␣"


def semantics(found: Assignments | None, texts: int) -> Table:
    """Tabulates accuracy with the words as typed, moved to the next class, and assigned as is best."""
    columns = (Text(zh="词与类的对应", en="words for classes"), Text(zh="准确率（%）", en="accuracy (%)"), "n")
    if found is None:
        return Table(columns, (), caveat=UNLABELLED)
    rows = (
        (Text(zh="你写的", en="as typed"), _percent(found.own), texts),
        (Text(zh="都移给下一类", en="each moved to the next class"), _percent(found.moved), texts),
        (Text(zh="看着答案选的最好对应", en="the best, chosen with the answers"), _percent(found.best), texts),
    )
    return Table(columns, rows)


def picked(found: Picked | None, texts: int) -> Table:
    """Tabulates the accuracy of a template picked with labels, where it was picked and where it wasn't."""
    columns = (Text(zh="原始得分", en="raw score"), Text(zh="准确率（%）", en="accuracy (%)"), "n")
    if found is None:
        return Table(columns, (), caveat=UNLABELLED)
    half = texts // 2
    rows = (
        (Text(zh="最好的模板，在挑它的那一半上", en="best template, where it was picked"), _range(found.seen), half),
        (Text(zh="同一模板，在另一半上", en="the same, on the other half"), _range(found.held_out), texts - half),
        (
            Text(zh="平均的模板，在另一半上", en="average template, on the other half"),
            _range(found.average),
            texts - half,
        ),
    )
    return Table(columns, rows)


def _range(found: Range) -> str:
    return with_interval(100 * found.value, 100 * found.low, 100 * found.high, ".0f")


def read(found: Findings, prompt: str) -> Table:
    """Tabulates the classes and their words, what was left out, and the whole prompt."""
    columns = (Text(zh="项", en="item"), Text(zh="内容", en="content"))
    rows: list[tuple[int | float | Label | None, ...]] = [
        (Text(zh="类 {name}", en="class {name}").format(name=name), " | ".join(words))
        for name, words in zip(found.labels, found.words, strict=True)
    ]
    rows += [
        (Text(zh="各词的词元数", en="tokens of the words"), ", ".join(map(str, found.tokens))),
        (Text(zh="测的文本", en="texts tested"), found.texts),
        (Text(zh="标签不在其中的行（未用）", en="lines of other labels (unused)"), found.other),
        (Text(zh="重复的行（未用）", en="repeated lines (unused)"), found.repeated),
        (Text(zh="你的提示", en="your prompt"), prompt.replace("\n", " ⏎ ")),
    ]
    caveat = Text(
        zh="只读前 {most} 个词元的文本有 {n} 条（你的文本若超长也计入）；“你的提示”里是读到的部分。",
        en="Texts of which only the first {most} tokens are read: {n} (yours counts if it is too long). “Your prompt” has the part that is read.",
    ).format(n=found.cut, most=MOST_TOKENS)
    return Table(columns, tuple(rows), caveat=caveat if found.cut else None)


def struck(result: Result, found: Findings) -> Result:
    """Returns LIME's panel again, with what was struck out."""
    without = drawn(found.explained.struck) if found.explained else None
    return Result(findings=found, lime=None if result.lime is None else replace(result.lime, struck=without))

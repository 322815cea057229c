"""The panels of similarity, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from playground.data.sets import CHANGES
from playground.lab.panels import Bars, Heatmap, Histogram, Line, Lines, Series, Table
from playground.lab.text import Label, Language, Text, joined, written
from playground.language.scripts import LANGUAGE_NAMES
from playground.statistics.intervals import Share, in_brackets, with_interval
from playground.topics.similarity.findings import Alignment, Findings, Method
from playground.topics.similarity.scoring import METHODS, RAW, VARIANTS, VECTORS, variant
from playground.topics.similarity.settings import NAMES

LONGEST_NAME = 26
BINS = 40
_WRITTEN = Text(
    zh="挑战集的 {count} 组句子是为本项目写的，不是真实文本的抽样。",
    en="The {count} items of the challenge set were written for this project; they are no sample of real texts.",
)
CHANGE_NAMES: dict[str, Text] = {
    "negation": Text(zh="否定", en="negation"),
    "number": Text(zh="数字", en="number"),
    "entity": Text(zh="实体", en="entity"),
    "antonym": Text(zh="反义词", en="antonym"),
    "role": Text(zh="语序换角色", en="roles swapped"),
}
CODE_NAMES: dict[str, Label] = {
    "binary": Text(zh="1 位（符号）", en="1 bit (signs)"),
    "rescored": Text(zh="1 位，前 40 用浮点重排", en="1 bit, 40 best rescored in float"),
    "pq": Text(zh="乘积量化", en="product quantization"),
}


def name_of(name: str) -> Label:
    """Returns the name of a variant."""
    if not name.endswith(RAW):
        return NAMES[name]
    return Text(zh="{name}（原始）", en="{name}, raw").format(name=NAMES[name.removesuffix(RAW)])


def shorten(line: str) -> str:
    """Returns the beginning of a line, for an axis."""
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def ranks(methods: Mapping[str, Method], lines: Sequence[str], centre: bool, languages: Sequence[Language]) -> Heatmap:
    """Draws methods × lines: score and rank, coloured by the share of random pairs below. `languages`: of the text,
    then of the lines.
    """
    shown = [(method, methods[variant(method, centre)]) for method in METHODS if variant(method, centre) in methods]
    columns = tuple(f"{number} {shorten(line)}" for number, line in enumerate(lines, 1))
    return Heatmap(
        columns=columns,
        rows=tuple(name_of(variant(method, centre)) for method, _ in shown),
        # Around one half: white is what random pairs score.
        values=tuple(tuple(share - 0.5 for share in one.percentiles) for _, one in shown),
        texts=tuple(
            tuple(f"{written(score)} · #{rank}" for score, rank in zip(one.scores, one.ranks, strict=True))
            for _, one in shown
        ),
        diverging=True, low=-0.5, high=0.5, value_label=Text(zh="百分位 − ½", en="percentile − ½"),
        caveat=_taken_as(languages),
    )  # fmt: skip


def _taken_as(languages: Sequence[Language]) -> Text:
    """Says which language the text and the lines are taken as, and what follows."""
    text, *lines = languages
    other = [str(place) for place, one in enumerate(lines, 1) if one is not text]
    said = Text(
        zh="文本视为{language}：随机句对、分级句对和挑战集都用{language}的。",
        en="The text is taken as {language}: random pairs, graded pairs and the challenge set are {language}.",
    ).format(language=LANGUAGE_NAMES[text])
    if not other:
        return said
    rest = Text(
        zh="视为另一种语言的行：{zh}；减均值时各减各的语言的均值。", en="Lines taken as the other language: {en}; where means are removed, each language has its own."
    ).format(zh="、".join(other), en=", ".join(other))  # fmt: skip
    return joined(said, rest)


def alignment(found: Alignment) -> Heatmap:
    """Draws words × words of the first line."""
    return Heatmap(
        columns=tuple(f"{place} {word}" for place, word in enumerate(found.line_words, 1)),
        rows=tuple(f"{place} {word}" for place, word in enumerate(found.words, 1)),
        values=found.cosines,
        texts=tuple(tuple(written(value) for value in row) for row in found.cosines),
        diverging=True, low=-1.0, high=1.0, value_label=Text(zh="余弦", en="cosine"),
        caveat=Text(
            zh="只画每句的前 {count} 个词；得分用全部的词。", en="Only the first {count} words of each text are drawn; the score uses all of them."
        ).format(count=max(len(found.words), len(found.line_words)))
        if found.cut
        else None,
    )  # fmt: skip


def spread(
    method: str, random: Mapping[str, npt.NDArray[np.float64]], methods: Mapping[str, Method], centre: bool
) -> Histogram:
    """Draws the scores of random pairs by one method; for vectors before and after the mean is removed."""
    names = [method, method + RAW] if method in VECTORS else [method]
    own = methods[variant(method, centre)].scores
    every = np.concatenate([*(random[name] for name in names), own])
    low, high = float(every.min()), float(every.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    labels: dict[str, Label] = {
        name: NAMES[method] if len(names) == 1
        else Text(zh="原始", en="raw") if name.endswith(RAW) else Text(zh="减去均值", en="mean removed")
        for name in names
    }  # fmt: skip
    return Histogram(
        edges=tuple(map(float, edges)),
        series=tuple(
            Series(labels[name], tuple(float(count) for count in np.histogram(random[name], edges)[0]))
            for name in names
        ),
        x_label=NAMES[method],
        grid=tuple(own),
    )


def cell(share: Share) -> str:
    """Writes a count with its interval in percent."""
    return f"{share.right}/{share.count} {in_brackets(share.low, share.high, '.0%')}"


def changes(methods: Mapping[str, Method]) -> Table:
    """Tabulates variants × kinds of change."""
    return _by_change({name: (one.changes, one.all_changes) for name, one in methods.items()})


def controlled(methods: Mapping[str, Method]) -> Table:
    """Tabulates variants × kinds of change, against an edit of the same size that keeps the meaning."""
    return _by_change({name: (one.controlled, one.all_controlled) for name, one in methods.items()})


def _by_change(shares: Mapping[str, tuple[Mapping[str, Share], Share]]) -> Table:
    """A row for each variant; intervals by kind are left to the total, where there are enough items for one."""
    rows = [
        (name_of(name), *(f"{one[change].right}/{one[change].count}" for change in CHANGES), cell(total))
        for name, (one, total) in ((name, shares[name]) for name in VARIANTS if name in shares)
    ]
    columns = (Text(zh="方法", en="method"), *(CHANGE_NAMES[change] for change in CHANGES), Text(zh="合计", en="all"))
    return Table(columns, tuple(rows), caveat=_WRITTEN.format(count=next(total for *_, total in shares.values()).count))


def levels(methods: Mapping[str, Method]) -> Table:
    """Tabulates mean scores of the challenge set's sentences beside random pairs'."""
    columns = (
        Text(zh="方法", en="method"), Text(zh="近义改动", en="reworded"), Text(zh="改动", en="changed"),
        Text(zh="改写", en="paraphrase"), Text(zh="随机", en="random"),
        Text(zh="改动 − 近义改动 [95% 区间]", en="changed − reworded [95% interval]"),
    )  # fmt: skip
    rows = [
        (name_of(name), one.reworded_mean, one.changed_mean, one.paraphrase_mean, one.random_mean,
         with_interval(one.control_gap, one.control_low, one.control_high))
        for name, one in ((name, methods[name]) for name in VARIANTS if name in methods)
    ]  # fmt: skip
    return Table(columns, tuple(rows), digits=2)


def grades(methods: Mapping[str, Method], pairs: int) -> Bars:
    """Draws correlations with their intervals; raw variants beside those with the mean removed."""
    shown = [method for method in METHODS if method in methods]

    def series(name: Label, ending: str, of: Sequence[str]) -> Series:
        found = [methods[method + ending].grades if method in of else None for method in shown]
        return Series(
            name,
            tuple(one.value if one else None for one in found),
            tuple(one.low if one else None for one in found),
            tuple(one.high if one else None for one in found),
        )

    return Bars(
        categories=tuple(NAMES[method] for method in shown),
        series=(
            series(Text(zh="字符串；向量减去均值", en="strings; vectors, mean removed"), "", METHODS),
            series(Text(zh="向量，原始", en="vectors, raw"), RAW, VECTORS),
        ),
        y_label="Spearman ρ",
        horizontal=True,
        caveat=Text(
            zh="这 {pairs} 对句子由本项目的一位作者编写并分级，不是多人评分的平均。",
            en="The {pairs} pairs were written and graded by one author of this project; no grade is an average over people.",
        ).format(pairs=pairs),
    )  # fmt: skip


def scores(methods: Mapping[str, Method], lines: Sequence[str]) -> Table:
    """Tabulates every variant's score of every line, beside random pairs'."""
    rows = tuple(
        (
            name_of(name), shorten(line), one.scores[place], one.ranks[place], one.percentiles[place],
            one.random_mean, one.random_low, one.random_high,
        )
        for name, one in methods.items()
        for place, line in enumerate(lines)
    )  # fmt: skip
    columns = (
        Text(zh="方法", en="method"), Text(zh="行", en="line"), Text(zh="分数", en="score"), Text(zh="名次", en="rank"),
        Text(zh="低于它的随机句对", en="random pairs below"), Text(zh="随机均值", en="random mean"), "5%", "95%",
    )  # fmt: skip
    return Table(columns, rows)


def recall(found: Findings) -> Lines:
    """Draws recall over bytes: rounded vectors as a line, the two other ways as points of their own."""
    plain = [one for one in found.recalled if one.name not in ("rescored", "pq")]
    lines = [
        Line(
            Text(zh="逐维取整", en="rounded dimensions"),
            tuple(float(one.stored) for one in plain), tuple(one.recall for one in plain),
            tuple(one.low for one in plain), tuple(one.high for one in plain),
        )
    ]  # fmt: skip
    lines += [
        Line(CODE_NAMES[name], (float(one.stored),), (one.recall,), (one.low,), (one.high,), dash="dot")
        for name in ("rescored", "pq")
        for one in [found.code(name)]
    ]
    return Lines(
        tuple(lines), x_label=Text(zh="每个向量的字节数", en="bytes per vector"),
        y_label=Text(zh="recall@10", en="recall@10"), log_x=True,
    )  # fmt: skip


def codes(found: Findings) -> Table:
    """Tabulates bytes and recall of every code."""
    whole = found.code("float32").stored
    return Table(
        (
            Text(zh="存法", en="code"), Text(zh="字节", en="bytes"), Text(zh="压缩比", en="ratio"),
            Text(zh="recall@10，{count} 句", en="recall@10 of {count}").format(count=found.vectors),
        ),
        tuple(
            (
                CODE_NAMES.get(one.name, one.name), f"{one.stored}", f"{whole / one.stored:g}×",
                with_interval(one.recall, one.low, one.high),
            )
            for one in found.recalled
        ),
    )  # fmt: skip


def hubs(found: Findings) -> Table:
    """Tabulates how unevenly sentences are neighbours, before and after the mean is removed."""
    less = found.hubs_less
    names = {"raw": Text(zh="原始", en="raw"), "centred": Text(zh="减去均值", en="mean removed")}
    return Table(
        (
            Text(zh="向量", en="vectors"), Text(zh="偏度", en="skewness"), Text(zh="最多", en="largest count"),
            Text(zh="从不出现", en="never a neighbour"),
        ),
        tuple(
            (
                names[name],
                None if one.skewness is None else with_interval(one.skewness, one.low, one.high),
                f"{one.largest}",
                f"{one.never.value:.0%} {in_brackets(one.never.low, one.never.high, '.0%')}",
            )
            for name, one in found.hubness.items()
        ),
        caveat=None if less is None else Text(
            zh="减去均值后偏度的变化：{value}（95% 区间，重抽样的是各句的次数，近邻没有重找；前后用同一批句子）。",
            en="Change of the skewness with the mean removed: {value} (95% interval; the sentences' counts are resampled without searching neighbours again, the same sentences before and after).",
        ).format(value=with_interval(less.value, less.low, less.high, "+.2f")),
    )  # fmt: skip


def overlap(found: Findings) -> Table:
    """Tabulates exact and estimated Jaccard by line, with the standard error of the estimate."""
    return Table(
        (Text(zh="行", en="line"), Text(zh="精确", en="exact"), Text(zh="估计", en="estimate"), Text(zh="标准误", en="standard error")),
        tuple(
            (shorten(line), one.exact, one.estimate, math.sqrt(one.exact * (1 - one.exact) / found.hashes))
            for line, one in zip(found.lines, found.overlaps, strict=True)
        ),
    )  # fmt: skip

"""The panels of long texts, drawn from the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from playground.lab.panels import Heatmap, Line, Lines, Metric, Metrics, Table
from playground.lab.text import Label, Language, Text, written
from playground.language.scripts import LANGUAGE_NAMES
from playground.statistics.intervals import in_brackets, with_interval
from playground.topics.long_text.bounds import Need
from playground.topics.long_text.findings import (
    Cell,
    Cut,
    Distance,
    Estimate,
    Hits,
    KeyValues,
    Strategy,
    WithoutStart,
    estimate_of_few,
    perplexity,
)
from playground.topics.long_text.reading import Step
from playground.topics.long_text.strategies import Plan, Scored
from playground.topics.long_text.views import Mask, Reach
from playground.topics.long_text.words import CONDITIONS

STRATEGIES: dict[str, Text] = {
    "whole": Text(zh="整篇", en="whole"),
    "cut": Text(zh="截断（只读开头）", en="truncated (the beginning only)"),
    "disjoint": Text(zh="不相交窗口", en="disjoint windows"),
    "overlapping": Text(zh="重叠窗口", en="overlapping windows"),
    "one": Text(zh="重叠窗口，步长 1", en="overlapping windows, stride 1"),
}
LOSS = Text(zh="损失（奈特/词元）", en="loss (nats per token)")
TOKENS = Text(zh="词元", en="tokens")
POSITION_UNIT = 16


def size(characters: int, tokens: int, plan: Plan, local_window: int | None, need: Need, limit: int) -> Metrics:
    """Draws what the run will read and take, before it starts."""
    return Metrics(
        (
            Metric(Text(zh="字符", en="characters"), float(characters), digits=0),
            Metric(TOKENS, float(tokens), digits=0),
            Metric(
                Text(zh="每种读法计分", en="scored in each strategy"), float(len(plan.positions)), unit=TOKENS, digits=0,
                hint=Text(zh="输出层有二十多万行，给一个词元打分比读它还贵，所以长文本只在均匀分布的几段上计分；各读法用同一批词元。",
                          en="With a large vocabulary scoring a token costs more than reading it, so a long text is scored in evenly spread blocks, the same ones in every strategy."),
            ),
            Metric(
                Text(zh="模型的局部窗口", en="the model's local window"), None if local_window is None else float(local_window),
                unit=TOKENS, digits=0, hint=Text(zh="读自模型的配置；局部层只看最近这么多词元，含自己。", en="From the model's config: local layers see only so many of the latest tokens, the current one included."),
            ),
            Metric(
                Text(zh="内存（公式）", en="memory by formula"), need.total / 1e6, unit="MB", digits=0,
                hint=Text(zh="KV、隐藏状态、一批 logits 与一块注意力分数；上限 {limit} MB，开跑前检查。",
                          en="KV, hidden states, one batch of logits, one chunk's attention scores; at most {limit} MB, checked before the run.").format(limit=round(limit / 1e6)),
            ),
        ),
        caveat=None if plan.complete else Text(
            zh="只计分 {n}/{all} 个词元：全部计分要多算很多输出层和窗口，超出一次运行的预算。",
            en="Only {n} of {all} tokens are scored: scoring all would take the output head and the windows beyond a run's budget.",
        ).format(n=len(plan.positions), all=plan.length),
    )  # fmt: skip


def interval(one: Estimate, form: str = ".2f", *, sign: bool = False, power: bool = False) -> str:
    """Writes an estimate with its interval: 1.23 [1.10, 1.36]."""
    mean, low, high = (
        perplexity(value) if power and value is not None else value for value in (one.mean, one.low, one.high)
    )
    assert mean is not None
    return with_interval(mean, low, high, f"{'+' if sign else ''}{form}")


def strategies(found: Mapping[str, Strategy], plan: Plan, without: WithoutStart | None) -> Table:
    """Tabulates perplexity of each strategy, with the paired difference to the whole."""
    rows: list[tuple[int | float | Label | None, ...]] = [
        (
            STRATEGIES[name], f"{one.coverage:.0%}", one.loss.count, interval(one.loss, ".4g", power=True),
            "–" if one.against_whole is None else interval(one.against_whole, ".3f", sign=True),
        )
        for name, one in found.items()
    ]  # fmt: skip
    if without is not None:
        rows.append((
            Text(zh="重叠窗口，不加起始词元", en="overlapping, without the start token"), "100%", without.difference.count,
            f"{without.perplexity_without:.4g}",
            Text(zh="比有起始词元 {d}", en="{d} against with it").format(d=interval(without.difference, ".3f", sign=True)),
        ))  # fmt: skip
    return Table(
        (
            Text(zh="读法", en="strategy"), Text(zh="覆盖", en="coverage"), Text(zh="计分词元", en="tokens scored"),
            Text(zh="困惑度", en="perplexity"), Text(zh="比整篇多（奈特/词元）", en="above the whole (nats per token)"),
        ),
        tuple(rows),
        digits=0,
        caveat=Text(
            zh="窗口 {w}，步长 {s}。截断的困惑度只算文本开头那些词元，不能与其余几行直接比。",
            en="Window {w}, stride {s}. The truncated text's perplexity covers the beginning only; don't compare it with the other rows.",
        ).format(w=plan.window, s=plan.stride),
    )  # fmt: skip


def needle_map(cells: Sequence[Cell], language: Language) -> Heatmap:
    """Draws margins by condition and depth (rows) and length (columns). `language`: the one that the needle is taken as."""
    lengths = list(dict.fromkeys(cell.length for cell in cells))
    by_row: dict[str, dict[int, list[Cell]]] = {}
    for name in dict.fromkeys(cell.condition for cell in cells):
        by_row[name] = {
            length: [cell for cell in cells if (cell.condition, cell.length) == (name, length)] for length in lengths
        }
    rows: list[Label] = []
    values: list[tuple[float | None, ...]] = []
    texts: list[tuple[str, ...]] = []
    for name, columns in by_row.items():
        count = max(map(len, columns.values()))
        for number in range(count):
            rows.append(Text(zh="{name} · {depth}", en="{name} · {depth}").format(
                name=CONDITIONS[name], depth=f"{number / max(1, count - 1):.0%}"))  # fmt: skip
            here = [columns[length][number] for length in lengths]
            values.append(tuple(cell.margin for cell in here))
            texts.append(tuple(f"{written(cell.margin, '+.1f')}{' ✓' if cell.greedy else ''}" for cell in here))
    return Heatmap(
        columns=tuple(str(length) for length in lengths),
        rows=tuple(rows),
        values=tuple(values),
        value_label=Text(zh="奈特", en="nats"),
        diverging=True,
        texts=tuple(texts),
        caveat=Text(
            zh="针视为{language}：提示用{language}，文本不够长时用项目自带的{language}文章补足。",
            en="The needle is taken as {language}: the prompt is {language}, and a text that is too short is filled up with {language} documents.",
        ).format(language=LANGUAGE_NAMES[language]),
    )


def hit_table(found: Mapping[str, Hits], shared: Sequence[str], candidates: int) -> Table:
    """Tabulates hits of each condition with intervals."""

    def share(hits: int, count: int, ends: tuple[float, float]) -> str:
        return f"{hits}/{count} {in_brackets(*ends, '.0%')}"

    note = Text(
        zh="{n} 个候选，乱猜 {chance}。同一根针的各格并不独立，区间偏窄。",
        en="{n} candidates, chance {chance}. Cells with the same needle aren't independent, so the intervals are too narrow.",
    ).format(n=candidates, chance=f"{1 / candidates:.0%}")
    if shared:
        note = Text(
            zh="换词的问题与针仍共有：{words}。" + note.zh, en="The reworded question still shares with the needle: {words}. " + note.en
        ).format(words=", ".join(shared))  # fmt: skip
    return Table(
        (
            Text(zh="条件", en="condition"), Text(zh="答案概率最高", en="answer likeliest"),
            Text(zh="贪心以答案开头", en="greedy begins with it"), Text(zh="平均领先（奈特）", en="mean margin (nats)"),
            Text(zh="与第一行之差（奈特）", en="difference to the first row (nats)"),
            Text(zh="模型生成的（最长、居中）", en="what it generated (longest, middle)"),
        ),
        tuple(
            (
                CONDITIONS[name], share(one.found, one.count, one.found_interval),
                share(one.greedy, one.count, one.greedy_interval), interval(one.margin),
                "–" if one.against_literal is None else interval(one.against_literal, sign=True), one.written or "–",
            )
            for name, one in found.items()
        ),
        caveat=note,
    )  # fmt: skip


def distance(found: Sequence[Distance]) -> Lines:
    """Draws loss over the number of tokens of context, all of the text last."""
    if not found:
        return Lines((), x_label=TOKENS, y_label=LOSS, caveat=Text(
            zh="文本太短：计分的词元前面没有足够的前文。", en="The text is too short: the scored tokens don't have enough before them."))  # fmt: skip
    nearest, everything = found[:-1], found[-1]
    return Lines(
        (
            Line(
                Text(zh="只给最近的若干词元", en="the nearest tokens only"),
                tuple(float(one.tokens) for one in nearest),
                tuple(one.loss.mean for one in nearest),
                tuple(one.loss.low for one in nearest),
                tuple(one.loss.high for one in nearest),
            ),
            Line(
                Text(zh="给全文（平均 {n} 个）", en="everything ({n} on average)").format(n=everything.tokens),
                tuple(float(one.tokens) for one in found),
                (everything.loss.mean,) * len(found),
                dash="dash",
                markers=False,
            ),
        ),
        x_label=Text(zh="前文词元数", en="tokens before"),
        y_label=LOSS,
        log_x=True,
    )


def position(found: Mapping[str, Scored]) -> Lines:
    """Draws mean loss by position, in runs of tokens, the whole's with its interval; nothing is drawn over what wasn't
    scored.
    """
    lines = []
    for name in ("whole", "disjoint", "overlapping"):
        one = found[name]
        places, losses = np.array(one.places), one.losses
        runs = places // POSITION_UNIT
        scored = sorted(set(runs.tolist()))
        # A gap has one run without a value.
        drawn = sorted({*scored, *(run + 1 for run in scored[:-1])})
        parts = [losses[runs == run] if run in scored else None for run in drawn]
        # Of three bands that nearly coincide only one can be read. That of a run with few tokens would be wider than the chart.
        band = [
            None if part is None or len(part) * 2 < POSITION_UNIT else estimate_of_few(part)
            for part in (parts if name == "whole" else ())
        ]
        lines.append(
            Line(
                STRATEGIES[name],
                tuple(float(run * POSITION_UNIT + POSITION_UNIT / 2) for run in drawn),
                tuple(None if part is None else float(part.mean()) for part in parts),
                tuple(None if one is None else one.low for one in band),
                tuple(None if one is None else one.high for one in band),
                dash={"whole": "solid", "disjoint": "dot", "overlapping": "dash"}[name],
            )
        )
    return Lines(
        tuple(lines),
        x_label=Text(zh="在文本中的位置（词元）", en="position in the text (tokens)"),
        y_label=LOSS,
        caveat=Text(
            zh="色带是整篇的 95% 区间；它把相邻词元当作独立的，所以偏窄。各读法之差看“四种读法的困惑度”，那里按同一批词元配对。",
            en="The band is the whole's 95% interval; it takes neighbouring tokens for independent and so is too narrow. For differences between"
            " strategies see “Perplexity by strategy”, where the same tokens are paired.",
        ),
    )


def cost(steps: Sequence[Step], predicted: Sequence[tuple[float, float]]) -> Lines:
    """Draws seconds over tokens as measured, and to twice the text by count of operations."""
    return Lines(
        (
            Line(
                Text(zh="实测", en="measured"),
                tuple(float(step.tokens) for step in steps),
                tuple(step.seconds for step in steps),
                markers=len(steps) < 40,
            ),
            Line(
                Text(zh="按运算量推到两倍", en="to twice the text, by operations"),
                tuple(tokens for tokens, _ in predicted),
                tuple(seconds for _, seconds in predicted),
                dash="dash",
                markers=False,
            ),
        ),
        x_label=TOKENS,
        y_label=Text(zh="秒", en="seconds"),
        measured=True,
    )


def held(found: KeyValues) -> Lines:
    """Draws KV megabytes over tokens: measured, by formula, and if every layer were global."""
    x = tuple(float(tokens) for tokens in found.measured)

    def line(name: Text, values: Mapping[str, int], dash: str, markers: bool) -> Line:
        return Line(name, x, tuple(value / 1e6 for value in values.values()), dash=dash, markers=markers)

    return Lines(
        (
            line(Text(zh="实测", en="measured"), found.measured, "dot", True),
            line(Text(zh="公式", en="formula"), found.formula, "solid", False),
            line(Text(zh="若各层都是全局", en="if all layers were global"), found.all_global, "dash", False),
        ),
        x_label=TOKENS,
        y_label="MB",
    )


def costs(full: Mapping[str, int], computed: Mapping[str, int], seconds: Mapping[str, float]) -> Table:
    """Tabulates tokens of each strategy for the whole text, and what this run computed of it."""
    return Table(
        (
            Text(zh="读法", en="strategy"), Text(zh="整篇要算的词元", en="tokens for the whole text"),
            Text(zh="是整篇的几倍", en="times the whole"), Text(zh="这次算了", en="computed here"),
            Text(zh="秒（含输出层）", en="seconds, head included"),
        ),
        tuple(
            (
                STRATEGIES[name], tokens, tokens / full["whole"], computed.get(name), seconds.get(name),
            )
            for name, tokens in full.items()
        ),
        digits=2,
        measured=True,
    )  # fmt: skip


def mask(found: Mask, window: int | None, *, local: bool) -> Heatmap:
    """Draws a mask in a coarse grid."""
    cell = found.length // len(found.shares)
    names = tuple(str(cell * number) for number in range(len(found.shares)))
    alike = Text(
        zh="这个模型没有局部层，与全局层相同。", en="This model has no local layers: the same as a global one."
    )
    return Heatmap(
        names,
        names,
        tuple(tuple(float(share) for share in row) for row in found.shares),
        value_label=Text(zh="允许的比例", en="share allowed"),
        low=0.0,
        high=1.0,
        caveat=alike if local and window is None else None,
    )


def reach(found: Reach, full_layers: Sequence[int]) -> Heatmap:
    """Draws attention of the last token by layer and distance."""

    def name(near: int, far: int) -> Label:
        if far == near + 1:
            return Text(zh="自己", en="itself")
        return f"{near}–{far - 1}" if far < 1 << 29 else f"≥ {near}"

    kinds = {True: Text(zh="全局", en="global"), False: Text(zh="局部", en="local")}
    return Heatmap(
        columns=(Text(zh="起始词元", en="start token"), *(name(*one) for one in found.bins)),
        rows=tuple(
            Text(zh="{n} {kind}", en="{n} {kind}").format(n=layer + 1, kind=kinds[layer in full_layers])
            for layer in range(len(found.shares))
        ),
        values=found.shares,
        value_label=Text(zh="注意力份额", en="share of attention"),
        low=0.0,
        high=1.0,
    )


def splits(cuts: Mapping[str, Cut], difference: Estimate | None) -> Table:
    """Tabulates what each way of cutting breaks, and the loss at chunk starts."""
    names = {
        "characters": Text(zh="按字符", en="by characters"),
        "sentences": Text(zh="按句", en="by sentences"),
    }
    rows: list[tuple[int | float | Label | None, ...]] = [
        (
            names[name],
            one.chunks,
            f"{one.in_sentences}/{one.borders}",
            f"{one.in_words}/{one.borders}",
            "–" if one.loss is None else interval(one.loss),
        )
        for name, one in cuts.items()
    ]
    if difference is not None:
        less = Text(zh="按字符减按句", en="by characters minus by sentences")
        rows.append((less, None, "–", "–", interval(difference, sign=True)))
    return Table(
        (
            Text(zh="切法", en="cut"), Text(zh="块数", en="chunks"), Text(zh="切口在句中", en="borders inside a sentence"),
            Text(zh="切口在词中", en="borders inside a word"), Text(zh="块首损失（奈特）", en="loss at a chunk's start (nats)"),
        ),
        tuple(rows),
        digits=0,
    )  # fmt: skip

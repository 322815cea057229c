"""Panels of the paths: figures, entropies, comparison, and the same text without the causal mask. Computes no model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark, Metric, Metrics, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Ribbon, RibbonRow
from playground.models.language_model import LanguageModel
from playground.topics.generation.exploring import Exploration
from playground.topics.generation.findings import Measured, Noun, Paths
from playground.topics.generation.masking import Revision
from playground.topics.generation.reading import Reading, shown

_NAT = Text(zh="奈特", en="nat")
_MOST_LINES = 8


def figures(paths: Paths, vocabulary: int, kind: str, measured: Measured) -> Metrics:
    """Draws the current path in figures. `vocabulary`: tokens of the model; `kind`: its number type."""
    path = paths.current
    return Metrics((
        Metric(Text(zh="词元数", en="tokens"), path.tokens, digits=0, hint=Text(zh="提示之后写下的", en="written after the prompt")),
        Metric(Text(zh="路径概率", en="path probability"), _small(path.log_probability),
               hint=Text(zh="各步条件概率的乘积", en="the product of the conditional probabilities")),
        Metric(Text(zh="ln p，逐步相加", en="ln p, step by step"), path.log_probability, digits=3,
               hint=Text(zh="一次一个词元，用缓存的键和值", en="one token at a time, with cached keys and values")),
        Metric(Text(zh="ln p，教师强制", en="ln p, teacher-forced"), paths.forced_log_probability, digits=3,
               hint=Text(zh="整段文字一次读完，取各位置给出的对数概率相加；数学上应与逐步相等，差别只来自 {kind} 的舍入",
                         en="the whole text in one pass, the log-probabilities of its positions added up; mathematically equal, "
                            "what differs is the rounding of {kind}").format(kind=kind)),
        Metric(Text(zh="困惑度", en="perplexity"), path.perplexity,
               hint=Text(zh="exp(−平均 ln p)，只算提示之后的词元", en="exp(−mean ln p) of the tokens after the prompt")),
        Metric(Text(zh="平均熵", en="mean entropy"), path.mean_entropy, unit=_NAT,
               hint=Text(zh="每步选择之前分布的熵的平均", en="of the distributions that the tokens were chosen from")),
        Metric(Text(zh="重复 4 元组占比", en="repeated 4-grams"), paths.repeated_4,
               hint=Text(zh="此前已出现过的四元组所占的份额", en="share of 4-grams that occurred earlier on the path")),
        Metric(Text(zh="到分布为止", en="to the distribution"), measured.ms_to_distribution, unit=Text(zh="毫秒", en="ms"), digits=0, measured=True,
               hint=Text(zh="这次运行里从开始到得出下一个词元的分布，送进模型 {n} 个词元；其余的键和值是先前算好缓存的",
                         en="from the run's start to the next token's distribution, with {n} tokens put through the model; the other keys and "
                            "values were cached before").format(n=measured.tokens_to_distribution)),
        Metric(Text(zh="词表", en="vocabulary"), vocabulary, digits=0,
               hint=Text(zh="若在 logit 之后再接一个方阵线性层，它有 {n} 个参数", en="a square linear layer on the logits would have {n} parameters").format(n=f"{vocabulary**2:,}")),
    ))  # fmt: skip


def _small(log_probability: float | None) -> Text | None:
    """A probability that may be far too small for decimals, such as 3.1×10⁻⁹."""
    if log_probability is None:
        return None
    power = math.floor(log_probability / math.log(10))
    if power >= -3:
        shown = f"{math.exp(log_probability):.3f}"
    else:
        raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        shown = f"{math.exp(log_probability - power * math.log(10)):.1f}×10{raised}"
    return Text(zh=shown, en=shown)


def ribbon(lm: LanguageModel, reading: Reading, noun: Noun | None) -> Ribbon:
    """Draws entropy after each token and surprisal of it, over the whole text; the first noun's first and last token
    are marked.
    """
    return Ribbon(
        shown(lm, reading.ids),
        (
            RibbonRow(Text(zh="之后的熵", en="entropy after"), reading.entropies, _NAT),
            RibbonRow(
                Text(zh="自信息 −ln p", en="surprisal −ln p"),
                (None, *(0.0 - value for value in reading.log_probabilities)),
                _NAT,
            ),
        ),
        marks=(noun.first_token, noun.last_token) if noun else (),
        mark=Text(zh="第一个名词", en="first noun"),
    )


def path_table(paths: Paths) -> Table:
    """Tabulates every path to its end, the current one highlighted."""
    rows: list[tuple[int | float | Label | None, ...]] = [
        (
            path.text.replace("\n", "↵") or Text(zh="（还没有）", en="(nothing yet)"), path.tokens, _small(path.log_probability),
            path.log_probability, path.perplexity, path.mean_entropy, path.lowest_rank,
        )
        for path in paths.ends
    ]  # fmt: skip
    return Table(
        (
            Text(zh="路径", en="path"), Text(zh="词元", en="tokens"), Text(zh="概率", en="probability"), "ln p",
            Text(zh="困惑度", en="perplexity"), Text(zh="平均熵", en="mean entropy"), Text(zh="最低名次", en="lowest rank"),
        ),
        tuple(rows),
        highlight=(paths.current_place,),
        digits=2,
    )  # fmt: skip


def branch_lines(one: Exploration) -> Lines:
    """Draws for each path the entropy of what its tokens were chosen from; the current path in colour."""
    tree = one.tree
    leaves = [leaf for leaf in tree.leaves if leaf != tree.current][: _MOST_LINES - 1]
    lines = [
        _line(one, node, role)
        for node, role in [*((leaf, "") for leaf in leaves), *([(tree.current, "a")] if tree.current else [])]
    ]
    now = (
        Mark(
            len(tree.path(tree.current)) + 1.0, one.next_token(tree.current).entropy, Text(zh="下一个", en="next"), "a"
        ),
    )
    return Lines(tuple(lines), Text(zh="第几个词元", en="token"), Text(zh="选择之前的熵（奈特）", en="entropy before choosing (nat)"), marks=now)  # fmt: skip


def _line(one: Exploration, node: int, role: str) -> Line:
    path = one.path(node)
    text = one.text(node).replace("\n", "↵")
    name = text if len(text) <= 16 else f"{text[:7]}…{text[-7:]}"
    return Line(
        name, tuple(float(at) for at in range(1, len(path.tokens) + 1)), path.entropies, role=role,
        dash="solid" if role else "dot",
    )  # fmt: skip


def mask_table(revisions: Sequence[Revision], kind: str) -> Table:
    """Tabulates the probability of the last tokens before and after the last one was appended, with and without the
    mask. `kind`: the model's number type.
    """
    rows = tuple(
        (one.text or "·", one.causal_before, one.causal_after, one.unmasked_before, one.unmasked_after)
        for one in revisions
    )
    return Table(
        (
            Text(zh="词元", en="token"),
            Text(zh="有掩码：接上之前", en="mask: before"), Text(zh="有掩码：接上之后", en="mask: after"),
            Text(zh="无掩码：接上之前", en="no mask: before"), Text(zh="无掩码：接上之后", en="no mask: after"),
        ),
        rows,
        digits=4,
        caveat=Text(
            zh="同一套权重，只去掉掩码。它不是 BERT：这些权重从没有见过右边的文字，所以无掩码的数字只说明“会变”，不说明双向模型有多准。"
               "有掩码的两列若差在末位，是 {kind} 的舍入。",
            en="The same weights with the mask taken off. This is no BERT: the weights were never trained on text to the right, so the numbers without a mask "
               "show that they change, not how good a two-way model is. Last digits that differ with the mask are the rounding of {kind}.",
        ).format(kind=kind),
    )  # fmt: skip

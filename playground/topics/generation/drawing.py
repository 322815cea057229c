"""Paths, readings and samples as panels. Computes nothing but what a panel is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.generation.metrics import repeated
from playground.generation.panels import shown_pieces
from playground.lab.panels import Bars, Heatmap, Line, Lines, Mark, Metric, Metrics, Series, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Ribbon, RibbonRow
from playground.lab.validation import clean
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.generation import masking, sampling
from playground.topics.generation.exploring import Exploration, Path
from playground.topics.generation.nouns import first_noun
from playground.topics.generation.sampling import Sample

_NAT = Text(zh="nat", en="nat")
_MOST_LINES = 8


def figures(one: Exploration, path: Path, forced: float, seconds: float, tokens: int) -> Metrics:
    """The current path in figures. `forced`: its log-probability by one pass over the whole text; `seconds`: to the distribution,
    with `tokens` put through the model."""
    count = len(path.tokens)
    empty = count == 0
    square = one.lm.vocabulary**2
    return Metrics((
        Metric(Text(zh="词元数", en="tokens"), count, digits=0, hint=Text(zh="提示之后写下的", en="written after the prompt")),
        Metric(Text(zh="路径概率", en="path probability"), None if empty else _small(path.log_probability),
               hint=Text(zh="各步条件概率的乘积", en="the product of the conditional probabilities")),
        Metric(Text(zh="ln p，逐步相加", en="ln p, step by step"), None if empty else path.log_probability, digits=3,
               hint=Text(zh="一次一个词元，用保存的键和值", en="one token at a time, with kept keys and values")),
        Metric(Text(zh="ln p，一次前向", en="ln p, one forced pass"), None if empty else forced, digits=3,
               hint=Text(zh="整段文字一次读完，取各位置给出的对数概率相加；数学上应与逐步相等，差别只来自 {kind} 的舍入",
                         en="the whole text in one pass, the log-probabilities of its positions added up; equal in mathematics, "
                            "what differs is the rounding of {kind}").format(kind=_number_type(one.lm))),
        Metric(Text(zh="困惑度", en="perplexity"), path.perplexity, better="lower",
               hint=Text(zh="exp(−平均 ln p)，只算提示之后的词元", en="exp(−mean ln p) of the tokens after the prompt")),
        Metric(Text(zh="平均熵", en="mean entropy"), None if empty else math.fsum(path.entropies) / count, unit=_NAT,
               hint=Text(zh="每步选择之前分布的熵的平均", en="of the distributions that the tokens were chosen from")),
        Metric(Text(zh="重复 4 元组占比", en="repeated 4-grams"), repeated(path.tokens, 4), better="lower",
               hint=Text(zh="此前已出现过的四元组所占的份额", en="share of 4-grams that stood earlier on the path")),
        Metric(Text(zh="到分布为止", en="to the distribution"), 1000 * seconds, unit=Text(zh="毫秒", en="ms"), digits=0, measured=True,
               hint=Text(zh="这次运行里从开始到得出下一个词元的分布，送进模型 {n} 个词元；其余的键和值是先前算好保存的",
                         en="from the run's start to the next token's distribution, with {n} tokens put through the model; the other keys and "
                            "values were kept from before").format(n=tokens)),
        Metric(Text(zh="词表", en="vocabulary"), one.lm.vocabulary, digits=0,
               hint=Text(zh="若在 logit 之后再接一个方的线性层，它有 {n} 个参数", en="a square linear layer on the logits would have {n} parameters").format(n=f"{square:,}")),
    ))  # fmt: skip


def _small(log_probability: float) -> Text:
    """A probability that may be far too small for decimals: 3.1×10⁻⁹."""
    power = math.floor(log_probability / math.log(10))
    if power >= -3:
        shown = f"{math.exp(log_probability):.3f}"
    else:
        raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        shown = f"{math.exp(log_probability - power * math.log(10)):.1f}×10{raised}"
    return Text(zh=shown, en=shown)


def _number_type(lm: LanguageModel) -> str:
    return str(next(lm.module.parameters()).dtype).removeprefix("torch.")


def ribbon(one: Exploration, entropies: Sequence[float], log_probabilities: Sequence[float]) -> Ribbon:
    """Entropy after each token and surprise at it, over the whole text; the first noun's first and last token are marked."""
    ids = [*one.prompt, *one.tree.path(one.tree.current)]
    shown = [clean(piece).replace("\ufffd", "") for piece in pieces(one.lm, ids)]
    special = set(one.lm.tokenizer.all_special_ids)
    return Ribbon(
        tuple(shown),
        (
            RibbonRow(Text(zh="之后的熵", en="entropy after"), tuple(entropies), _NAT),
            RibbonRow(
                Text(zh="意外程度 −ln p", en="surprise −ln p"),
                (None, *(0.0 - value for value in log_probabilities)),
                _NAT,
            ),
        ),
        marks=_noun_marks([("\n" if token in special else piece) for piece, token in zip(shown, ids, strict=True)]),
    )


def _noun_marks(shown: Sequence[str]) -> tuple[int, ...]:
    """The first and the last token of the text's first noun; nothing where there is none, or nothing stands before it."""
    noun = first_noun("".join(shown))
    if noun is None:
        return ()
    held = []
    start = 0
    for index, piece in enumerate(shown):
        if start < noun.end and start + len(piece) > noun.start:
            held.append(index)
        start += len(piece)
    # A character's later parts show nothing: they belong to it all the same.
    last = held[-1]
    while last + 1 < len(shown) and shown[last + 1] == "":
        last += 1
    return (held[0], last) if held[0] > 0 else ()


def path_table(one: Exploration) -> Table:
    """Every path to its end, the current one first if it isn't among them."""
    tree = one.tree
    leaves = list(tree.leaves)
    if tree.current not in leaves:
        leaves.insert(0, tree.current)
    rows: list[tuple[int | float | Label | None, ...]] = []
    for leaf in leaves:
        path = one.path(leaf)
        count = len(path.tokens)
        rows.append((
            one.text(leaf).replace("\n", "↵") or Text(zh="（还没有）", en="(nothing yet)"), count, _small(path.log_probability) if count else None,
            path.log_probability if count else None, path.perplexity, math.fsum(path.entropies) / count if count else None,
            max(path.ranks) if count else None,
        ))  # fmt: skip
    return Table(
        (
            Text(zh="路径", en="path"), Text(zh="词元", en="tokens"), Text(zh="概率", en="probability"), "ln p",
            Text(zh="困惑度", en="perplexity"), Text(zh="平均熵", en="mean entropy"), Text(zh="最低名次", en="lowest rank"),
        ),
        tuple(rows),
        highlight=(leaves.index(tree.current),),
        digits=2,
    )  # fmt: skip


def branch_lines(one: Exploration) -> Lines:
    """For each path the entropy of what its tokens were chosen from; the current path in colour."""
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
    return Lines(tuple(lines), Text(zh="第几个词元", en="token"), Text(zh="选择之前的熵（nat）", en="entropy before choosing (nat)"), marks=now)  # fmt: skip


def _line(one: Exploration, node: int, role: str) -> Line:
    path = one.path(node)
    text = one.text(node).replace("\n", "↵")
    name = text if len(text) <= 16 else f"{text[:7]}…{text[-7:]}"
    return Line(
        name, tuple(float(at) for at in range(1, len(path.tokens) + 1)), path.entropies, role=role,
        dash="solid" if role else "dot",
    )  # fmt: skip


def answer_table(samples: Sequence[Sample]) -> Table:
    """Samples that say the same first, the largest group marked."""
    groups = sampling.answers(samples)
    rows = tuple(
        (answer or "∅", len(members), len(members) / len(samples), "、".join(f"#{at + 1}" for at in members))
        for answer, members in groups
    )
    columns = (
        Text(zh="说的是", en="says"),
        Text(zh="条数", en="samples"),
        Text(zh="占比", en="share"),
        Text(zh="哪几条", en="which"),
    )
    return Table(columns, rows, highlight=(0,) if len(groups[0][1]) > 1 else (), digits=2)


def sample_table(samples: Sequence[Sample]) -> Table:
    """Each sample with its probability under the raw model."""
    largest = set(sampling.answers(samples)[0][1])
    rows: tuple[tuple[int | float | Label | None, ...], ...] = tuple(
        (
            f"#{number}", sample.text.replace("\n", "↵") or "∅", len(sample.ids), sample.log_probability,
            math.exp(-sample.log_probability / len(sample.ids)) if sample.ids else None,
        )
        for number, sample in enumerate(samples, 1)
    )  # fmt: skip
    columns = (
        "",
        Text(zh="样本", en="sample"),
        Text(zh="词元", en="tokens"),
        "ln p",
        Text(zh="困惑度", en="perplexity"),
    )
    return Table(columns, rows, highlight=tuple(sorted(largest)) if len(largest) > 1 else (), digits=2)


def agreement_map(lm: LanguageModel, samples: Sequence[Sample]) -> Heatmap:
    """Tokens that each two samples begin with alike; the words themselves in the cells where they are few."""
    names = tuple(f"#{number}" for number in range(1, len(samples) + 1))
    values = [[sampling.shared_tokens(one.ids, other.ids) for other in samples] for one in samples]
    texts = tuple(
        tuple(
            "" if row == column else _short("".join(shown_pieces(lm, samples[row].ids[:count])))
            for column, count in enumerate(counts)
        )
        for row, counts in enumerate(values)
    )
    shown = tuple(
        tuple(None if row == column else float(count) for column, count in enumerate(counts))
        for row, counts in enumerate(values)
    )
    return Heatmap(
        names,
        names,
        shown,
        Text(zh="相同的词元", en="tokens alike"),
        texts=texts,
        low=0.0,
        high=max([1.0, *(count for counts in shown for count in counts if count is not None)]),
    )


def _short(text: str) -> str:
    text = text.replace("\n", "↵")
    return text if len(text) <= 8 else f"{text[:7]}…"


def staying_bars(samples: Sequence[Sample]) -> Bars:
    """The share of samples whose first k tokens are those of the largest group."""
    shares = sampling.agreement(samples)
    series = Series(Text(zh="最大一组", en="largest group"), tuple(shares), role="a")
    return Bars(tuple(str(k) for k in range(1, len(shares) + 1)), (series,), Text(zh="占比", en="share"))


def mask_table(lm: LanguageModel, ids: Sequence[int]) -> Table:
    """What the model said of the last tokens but one, before and after the last was appended, with and without the mask."""
    ids = masking.window(ids)
    shown = pieces(lm, ids)
    rows = tuple(
        (shown[claim.index].replace("\ufffd", "") or "·", *claim.causal, *claim.unmasked)
        for claim in masking.claims(lm, ids)
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
            en="The same weights with the mask taken off. This is no BERT: the weights never saw text to the right, so the numbers without a mask "
               "show that they change, not how good a two-way model is. Last digits that differ with the mask are the rounding of {kind}.",
        ).format(kind=_number_type(lm)),
    )  # fmt: skip

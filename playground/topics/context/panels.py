"""The panels of context, drawn from its findings and, for the next token and the weights of pieces, from what was computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from playground.explanation.agreement import rank_correlation
from playground.explanation.attribution import attribution_panel
from playground.lab.panels import Bars, Line, Lines, Metric, Metrics, Panel, Series, SideBySide, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Attribution
from playground.language.units import token_name
from playground.models.language_model import LanguageModel
from playground.topics.context import few_shot
from playground.topics.context.contributions import Contributions
from playground.topics.context.few_shot import Accuracy
from playground.topics.context.findings import Answers, Kept, Piece
from playground.topics.context.frames import Frame
from playground.topics.context.position import Depths
from playground.topics.context.settings import Settings
from playground.topics.context.tokenizing import CHINESE_SAMPLE, Count, by_bytes, by_english, by_model

NONE = Text(zh="无上下文", en="no context")
PROMPTS: dict[str, Label] = {"none": NONE, "a": "A", "b": "B"}
LOG_PROBABILITY = Text(zh="对数概率", en="log-probability")
ATTENTION = Text(zh="注意力", en="attention")
LEFT_OUT = Text(zh="留一法", en="leave one out")
ROUNDING = Text(
    zh="模型以 bfloat16 计算：约 0.1 奈特以下的差只是舍入。",
    en="The model computes in bfloat16: differences below about 0.1 nats are rounding.",
)
CANDIDATES, MOST_CANDIDATES = 4, 10
# Of a ranking: the first by what their loss costs, and the first by attention wherever they rank.
MOST_ROWS, MOST_READ = 10, 3
# Characters of a text in a table's cell.
QUOTED = 24


def distribution(lm: LanguageModel, probabilities: Mapping[str, Tensor]) -> Bars:
    """Draws the likeliest next tokens of each prompt, with their probabilities in all of them. `probabilities`: (vocabulary,)."""
    best: dict[int, float] = {}
    for values in probabilities.values():
        for value, token in zip(*(row.tolist() for row in values.topk(CANDIDATES)), strict=True):
            best[token] = max(best.get(token, 0.0), value)
    tokens = sorted(best, key=lambda token: -best[token])[:MOST_CANDIDATES]
    return Bars(
        categories=tuple(_named(lm, token) for token in tokens),
        series=tuple(
            Series(PROMPTS[side], tuple(float(values[token]) for token in tokens), role="" if side == "none" else side)
            for side, values in probabilities.items()
        ),
        y_label=Text(zh="概率", en="probability"),
    )


def _named(lm: LanguageModel, token: int) -> str:
    name = token_name(lm, token)
    return name.replace("\n", "↵").strip() or name.replace("\n", "↵").replace(" ", "␣")


def answers_table(answers: Answers) -> Table:
    """Draws each prompt's continuation, and log p of every explained answer under each prompt."""
    names = list(answers.log_probabilities["none"])
    about: list[Label] = [
        Text(zh="log p（“{answer}”）", en="log p(“{answer}”)").format(
            answer=answers.explained.get(name, answers.explained["a"])
        )
        for name in names
    ]
    return Table(
        (Text(zh="上下文", en="context"), Text(zh="生成的答案", en="answer generated"), *about),
        tuple(
            (name, answers.written[prompt], *(answers.log_probabilities[prompt][one] for one in names)) for prompt, name in PROMPTS.items()
        ),
        digits=2,
    )  # fmt: skip


def figures(lm: LanguageModel, a: Kept, b: Kept) -> Metrics:
    """Draws A against B: tokens, bytes of keys and values, KL from no context; then how many numbers a position has in either class."""
    return Metrics(
        (
            Metric(Text(zh="上下文词元", en="tokens of context"), a.tokens, b.tokens, digits=0),
            Metric(Text(zh="留下的键和值", en="keys and values kept"), a.key_value_bytes / 1024, b.key_value_bytes / 1024, unit="KiB", digits=0,
                   hint=Text(zh="缓存里这段上下文的张量的实际字节：每个词元、每层各一份，随长度增长", en="Bytes of the context's own tensors in the cache: one set for each token and layer, growing with the length")),
            Metric(Text(zh="上下文挪动了多少", en="how far the context moved it"), a.divergence, b.divergence, unit=Text(zh="奈特", en="nats"), digits=2,
                   hint=Text(zh="下一个词元的 KL（有上下文 ‖ 无上下文）", en="KL(with ‖ without context) of the next token")),
            Metric(Text(zh="AutoModel 每个位置", en="AutoModel, per position"), float(lm.hidden_size), unit=Text(zh="个数（隐藏状态）", en="numbers (hidden state)"), digits=0,
                   hint=Text(zh="没有语言模型头，给不出下一个词元的概率", en="No language-model head: no probability of a next token")),
            Metric(Text(zh="AutoModelForCausalLM 每个位置", en="AutoModelForCausalLM, per position"), float(lm.vocabulary), unit=Text(zh="个 logit", en="logits"), digits=0,
                   hint=Text(zh="同样的网络加上输出层：词表里每个词元一个分数", en="The same network with the output head: a score for every token of the vocabulary")),
        ),
    )  # fmt: skip


def left_out(lm: LanguageModel, found: Mapping[str, Contributions], answers: Answers) -> SideBySide[Attribution]:
    """Draws each piece's part in log p(answer)."""

    def one(side: str) -> Attribution:
        weights, attention = found[side].without, found[side].attention
        shown = dataclasses.replace(
            weights,
            value_label=LOG_PROBABILITY,
            caveat=ROUNDING if lm.module.dtype == torch.bfloat16 else None,
        )
        agreement = rank_correlation(weights.weights, attention)
        return attribution_panel(
            LEFT_OUT,
            _answer(answers, side),
            found[side].parts,
            shown,
            agreement,
            "" if agreement is None else ATTENTION,
        )

    return _beside(one, answers)


def ranking(found: Mapping[str, Sequence[Piece]], answers: Answers, *, whole: bool = False) -> SideBySide[Table]:
    """Draws the first pieces by what their loss costs, and the first by attention, with both ranks. `whole`: they are sentences, whose
    rank by attention half a page has no room for."""
    columns: list[Label] = [
        Text(zh="句", en="sentence") if whole else Text(zh="词", en="word"),
        Text(zh="下降（奈特）", en="fall (nats)"),
        Text(zh="名次", en="rank"),
        ATTENTION,
    ]
    if not whole:
        columns.append(Text(zh="注意力名次", en="its rank"))

    def one(side: str) -> Table:
        shown = [piece for piece in found[side] if piece.rank <= MOST_ROWS or piece.attention_rank <= MOST_READ]
        rows: list[tuple[int | float | Label | None, ...]] = [
            (
                piece.name,
                piece.fall,
                piece.rank,
                f"{piece.attention:.1%}",
                *(() if whole else (piece.attention_rank,)),
            )
            for piece in shown
        ]
        return Table(tuple(columns), tuple(rows), digits=2)

    return _beside(one, answers)


P = TypeVar("P", bound=Panel)


def _beside(draw: Callable[[str], P], answers: Answers) -> SideBySide[P]:
    """Draws a panel for each side, under the answer that it is about."""
    return SideBySide(draw("a"), draw("b"), _answer(answers, "a"), _answer(answers, "b"))


def _answer(answers: Answers, side: str) -> Text:
    return Text(zh="答案“{answer}”", en="answer “{answer}”").format(answer=answers.explained[side])


def position(found: Mapping[str, Depths], answers: Answers, settings: Settings) -> Lines:
    """Draws both facts by depth, each with the level that its answer has without it."""
    lines = []
    for side, depths in found.items():
        name = Text(zh="{side}：“{answer}”", en="{side}: “{answer}”").format(
            side=PROMPTS[side], answer=answers.explained[side]
        )
        without = Text(zh="{side}：没有这句", en="{side}: without the fact").format(side=PROMPTS[side])
        lines.append(Line(name, depths.depths, depths.mean, depths.low, depths.high, role=side))
        ends = (depths.depths[0], depths.depths[-1])
        lines.append(Line(without, ends, (depths.absent,) * 2, role=side, dash="dot", markers=False))
    facts = " / ".join(f"{PROMPTS[side]!s} “{depths.fact}”" for side, depths in found.items())
    return Lines(
        tuple(lines),
        x_label=Text(zh="事实的深度（0 开头，1 末尾）", en="depth of the fact (0 first, 1 last)"),
        y_label=Text(zh="答案的对数概率", en="log-probability of the answer"),
        caveat=Text(
            zh="事实：{facts}；{count} 个干扰句，{orders} 种排法；干扰句取自本项目的问答集，不含答案。",
            en="The fact: {facts}; {count} distractors in {orders} orders, from this project's question set, none with the answer in it.",
        ).format(facts=facts, count=settings.distractors, orders=settings.orders),
    )


def examples(right: Sequence[Accuracy], shuffled: Sequence[Accuracy], classes: int, draws: int) -> Lines:
    """Draws accuracy by number of examples, with their own labels and with random ones."""
    lines = [
        _accuracy_line(Text(zh="标签正确", en="right labels"), right, "solid"),
        _accuracy_line(Text(zh="标签随机", en="random labels"), shuffled, "dash"),
    ]
    ends = (0.0, float(right[-1].examples))
    lines.append(Line(Text(zh="乱猜", en="chance"), ends, (1 / classes,) * 2, dash="dot", markers=False))
    return Lines(
        tuple(line for line in lines if line.x),
        x_label=Text(zh="上下文里的示例数", en="examples in context"),
        y_label=Text(zh="准确率", en="accuracy"),
        caveat=Text(
            zh="{texts} 条文本，每条问一次，示例从其余文本里抽取，共抽 {draws}；色带是按文本条数算的 95% 区间（Wilson）。数据集小，只看趋势。",
            en="{texts} texts, each asked about once, with examples drawn from the others, {draws}; bands: 95% intervals (Wilson) for that many texts. A small set: read the trend.",
        ).format(draws=Text(zh="{n} 次", en="{n:|draw|draws}").format(n=draws), texts=right[-1].texts),
    )


def _accuracy_line(name: Label, points: Sequence[Accuracy], dash: str) -> Line:
    columns = zip(*((float(p.examples), p.share, p.low, p.high) for p in points), strict=True)
    x, y, low, high = columns if points else ((), (), (), ())
    return Line(name, tuple(x), tuple(y), tuple(low), tuple(high), dash=dash)


def prompts(settings: Settings, frame: Frame) -> Table:
    """Lists every kind of prompt as the model reads it, line breaks marked."""
    items = few_shot.items_of(settings.task, frame.language)
    shown, asked = few_shot.drawn(items, settings.seed, 0, settings.draws, settings.texts)
    two = few_shot.Prompt(shown[:2], tuple(item.label for item in shown[:2]))
    read: dict[Label, str] = {
        NONE: frame.text(None),
        "A": frame.text(settings.a.context),
        "B": frame.text(settings.b.context),
        Text(zh="两个示例", en="two examples"): two.text(asked[0], frame.language),
    }
    rows = tuple((name, text.replace("\n", "↵ ")) for name, text in read.items())
    return Table((Text(zh="哪一次", en="which"), Text(zh="文字（↵ 为换行）", en="text (↵ is a line break)")), rows)


def tokenizers(lm: LanguageModel, context: str) -> Table:
    """Counts the tokens of the context and of a Chinese verse by three tokenizers."""
    rows = []
    for text in dict.fromkeys((context, CHINESE_SAMPLE)):
        counted: dict[Label, Count] = {
            Text(zh="本模型", en="this model"): by_model(lm, text),
            Text(zh="只见过英文", en="English only"): by_english(text),
            Text(zh="逐字节", en="bytes"): by_bytes(text),
        }
        for name, count in counted.items():
            rows.append(
                (
                    text if len(text) <= QUOTED else text[:QUOTED] + "…",
                    name,
                    count.vocabulary,
                    count.tokens,
                    f"{count.tokens / len(text):.2f}",
                    " | ".join(count.first),
                )
            )
    columns = (
        Text(zh="文本", en="text"), Text(zh="分词器", en="tokenizer"), Text(zh="词表", en="vocabulary"), Text(zh="词元", en="tokens"),
        Text(zh="每字符", en="per character"), Text(zh="前几个", en="the first"),
    )  # fmt: skip
    return Table(columns, tuple(rows), digits=0)

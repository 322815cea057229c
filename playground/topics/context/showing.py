"""What was computed as panels; computes nothing of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from playground.explanation.agreement import rank_correlation
from playground.explanation.attribution import attribution_panel
from playground.generation.panels import token_name
from playground.lab.panels import Bars, Line, Lines, Metric, Metrics, Series, Table
from playground.lab.text import Label, Language, Text
from playground.lab.token_panels import Attribution
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel
from playground.topics.context.answering import Answer
from playground.topics.context.contributions import Contributions
from playground.topics.context.few_shot import Accuracy
from playground.topics.context.position import Depths
from playground.topics.context.tokenizing import Count, by_bytes, by_english, by_model

NONE = Text(zh="无上下文", en="no context")
SIDES: dict[str, Label] = {"none": NONE, "a": "A", "b": "B"}
LOG_PROBABILITY = Text(zh="对数概率", en="log-probability")
ATTENTION = Text(zh="注意力", en="attention")
LEFT_OUT = Text(zh="留一法", en="leave one out")
IN_ANSWER = Text(zh="答案里的词", en="in the answer")
IN_QUESTION = Text(zh="问题里的词", en="in the question")
ELSEWHERE = Text(zh="别的词", en="elsewhere")
CANDIDATES, MOST_CANDIDATES = 4, 10
# Of a ranking: the first by what their loss costs, and the first by attention wherever they stand.
MOST_ROWS, MOST_READ = 10, 3
CHINESE_SAMPLE = "春眠不觉晓，处处闻啼鸟。"


def distribution(lm: LanguageModel, probabilities: Mapping[str, Tensor]) -> Bars:
    """The likeliest next tokens of each prompt, with their probabilities in all of them. `probabilities`: (vocabulary,)."""
    best: dict[int, float] = {}
    for values in probabilities.values():
        for value, token in zip(*(row.tolist() for row in values.topk(CANDIDATES)), strict=True):
            best[token] = max(best.get(token, 0.0), value)
    tokens = sorted(best, key=lambda token: -best[token])[:MOST_CANDIDATES]
    return Bars(
        categories=tuple(_named(lm, token) for token in tokens),
        series=tuple(
            Series(SIDES[side], tuple(float(values[token]) for token in tokens), role="" if side == "none" else side)
            for side, values in probabilities.items()
        ),
        y_label=Text(zh="概率", en="probability"),
    )


def _named(lm: LanguageModel, token: int) -> str:
    name = token_name(lm, token)
    return name.replace("\n", "↵").strip() or name.replace("\n", "↵").replace(" ", "␣")


def answers_table(
    written: Mapping[str, Answer], asked: Mapping[str, Answer], scores: Mapping[str, Mapping[str, float]]
) -> Table:
    """What each prompt's continuation is, and log p of every answer in question under each prompt."""
    about: list[Label] = [
        Text(zh="log p（“{answer}”）", en="log p(“{answer}”)").format(answer=answer.text) for answer in asked.values()
    ]
    return Table(
        (Text(zh="上下文", en="context"), Text(zh="写出的答案", en="answer written"), *about),
        tuple(
            (SIDES[side], written[side].text or "∅", *(scores[side][name] for name in asked)) for side in written
        ),
        digits=2,
    )  # fmt: skip


def figures(lm: LanguageModel, tokens: Sequence[int], held: Sequence[int], moved: Sequence[float]) -> Metrics:
    """A against B: tokens, bytes of keys and values, KL from no context (nats); then what a position holds in either class."""
    return Metrics(
        (
            Metric(Text(zh="上下文词元", en="tokens of context"), tokens[0], tokens[1], digits=0),
            Metric(Text(zh="留下的键和值", en="keys and values kept"), held[0] / 1024, held[1] / 1024, unit="KiB", digits=0,
                   hint=Text(zh="缓存里这段上下文的张量的实际字节：每个词元、每层各一份，随长度增长", en="Bytes of the context's own tensors in the cache: one set for each token and layer, growing with the length")),
            Metric(Text(zh="上下文挪动了多少", en="how far the context moved it"), moved[0], moved[1], unit=Text(zh="奈特", en="nats"), digits=2,
                   hint=Text(zh="下一个词元的 KL（有上下文 ‖ 无上下文）", en="KL(with ‖ without context) of the next token")),
            Metric(Text(zh="AutoModel 每个位置", en="AutoModel, per position"), float(lm.hidden_size), unit=Text(zh="个数（隐藏状态）", en="numbers (hidden state)"), digits=0,
                   hint=Text(zh="没有语言模型头，给不出下一个词的概率", en="No language-model head: no probability of a next word")),
            Metric(Text(zh="AutoModelForCausalLM 每个位置", en="AutoModelForCausalLM, per position"), float(lm.vocabulary), unit=Text(zh="个 logit", en="logits"), digits=0,
                   hint=Text(zh="同样的网络加上输出头：词表里每个词元一个分数", en="The same network with the output head: a score for every token of the vocabulary")),
        ),
    )  # fmt: skip


def left_out(found: Contributions, answer: Answer, caveat: Text | None) -> Attribution:
    """Each piece's part in log p(answer)."""
    weights = dataclasses.replace(found.without, value_label=LOG_PROBABILITY, caveat=caveat)
    target = Text(zh="答案“{answer}”", en="answer “{answer}”").format(answer=answer.text)
    agreement = rank_correlation(weights.weights, found.attention)
    return attribution_panel(LEFT_OUT, target, found.parts, weights, agreement, "" if agreement is None else ATTENTION)


def ranking(found: Contributions, question: str, answer: Answer, *, whole: bool = False) -> Table:
    """The first pieces by what their loss costs, and the first by attention, with both places. `whole`: they are sentences."""
    order = np.argsort(-found.without.weights, kind="stable")
    place = {int(at): rank for rank, at in enumerate(np.argsort(-found.attention, kind="stable"), 1)}
    rows = [
        (
            found.parts.names[int(at)],
            float(found.without.weights[int(at)]),
            rank,
            f"{found.attention[int(at)]:.1%}",
            place[int(at)],
            *(() if whole else (where(found.parts.names[int(at)], question, answer.text),)),
        )
        for rank, at in enumerate(order, 1)
    ]
    columns: list[Label] = [
        Text(zh="句", en="sentence") if whole else Text(zh="词", en="word"),
        Text(zh="下降（奈特）", en="fall (nats)"),
        Text(zh="名次", en="rank"),
        ATTENTION,
        Text(zh="注意力名次", en="its rank"),
    ]
    if not whole:
        columns.append(Text(zh="在哪里", en="where"))
    shown = [row for rank, row in enumerate(rows) if rank < MOST_ROWS or row[4] <= MOST_READ]
    return Table(tuple(columns), tuple(shown), digits=2)


def where(word: str, question: str, answer: str) -> Text:
    """Whether a word of the context is (part of) the answer, stands in the question, or neither."""
    if _holds(answer, word) or _holds(word, answer):
        return IN_ANSWER
    return IN_QUESTION if _holds(question, word) else ELSEWHERE


def _holds(text: str, word: str) -> bool:
    """Whether a text has a word in it: in Chinese any run of characters, else a word of its own."""
    name, said = word.strip().casefold(), text.casefold()
    if main_language(name) is Language.ZH:
        return name in said
    return bool(name) and name in {part.text for part in segment(said, "word")}


def position(found: Mapping[str, Depths], answers: Mapping[str, Answer], count: int, orders: int) -> Lines:
    """Both facts by depth, each with the level that its answer has without it."""
    lines = []
    for side, depths in found.items():
        name = Text(zh="{side}：“{answer}”", en="{side}: “{answer}”").format(
            side=SIDES[side], answer=answers[side].text
        )
        without = Text(zh="{side}：没有这句", en="{side}: without the fact").format(side=SIDES[side])
        lines.append(Line(name, depths.depths, depths.mean, depths.low, depths.high, role=side))
        ends = (depths.depths[0], depths.depths[-1])
        lines.append(Line(without, ends, (depths.absent,) * 2, role=side, dash="dot", markers=False))
    facts = " / ".join(f"{SIDES[side]!s} “{depths.fact}”" for side, depths in found.items())
    return Lines(
        tuple(lines),
        x_label=Text(zh="事实的深度（0 开头，1 末尾）", en="depth of the fact (0 first, 1 last)"),
        y_label=Text(zh="答案的对数概率", en="log-probability of the answer"),
        caveat=Text(
            zh="事实：{facts}。{count} 个干扰句，{orders} 种排法；干扰句取自本项目的问答集，不含答案。",
            en="The fact: {facts}. {count} distractors in {orders} orders, from this project's question set, none with the answer in it.",
        ).format(facts=facts, count=count, orders=orders),
    )


def examples(right: Sequence[Accuracy], shuffled: Sequence[Accuracy], classes: int, draws: int) -> Lines:
    """Accuracy by number of examples, with their own labels and with random ones."""
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
            zh="{draws} 次抽取，每次问 {texts} 条没有当示例的文本；色带是按文本条数算的 95% 区间（Wilson）。数据集小，只看趋势。",
            en="{draws} draws, each asking about the {texts} texts that are no examples; bands: 95 % intervals (Wilson) for that many texts. A small set: read the trend.",
        ).format(draws=draws, texts=right[-1].texts),
    )


def _accuracy_line(name: Label, points: Sequence[Accuracy], dash: str) -> Line:
    columns = zip(*((float(p.examples), p.share, p.low, p.high) for p in points), strict=True)
    x, y, low, high = columns if points else ((), (), (), ())
    return Line(name, tuple(x), tuple(y), tuple(low), tuple(high), dash=dash)


def prompts_table(prompts: Mapping[Label, str]) -> Table:
    """Every kind of prompt as the model reads it, line breaks marked."""
    rows = tuple((name, text.replace("\n", "↵ ")) for name, text in prompts.items())
    return Table((Text(zh="哪一次", en="which"), Text(zh="文字（↵ 为换行）", en="text (↵ is a line break)")), rows)


def tokenizers_table(lm: LanguageModel, context: str) -> Table:
    """The context and a Chinese verse by three tokenizers."""
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
                    text[:24],
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

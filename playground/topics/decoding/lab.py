"""Two decoding settings on one prompt, in one batch: what each chose, what each penalty did to it, what was left aside.

Knows nothing of how a token is chosen (see `generation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.generation import panels
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.metrics import distinct, mean_log_probability, repeated
from playground.generation.penalties import frequency, no_repeat, presence, repetition, top_p
from playground.generation.prompt import read_prompt
from playground.generation.settings import Decoding, describe
from playground.lab.bench import Bench
from playground.lab.controls import group, number, text_box
from playground.lab.panels import Line, Lines, Mark, Metric, Metrics, SideBySide, panel
from playground.lab.text import Text
from playground.lab.token_panels import Tokens, Tree, Waterfall
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.decoding.words import EXAMPLES, FAILURES, PREDICTION, follow_ups

MOST_PROMPT_TOKENS = 1024


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="提示", en="Prompt"),
        default=Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"),
        max_chars=2000,
        help=Text(
            zh="基础模型会接着往下写，不会回答问题。最多 2000 个字符、1024 个词元。",
            en="A base model writes on; it doesn't answer. At most 2,000 characters and 1,024 tokens.",
        ),
    )
    a: Decoding = group(Text(zh="A", en="A"), Decoding, role="a")
    b: Decoding = group(Text(zh="B", en="B"), Decoding, role="b", repetition_penalty=1.2)
    max_tokens: int = number(Text(zh="生成词元数", en="Tokens to generate"), default=40, low=1, high=120)
    seed: int = number(
        Text(zh="随机种子", en="Seed"), default=0, low=0, high=2**31 - 1, advanced=True,
        help=Text(zh="只影响采样；A 与 B 用同一个种子。", en="Acts on sampling only; A and B draw from the same seed."),
    )  # fmt: skip


@dataclass(frozen=True)
class Result:
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="输出", en="Outputs"),
        hint=Text(
            zh="颜色是原模型给该词元的概率；首次不同处有标记",
            en="Colour is the raw model's probability; the first difference is marked",
        ),
    )
    figures: Metrics | None = panel(Text(zh="多样与重复", en="Variety and repetition"))
    waterfall: SideBySide[Waterfall] | None = panel(
        Text(zh="从 logit 到概率", en="From logit to probability"),
        hint=Text(
            zh="一步一步看：原始 logit → 各项惩罚 → 温度 → 各项过滤 → 概率；被惩罚的词元指向它先前出现的位置",
            en="Step by step: raw logit → each penalty → temperature → each filter → probability; a penalised token points at where it stood before",
        ),
    )
    likelihood: Lines | None = panel(
        Text(zh="每个词元的对数概率", en="Log-probability per token"),
        hint=Text(
            zh="原模型（惩罚之前）的自然对数；越接近 0，模型越意料之中",
            en="The raw model's, before penalties, natural logarithm; near 0 is what the model expected",
        ),
    )
    tree: SideBySide[Tree] | None = panel(
        Text(zh="搜索树", en="Search tree"),
        hint=Text(
            zh="走过的路径与被剪去的分支；贪心和采样只有一条路，旁边是当时没选的词元；剪去的分支每步只画最可能的几个",
            en="Paths taken and branches cut; greedy search and sampling have one path, beside the tokens they left. Of the cut branches the likeliest of each step are drawn",
        ),
    )


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    lm = bench.lm()
    prompt = read_prompt(lm, settings.text, MOST_PROMPT_TOKENS)
    rows = (settings.a, settings.b)
    a = b = None
    for number_of_pass, (a, b) in enumerate(
        decode(lm, prompt, rows, max_tokens=settings.max_tokens, seed=settings.seed, traced=True)
    ):
        # Every fourth token is often enough for a reader, and cheap to draw.
        if number_of_pass < 2 or number_of_pass % 4 == 0:
            bench.progress(
                number_of_pass / settings.max_tokens,
                Text(zh="第 {n} 个词元，最多 {most} 个", en="token {n} of at most {most}").format(
                    n=number_of_pass + 1, most=settings.max_tokens
                ),
            )
            yield Result(outputs=outputs(lm, settings, a, b))
    assert a is not None
    assert b is not None
    opened = panels.parting(a, b) or 0
    result = Result(outputs(lm, settings, a, b), figures(a, b))
    yield result
    labels: dict[str, Any] = {"a_label": describe(settings.a), "b_label": describe(settings.b)}
    falls = panels.waterfall(lm, a, opened), panels.waterfall(lm, b, opened)
    trees = panels.tree(lm, a, settings.a), panels.tree(lm, b, settings.b)
    yield Result(
        result.outputs,
        result.figures,
        SideBySide(falls[0], falls[1], **labels) if falls[0] and falls[1] else None,
        likelihood(a, b),
        SideBySide(trees[0], trees[1], **labels) if trees[0] and trees[1] else None,
    )


def outputs(lm: LanguageModel, settings: Settings, a: Continuation, b: Continuation) -> SideBySide[Tokens]:
    """Both continuations, the first difference marked on both."""
    return SideBySide(
        panels.tokens_panel(lm, a, b),
        panels.tokens_panel(lm, b, a),
        a_label=describe(settings.a),
        b_label=describe(settings.b),
    )


def figures(a: Continuation, b: Continuation) -> Metrics:
    """Variety, repetition and likelihood of both, by model tokens."""
    token = Text(zh="按模型词元计", en="by model tokens")

    def both(label: Text, of: object, better: str, hint: Text, digits: int = 2) -> Metric:
        return Metric(label, of(a), of(b), digits=digits, better=better, hint=hint)  # type: ignore[operator]

    return Metrics((
        both(Text(zh="distinct-1", en="distinct-1"), lambda one: distinct(one.ids, 1), "higher",
             Text(zh="不同词元数 ÷ 词元数，{token}", en="different tokens ÷ tokens, {token}").format(token=token)),
        both(Text(zh="distinct-2", en="distinct-2"), lambda one: distinct(one.ids, 2), "higher",
             Text(zh="不同二元组数 ÷ 二元组数，{token}", en="different bigrams ÷ bigrams, {token}").format(token=token)),
        both(Text(zh="重复 4 元组占比", en="repeated 4-grams"), lambda one: repeated(one.ids, 4), "lower",
             Text(zh="此前已出现过的四元组所占的份额（seq-rep-4），{token}",
                  en="share of 4-grams that stood earlier in the output (seq-rep-4), {token}").format(token=token)),
        both(Text(zh="平均对数概率", en="mean log-probability"),
             lambda one: mean_log_probability([step.log_probability for step in one.steps]), "",
             Text(zh="原模型给所选词元的自然对数概率的平均；高不等于好：循环的文本最高",
                  en="mean of the raw model's log-probability (natural) of what was chosen; high isn't good: loops are highest")),
        both(Text(zh="词元数", en="tokens"), lambda one: len(one.ids), "", Text(zh="不含提示与结束符", en="without prompt and end token"), 0),
    ))  # fmt: skip


def likelihood(a: Continuation, b: Continuation) -> Lines:
    """The raw model's log-probability of every chosen token."""
    lines = tuple(
        Line(
            name,
            tuple(float(at) for at in range(1, len(one.steps) + 1)),
            tuple(step.log_probability for step in one.steps),
            role=role,
        )
        for name, role, one in (("A", "a", a), ("B", "b", b))
    )
    at = panels.parting(a, b)
    marks: tuple[Mark, ...] = ()
    if at is not None and at < len(b.steps):
        marks = (Mark(at + 1.0, b.steps[at].log_probability, Text(zh="首次不同", en="first difference"), role="b"),)
    return Lines(
        lines, Text(zh="第几个词元", en="token"), Text(zh="ln p（原模型）", en="ln p (raw model)"), marks=marks
    )


TOPIC = Topic(
    number=6,
    slug="decoding",
    title=Text(zh="生成质量", en="Decoding"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=PREDICTION,
    failures=FAILURES,
    examples=EXAMPLES,
    followups=follow_ups,
    code=(repetition, presence, frequency, no_repeat, top_p, decode),
)

"""What the lab of decoding is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.generation.settings import Decoding, describe
from playground.lab.controls import text_box
from playground.lab.panels import Lines, Metrics, SideBySide, panel, undrawn
from playground.lab.shared_controls import seed, side, tokens_to_generate
from playground.lab.text import Text
from playground.lab.token_panels import Tokens, Tree, Waterfall
from playground.topics.decoding.findings import Findings


@dataclass(frozen=True)
class Constrained(Decoding):
    """Decoding settings with an expression that the output has to match, "" for none."""

    regex: str = text_box(
        Text(zh="正则约束", en="Regular expression"),
        default="",
        max_chars=200,
        lines=1,
        optional=True,
        advanced=True,
        help=Text(
            zh="整段输出必须匹配它：每一步把会使匹配失败的词元置为 −∞。英文单词前多有空格，例如“ ?(yes|no)”。不支持环视、反向引用和 \\b。",
            en="The whole output has to match it: at each step tokens that would make a match impossible are set to −∞. English words mostly begin "
            "with a space, as in “ ?(yes|no)”. Look-around, back references and \\b aren't supported.",
        ),
    )


def described(decoding: Constrained) -> Text:
    """Describes the differences from plain greedy search, the expression included."""
    if not decoding.regex:
        return describe(decoding)
    return Text(zh="{rest} · 正则 {regex}", en="{rest} · expression {regex}").format(
        rest=describe(decoding), regex=decoding.regex if len(decoding.regex) <= 40 else f"{decoding.regex[:40]}…"
    )


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="提示", en="Prompt"),
        default=Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"),
        max_chars=2000,
        help=Text(
            zh="基础模型会接着往下写，不会回答问题。最多 2000 个字符、1024 个词元。",
            en="A base model continues the text; it doesn't answer. At most 2,000 characters and 1,024 tokens.",
        ),
    )
    a: Constrained = side("a", Constrained)
    b: Constrained = side("b", Constrained, repetition_penalty=1.2)
    max_tokens: int = tokens_to_generate(default=40, high=120, advanced=False)
    seed: int = seed(
        Text(zh="只影响采样；A 与 B 用同一个种子。", en="Acts on sampling only; A and B draw from the same seed.")
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
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
            zh="一步一步看：原始 logit → 各项惩罚 → 正则约束 → 温度 → 各项截断 → 概率；被惩罚的词元指向它先前出现的位置",
            en="Step by step: raw logit → each penalty → regular expression → temperature → each truncation → probability; a penalised token points at where it occurred before",
        ),
    )
    likelihood: Lines | None = panel(
        Text(zh="每个词元的对数概率", en="Log-probability per token"),
        hint=Text(
            zh="原模型（惩罚之前）的自然对数；越接近 0，越在模型意料之中",
            en="The raw model's, before penalties, natural logarithm; near 0 is what the model expected",
        ),
    )
    tree: SideBySide[Tree] | None = panel(
        Text(zh="搜索树", en="Search tree"),
        hint=Text(
            zh="走过的路径与被剪去的分支；贪心和采样只有一条路，旁边是当时没选的词元；剪去的分支每步只画最可能的几个",
            en="Paths taken and branches pruned; greedy search and sampling have one path, beside the tokens not chosen. Of the pruned branches the likeliest of each step are drawn",
        ),
    )

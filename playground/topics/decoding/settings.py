"""What the lab of decoding is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.generation.settings import Decoding
from playground.lab.controls import group, number, seed, text_box
from playground.lab.panels import Lines, Metrics, SideBySide, panel, undrawn
from playground.lab.text import Text
from playground.lab.token_panels import Tokens, Tree, Waterfall
from playground.topics.decoding.findings import Findings


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

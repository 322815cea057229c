"""What the lab of efficiency is asked, and what it shows: two variants of the weights on one text."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.panels import Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import side, text, tokens_to_generate
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Ribbon, Tokens
from playground.lab.variant import Variant
from playground.topics.efficiency.findings import Findings


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=Text(
            zh="小王每天坐地铁上班，路上要花四十分钟。今天下大雨，地铁里的人比平时多了一倍，他",
            en="Every morning Anna takes the train to work, which takes forty minutes. Today it rained, the train was full, and she",
        ),
        max_chars=1000,
        help=Text(
            zh="两边读它（困惑度、KL、注意力、预填充时间），再各自续写。",
            en="Both sides read it (perplexity, KL, attention, prefill time), then continue it.",
        ),
    )
    a: Variant = side("a", Variant)
    b: Variant = side("b", Variant, pruning="unstructured")
    max_tokens: int = tokens_to_generate(default=12, high=64)


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(
        Text(zh="数字", en="Figures"),
        hint=Text(zh="蓝色 A，橙色 B；悬停看怎么量的", en="blue A, orange B; hover for how each was measured"),
    )
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="输出", en="Outputs"),
        hint=Text(zh="贪心；⟂ 是与另一侧的首次分歧", en="greedy; ⟂ marks where the sides diverge"),
    )
    divergence: Ribbon | None = panel(
        Text(zh="逐词元 KL(A‖B)", en="KL(A‖B) by token"),
        hint=Text(
            zh="两边读同样的词元；以 A 为参照，B 对每个词元的预测偏离多少",
            en="both forced along the same tokens: how far B's prediction of each is from A's, with A as the reference",
        ),
    )
    pace: Table | None = panel(
        Text(zh="毫秒：预填充与解码", en="Milliseconds: prefill and decode"),
        hint=Text(zh="在本机、本次运行中测得", en="measured on this machine in this run"),
    )
    roofline: Lines | None = panel(
        Text(zh="屋顶线", en="Roofline"),
        hint=Text(
            zh="斜线是带宽的上限，平线是算力的上限；点是 A、B 的预填充与解码",
            en="the slope is the limit of memory bandwidth, the flat part that of compute; the points are A's and B's prefill and decode",
        ),
    )
    sparsity: Table | None = panel(
        Text(zh="剪掉一半，快多少", en="Half pruned: how much faster"),
        hint=Text(zh="置零不等于删去神经元", en="zeroing weights isn't removing neurons"),
    )
    rows: Table | None = panel(
        Text(zh="同时生成几个回答", en="Several answers at once"),
        hint=Text(zh="吞吐与单个回答的时延是两回事", en="throughput and one answer's latency are two things"),
    )
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力：A、B 与两者之差", en="Attention: A, B and their difference"),
        hint=Text(zh="点开一格看连线；下方是 A 与 B 之差", en="open a head to see its lines; below, A against B"),
    )

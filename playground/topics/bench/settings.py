"""What the bench is asked, one text and two sides, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.explanation.striking import struck_units
from playground.generation.settings import Decoding, describe
from playground.lab.controls import choice
from playground.lab.panels import Metrics, SideBySide, panel, undrawn
from playground.lab.shared_controls import lime_samples, seed, side, text, tokens_to_generate, unit
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Attribution, Ribbon, Tokens
from playground.lab.variant import Variant, weights_in_words
from playground.topics.bench.findings import Findings


@dataclass(frozen=True)
class Side(Decoding, Variant):
    """Everything that a side may set: a Variant of the weights and a Decoding."""

    @property
    def weights(self) -> Variant:
        """The side's variant alone."""
        return Variant(self.quantization, self.bits, self.pruning, self.sparsity)

    @property
    def in_words(self) -> Text:
        """The side's settings in a few words ("int4 · greedy")."""
        return Text(zh="{weights} · {decoding}", en="{weights} · {decoding}").format(
            weights=weights_in_words(self.weights), decoding=describe(self)
        )


@dataclass(frozen=True)
class Settings:
    """`explain`: what LIME explains. `samples`: perturbed texts asked for. By default A and B differ in one thing, int4."""

    text: str = text(
        default=Text(
            zh="这家餐厅的服务不算热情，但菜的味道让人难忘",
            en="The waiters were not exactly friendly, but the food was unforgettable",
        ),
        max_chars=1000,
    )
    a: Side = side("a", Side)
    b: Side = side("b", Side, quantization="int4")
    explain: str = choice(
        Text(zh="LIME 解释什么", en="LIME explains"),
        {"positive": Text(zh="“正面”的概率", en="p(positive)"), "next": Text(zh="下一个词元", en="the next token")},
        default="positive", advanced=True,
    )  # fmt: skip
    unit: str = unit(Text(zh="LIME 的单位", en="LIME's units"), advanced=True)
    samples: int = lime_samples(default=64, low=16, high=512, step=16)
    max_tokens: int = tokens_to_generate(default=24, high=96)
    seed: int = seed()
    struck: str = struck_units()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(
        Text(zh="数字", en="Figures"),
        hint=Text(zh="蓝色 A，橙色 B；悬停看怎么量的", en="blue A, orange B; hover for how each was measured"),
    )
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="输出", en="Output"),
        hint=Text(
            zh="下划线越深，概率越高；⟂ 是与另一侧的首次分歧",
            en="the deeper the underline, the likelier; ⟂ marks where the sides diverge",
        ),
    )
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力", en="Attention"),
        hint=Text(
            zh="读原文时每层每头的注意力（不含 LIME 的提示语），点开一格看连线",
            en="every layer and head while reading the text alone, without LIME's frame; open one to see its lines",
        ),
    )
    lime: SideBySide[Attribution] | None = panel(
        Text(zh="LIME", en="LIME"),
        hint=Text(
            zh="每个词把所解释的概率推高还是压低（默认是探针的“正面”概率，不是输出）；误差条：采样的 95% 区间",
            en="what each word adds to the explained probability (by default the probe's p(positive), not the output); bars: 95% intervals of the sampling",
        ),
    )
    divergence: Ribbon | None = panel(
        Text(zh="逐词元 KL(A‖B)", en="KL(A‖B) by token"),
        hint=Text(
            zh="两边读同一段原文；以 A 为参照，B 对每个词元的预测偏离多少",
            en="both read the same text: how far B's prediction of each token is from A's, with A as the reference",
        ),
    )

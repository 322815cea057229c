"""The bench's controls: one text, and for each side what is done to the weights and to the choice of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from playground.generation.settings import Decoding, describe
from playground.lab.controls import choice, group, number, text_box
from playground.lab.text import Text
from playground.lab.variant import Variant, weights_in_words


@dataclass(frozen=True)
class Side(Decoding, Variant):
    """Everything that a side may turn: a Variant of the weights and a Decoding."""

    @property
    def weights(self) -> Variant:
        """The side's variant alone."""
        return Variant(self.quantization, self.bits, self.pruning, self.sparsity)

    @property
    def in_words(self) -> Text:
        """The side's settings in a few words ("int4 · repetition penalty 1.2")."""
        return Text(zh="{weights} · {decoding}", en="{weights} · {decoding}").format(
            weights=weights_in_words(self.weights), decoding=describe(self)
        )


@dataclass(frozen=True)
class Settings:
    """`explain`: what LIME explains. `samples`: perturbed texts asked for, for each of three seeds."""

    text: str = text_box(
        Text(zh="文本", en="Text"),
        default=Text(
            zh="这家餐厅的服务不算热情，但菜的味道让人难忘",
            en="The waiters were not exactly friendly, but the food was unforgettable",
        ),
        max_chars=1000,
    )
    a: Side = group(Text(zh="A", en="A"), Side, role="a")
    b: Side = group(Text(zh="B", en="B"), Side, role="b", quantization="int4", repetition_penalty=1.2)
    explain: str = choice(
        Text(zh="LIME 解释什么", en="LIME explains"),
        {"positive": Text(zh="“正面”的概率", en="p(positive)"), "next": Text(zh="下一个词元", en="the next token")},
        default="positive", advanced=True,
    )  # fmt: skip
    unit: str = choice(
        Text(zh="LIME 的单位", en="LIME's units"),
        {"word": Text(zh="词", en="word"), "character": Text(zh="字", en="character"), "token": Text(zh="词元", en="token")},
        default="word", advanced=True,
    )  # fmt: skip
    samples: int = number(
        Text(zh="LIME 样本数", en="LIME samples"), default=128, low=16, high=512, step=16, advanced=True
    )
    max_tokens: int = number(Text(zh="续写词元数", en="Tokens to write"), default=24, low=1, high=96, advanced=True)
    seed: int = number(Text(zh="随机种子", en="Seed"), default=0, low=0, high=2**31 - 1, advanced=True)

"""What a visitor sets: two variants of the weights, a text, and how much to write."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import group, number, text_box
from playground.lab.text import Text
from playground.lab.variant import Variant


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="文本", en="Text"),
        default=Text(
            zh="小王每天坐地铁上班，路上要花四十分钟。今天下大雨，地铁里的人比平时多了一倍，他",
            en="Every morning Anna takes the train to work, which takes forty minutes. Today it rained, the train was full, and she",
        ),
        max_chars=1000,
        help=Text(
            zh="两边读它（困惑度、KL、注意力、预填充时间），再各自续写。",
            en="Both sides read it (perplexity, KL, attention, prefill time), then write on.",
        ),
    )
    a: Variant = group(Text(zh="A", en="A"), Variant, role="a")
    b: Variant = group(Text(zh="B", en="B"), Variant, role="b", pruning="unstructured")
    max_tokens: int = number(Text(zh="续写词元数", en="Tokens to write"), default=12, low=1, high=64, advanced=True)

"""What a side does with the earlier turns once they don't all fit; knows no prompt."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number
from playground.lab.text import Label, Text

STRATEGIES: dict[str, Label] = {
    "oldest": Text(zh="删最旧的轮", en="drop oldest"),
    "window": Text(zh="只留最近几轮", en="last few turns"),
    "summary": Text(zh="旧轮写成摘要", en="summarise old"),
    "tokens": Text(zh="按词元截断", en="cut by tokens"),
}


@dataclass(frozen=True)
class Memory:
    """A strategy. `window`: how many turns "window" keeps; the other strategies don't use it."""

    strategy: str = choice(
        Text(zh="放不下时", en="When full"), STRATEGIES, default="oldest",
        help=Text(zh="删最旧的轮：从第 1 轮起整轮删去，直到放得下。摘要：被删的轮由模型自己写成一句话，连同示例最多读 1024 个词元，再多就只读其中最近的。按词元截断：只留末尾，开头的示例最先没有。",
                  en="Drop oldest: whole turns go, from turn 1, until the rest fits. Summarise: the model writes one sentence in place of those, from 1024 tokens at most, its examples included: the latest, where there are more."
                     " Cut by tokens: only the end stays, so the examples at the start go first."),
    )  # fmt: skip
    window: int = number(
        Text(zh="留几轮", en="Turns kept"), default=3, low=0, high=20, shown_when=ShownWhen("strategy", ("window",)),
    )  # fmt: skip

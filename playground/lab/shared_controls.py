"""Declares the controls that several topics have, each once: one name in each language, and what is the same in all of them.

A topic gives the default and the bounds, which are its own. Knows no topic.
"""

from __future__ import annotations

from typing import Any

from playground.lab.controls import choice, group, number, text_box
from playground.lab.text import Label, Text


def text(*, default: Text | str, max_chars: int, lines: int = 3, help: Text | None = None) -> Any:
    """Declares the text that a lab reads."""
    return text_box(Text(zh="文本", en="Text"), default=default, max_chars=max_chars, lines=lines, help=help)


# Also named in messages about the review.
REVIEW = Text(zh="你的评论", en="Your review")


def review(*, default: Text, lines: int = 3, help: Text) -> Any:
    """Declares the visitor's own review, which networks trained on other reviews classify."""
    return text_box(REVIEW, default=default, max_chars=1000, lines=lines, help=help)


def side(role: str, kind: type, **overrides: Any) -> Any:
    """Declares side "a" or "b" of a comparison, a nested dataclass; `overrides` replace its defaults."""
    return group(Text(zh=role.upper(), en=role.upper()), kind, role=role, **overrides)


# Units of a text.
UNITS: dict[str, Label] = {
    "word": Text(zh="词", en="word"),
    "character": Text(zh="字", en="character"),
    "token": Text(zh="模型词元", en="model token"),
}


def unit(
    label: Text = Text(zh="单位", en="Unit"), *, default: str = "word", advanced: bool = False, help: Text | None = None
) -> Any:
    """Declares the unit that a text is segmented into: characters, words or model tokens."""
    return choice(label, UNITS, default=default, advanced=advanced, help=help)


def tokens_to_generate(*, default: int, high: int, advanced: bool = True) -> Any:
    """Declares how many tokens a model generates, 1 to `high`."""
    label = Text(zh="生成的词元数", en="Tokens to generate")
    return number(label, default=default, low=1, high=high, advanced=advanced)


def lime_samples(
    *, default: int, low: int, high: int, step: int, advanced: bool = True, help: Text | None = None
) -> Any:
    """Declares how many perturbed texts LIME is fitted to."""
    label = Text(zh="LIME 样本数", en="LIME samples")
    return number(label, default=default, low=low, high=high, step=step, advanced=advanced, help=help)


def hidden_units(*, default: int, low: int, high: int, step: int = 1) -> Any:
    """Declares the width of a trained network's hidden layer."""
    label = Text(zh="隐藏单元", en="Hidden units")
    return number(label, default=default, low=low, high=high, step=step, advanced=True)


def training_steps(*, default: int, low: int, high: int, step: int, help: Text | None = None) -> Any:
    """Declares how many batches a network is trained on."""
    label = Text(zh="训练步数", en="Training steps")
    return number(label, default=default, low=low, high=high, step=step, advanced=True, help=help)


def epochs(*, default: int, low: int, high: int, step: int = 1, advanced: bool = True) -> Any:
    """Declares how often the training set is gone through."""
    label = Text(zh="训练轮数", en="Epochs")
    return number(label, default=default, low=low, high=high, step=step, advanced=advanced)


def seeds(*, default: int, low: int, high: int) -> Any:
    """Declares how many times a training is repeated, each with a seed of its own."""
    return number(Text(zh="种子数", en="Seeds"), default=default, low=low, high=high, advanced=True)


def seed(help: Text | None = None) -> Any:
    """Declares the seed of all randomness in a run, 0 to 2³¹ − 1."""
    return number(
        Text(zh="随机种子", en="Seed"), default=0, low=0, high=2**31 - 1, slider=False, advanced=True, help=help
    )

"""Defines the explained value of a text: a model's number as a function of texts, and as a differentiable one.

Knows no explanation method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.lab.text import Label, Text
from playground.language.units import token_name
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits

if TYPE_CHECKING:
    from playground.learning.sentiment import SentimentProbe

ValueFunction = Callable[[Sequence[str]], npt.NDArray[np.float64]]


class Remembered:
    """Caches a value function by text. `count` is the number of distinct texts computed."""

    def __init__(self, value: ValueFunction) -> None:
        self._value = value
        self._known: dict[str, float] = {}

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, map(float, self._value(new)), strict=True))
        return np.array([self._known[text] for text in texts])

    @property
    def count(self) -> int:
        return len(self._known)


@dataclass(frozen=True)
class Target:
    """One number to explain.

    `prompt(text)`: the model's input ids, and the positions of the text's own tokens; `score`: differentiable values (batch,)
    of the last token's states (batch, hidden) after `layer`; `value`: the whole computation for texts. `label` says what is explained,
    for every panel prints it: the model or a probe on it, of which layer, and whether the text is framed.
    """

    label: Label
    value: ValueFunction
    prompt: Callable[[str], tuple[list[int], range]]
    layer: int
    score: Callable[[Tensor], Tensor]


def read(lm: LanguageModel, text: str) -> tuple[list[int], range]:
    """Returns a text's token ids with the beginning-of-text token, and the positions of its own tokens; at least one token."""
    ids = lm.encode(text)
    own = len(lm.encode(text, bos=False))
    if not ids:
        # Without a beginning-of-text token, a text starts after the end-of-text token of the previous one.
        ids = [min(lm.end_ids, default=0)]
    return ids, range(len(ids) - own, len(ids))


def next_token_logits(lm: LanguageModel, text: str) -> Tensor:
    """Returns the logits (vocabulary,) of the token after a text in float32, as the value of `next_token_target`: near a tie another
    number type may have another favourite."""
    return head_logits(lm, lm.last_hidden([read(lm, text)[0]], lm.layers, precise=True)[0], precise=True)


def next_token_target(lm: LanguageModel, token: int, label: Label | None = None) -> Target:
    """Returns a target: the probability that `token` follows a text."""
    name = repr(token_name(lm, token))[1:-1]

    def score(states: Tensor) -> Tensor:
        return torch.softmax(head_logits(lm, states, precise=True), -1)[:, token]

    @torch.inference_mode()
    def value(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        states = lm.last_hidden([read(lm, text)[0] for text in texts], lm.layers, precise=True).to(lm.device)
        # 128 rows of a vocabulary of 262,144 are 134 MB in float32.
        return np.concatenate([score(rows).double().cpu().numpy() for rows in states.split(128)])

    label = label or Text(
        zh="模型自己：下一个词元是“{name}”的概率（原文，全部 {layers} 层）",
        en="the model's own probability that “{name}” comes next (bare text, all {layers} layers)",
    ).format(name=name, layers=lm.layers)
    return Target(label, Remembered(value), lambda text: read(lm, text), lm.layers, score)


def next_token_probability(lm: LanguageModel, token: int) -> ValueFunction:
    """Returns the value function of `next_token_target`."""
    return next_token_target(lm, token).value


_CLASS_NAMES = {"negative": Text(zh="负面", en="negative"), "positive": Text(zh="正面", en="positive")}


def class_target(lm: LanguageModel, probe: SentimentProbe, name: str) -> Target:
    """Returns a target: the sentiment probe's probability of a class. Raises PlaygroundError if trained on another model."""
    probe.check(lm)
    column = probe.classes.index(name)

    def score(states: Tensor) -> Tensor:
        positive = probe.probability(states)
        return positive if name == "positive" else 1 - positive

    label = Text(
        zh="探针判为“{name}”的概率（套上提示语，第 {layer} 层）",
        en="probe's probability of “{name}” (text in a prompt, layer {layer})",
    ).format(name=_CLASS_NAMES[name], layer=probe.layer)
    value = Remembered(lambda texts: probe.probabilities(lm, texts)[:, column])
    return Target(label, value, lambda text: probe.prompt(lm, text), probe.layer, score)

"""Makes a direction from two sets of sentences, continues a prompt with and without it, and measures what it does elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from playground.data import sets
from playground.explanation import steering
from playground.explanation.steering import Direction
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.models.editing import EditableModel
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits
from playground.topics.mechanisms.settings import Settings

TOKENS = 12
MOST_SENTENCE = 40
# Documents of the neutral text, by language, and their tokens.
NEUTRAL, NEUTRAL_TOKENS = 1, 48
# Strengths of the curves, times the chosen one.
SHARES = (-1.0, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Effect:
    """What one strength does. `towards`, `away`: losses (nats a token) of the sentences that the direction wasn't made of;
    `neutral`: of neutral text by language."""

    strength: float
    towards: float
    away: float
    neutral: dict[str, float]

    @property
    def perplexity(self) -> float:
        """Of the neutral text of both languages."""
        return math.exp(float(np.mean(list(self.neutral.values()))))


@dataclass(frozen=True)
class Continuation:
    """A greedy continuation: token ids without the one that ended it, and their log-probabilities."""

    ids: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    ended: bool

    def after(self, lm: LanguageModel, token: int, score: float) -> Continuation:
        """Returns the continuation with one more token, unless it has ended."""
        if self.ended or token in lm.end_ids:
            return Continuation(self.ids, self.log_probabilities, ended=True)
        return Continuation((*self.ids, token), (*self.log_probabilities, score), ended=False)


@dataclass(frozen=True)
class Sentences:
    """Token ids of the sentences that the direction is made of, and of those that judge it."""

    made: list[list[int]]
    judged: list[list[int]]


def sentences(model: EditableModel, settings: Settings, field: str) -> Sentences:
    """Returns a side's sentences: odd lines make the direction, even lines judge it. Raises PlaygroundError for fewer than two."""
    lines = [line.strip() for line in getattr(settings, field).splitlines() if line.strip()]
    if len(lines) < 2:
        name = {"towards": Text(zh="引导向", en="Steer towards"), "away": Text(zh="引导离开", en="Steer away from")}[
            field
        ]
        raise PlaygroundError(
            Text(
                zh="“{name}”至少要两行：一行造方向，另一行检验。",
                en="“{name}” needs two lines at least: one makes the direction, the other judges it.",
            ).format(name=name),
            field,
        )
    encoded = [model.lm.encode(line)[: 1 + MOST_SENTENCE] for line in lines]
    return Sentences(encoded[::2], encoded[1::2])


def direction(model: EditableModel, settings: Settings, towards: Sentences, away: Sentences) -> Direction:
    """Returns the difference of means at the chosen depth."""
    layer = min(max(round(model.lm.layers * settings.depth / 100), 1), model.lm.layers) - 1
    return steering.difference_of_means(model, towards.made, away.made, layer)


def continued(model: EditableModel, settings: Settings, made: Direction) -> tuple[Continuation, Continuation]:
    """Continues the prompt greedily without and with the direction at every position, both in one batch."""
    lm = model.lm
    rows = torch.tensor([lm.encode(settings.prompt)] * 2)
    cache, found = None, [Continuation((), (), ended=False)] * 2
    with model.editing(steering.steering(made, (0.0, settings.strength))):
        for _ in range(TOKENS):
            states, cache = lm.extend(rows, cache)
            scores, tokens = head_logits(lm, states[:, -1]).log_softmax(-1).cpu().max(-1)
            found = [
                one.after(lm, *pair)
                for one, pair in zip(found, zip(tokens.tolist(), scores.tolist(), strict=True), strict=True)
            ]
            rows = tokens[:, None]
            if all(one.ended for one in found):
                break
    return found[0], found[1]


def effects(
    model: EditableModel,
    settings: Settings,
    made: Direction,
    towards: Sequence[Sequence[int]],
    away: Sequence[Sequence[int]],
) -> Iterator[Effect]:
    """Yields the effect of each strength of the curves, a batch of sentences and one of neutral text each."""
    reach = settings.strength or 1.0
    neutral = [
        model.lm.encode(document.text)[:NEUTRAL_TOKENS]
        for language in Language
        for document in sets.documents(language)[-NEUTRAL:]
    ]
    # Adding 0.0 makes −0.0 a plain 0.
    for strength in sorted(share * reach + 0.0 for share in SHARES):
        found = steering.losses(model, [*towards, *away, *neutral], made, strength)
        sides = np.split(found, [len(towards), len(towards) + len(away)])
        by_language = dict(zip([language.value for language in Language], sides[2].tolist(), strict=True))
        yield Effect(strength, float(sides[0].mean()), float(sides[1].mean()), by_language)

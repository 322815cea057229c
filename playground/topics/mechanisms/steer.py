"""Makes a direction from two sets of sentences, continues a prompt with and without it, and measures what it does elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from playground.data import sets
from playground.explanation import steering
from playground.explanation.steering import Direction
from playground.generation.greedy import Greedy, continue_greedily
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.models.editing import EditableModel
from playground.topics.mechanisms.settings import Settings

TOKENS = 24
MOST_SENTENCE = 40
# Documents of the neutral text, by language, and their tokens.
NEUTRAL, NEUTRAL_TOKENS = 1, 48
# Strengths of the curves, times the chosen one.
SHARES = (-1.0, -0.5, 0.0, 0.5, 1.0)


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
    """A greedy continuation's token ids and log-probabilities."""

    greedy: Greedy
    ended: bool


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


def continued(model: EditableModel, settings: Settings, made: Direction, strength: float) -> Continuation:
    """Continues the prompt greedily with the direction added at every position."""
    ids = model.lm.encode(settings.prompt)[-model.lm.context // 2 :]
    with model.editing(steering.steering(made, strength)) as lm:
        ((_, greedy),) = continue_greedily(lm, None, [ids], most=TOKENS, ends=lambda token: token in lm.end_ids)
    return Continuation(greedy, len(greedy.ids) < TOKENS)


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
    for share in sorted(SHARES, key=lambda share: share * reach):
        found = steering.losses(model, [*towards, *away, *neutral], made, share * reach)
        sides = np.split(found, [len(towards), len(towards) + len(away)])
        by_language = dict(zip([language.value for language in Language], sides[2].tolist(), strict=True))
        yield Effect(share * reach, float(sides[0].mean()), float(sides[1].mean()), by_language)

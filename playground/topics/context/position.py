"""The same fact at several depths among sentences that have nothing to do with it. Knows no panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.data.sets import questions
from playground.explanation.values import ValueFunction
from playground.lab.text import Language
from playground.language.sentences import sentences
from playground.topics.context.frames import SPACE

DEPTHS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Depths:
    """A `fact` at several `depths` (share of the distractors before it: 0 first, 1 last). Of log p(answer) in nats, one
    for each depth: `mean` over the orders of the distractors, `low` the least, `high` the most; `absent`: the mean
    without the fact.
    """

    fact: str
    depths: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    absent: float

    @property
    def best(self) -> float:
        """The depth (0 first, 1 last) at which the answer is likeliest."""
        return self.depths[self.mean.index(max(self.mean))]

    @property
    def worst(self) -> float:
        """The depth at which it is least likely."""
        return self.depths[self.mean.index(min(self.mean))]

    @property
    def gap(self) -> float:
        """Nats between the two."""
        return max(self.mean) - min(self.mean)

    @property
    def band(self) -> float:
        """Nats by which the orders differ at one depth, at most."""
        return max(high - low for low, high in zip(self.low, self.high, strict=True))


def distractors(language: Language, answer: str, count: int, orders: int, seed: int) -> list[list[str]]:
    """Draws `orders` times `count` sentences of the project's own passages, none of which contains the answer."""
    passages = dict.fromkeys(item.passage for item in questions(language))
    wanted = answer.strip().casefold()
    pool = [part.text.strip() for passage in passages for part in sentences(passage)]
    pool = [one for one in pool if not wanted or wanted not in one.casefold()]
    random = np.random.default_rng(seed)
    return [[pool[int(place)] for place in random.permutation(len(pool))[:count]] for _ in range(orders)]


def placed(fact: str, among: Sequence[str], before: int, language: Language) -> str:
    """Puts the fact after the first `before` of the sentences."""
    return SPACE[language].join([*among[:before], fact, *among[before:]])


def by_depth(fact: str, among: Sequence[Sequence[str]], value: ValueFunction, language: Language) -> Depths:
    """Scores the fact at every depth, in every order of the sentences around it. Few sentences have fewer depths."""
    count = len(among[0])
    places = sorted({round(depth * count) for depth in DEPTHS})
    texts = [[placed(fact, order, place, language) for place in places] for order in among]
    without = [SPACE[language].join(order) for order in among]
    found = value([*(text for row in texts for text in row), *without])
    heights = found[: len(among) * len(places)].reshape(len(among), len(places))
    mean, low, high = (tuple(map(float, row)) for row in (heights.mean(0), heights.min(0), heights.max(0)))
    depths = tuple(place / count for place in places)
    return Depths(fact, depths, mean, low, high, float(found[len(among) * len(places) :].mean()))

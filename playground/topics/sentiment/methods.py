"""Computes p(positive) of a text by every method, and how often each is right. Knows no page."""

from __future__ import annotations

import functools
import json
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from playground.data.challenge import CATEGORIES, challenges
from playground.explanation.values import ValueFunction
from playground.lab.text import Label, Text
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import bayes, lexicon, prompted

Numbers = npt.NDArray[np.float64]
ACCURACIES = Path(__file__).with_name("accuracies.json")

METHODS: dict[str, Label] = {
    "probe": Text(zh="探针", en="probe"),
    "prompt": Text(zh="提示", en="prompted"),
    "calibrated": Text(zh="提示＋校准", en="prompted, calibrated"),
    "lexicon": Text(zh="词典", en="lexicon"),
    "bayes": Text(zh="朴素贝叶斯", en="naive Bayes"),
    "snownlp": "SnowNLP",
}
LANGUAGES = ("zh", "en")


def quick(lm: LanguageModel, texts: Sequence[str], probed: ValueFunction) -> Iterator[tuple[str, Numbers]]:
    """Yields p(positive) (texts,) by each method that answers at once. `probed`: the probe's, of this model."""
    yield "probe", probed(texts)
    answer = prompted.ask(lm, texts)
    yield "prompt", answer.raw
    yield "calibrated", answer.calibrated
    yield "lexicon", np.array([lexicon.probability(text) for text in texts])


def slow(texts: Sequence[str]) -> Iterator[tuple[str, Numbers]]:
    """Yields the same by the other methods, which are fitted or loaded once: some seconds."""
    yield "bayes", bayes.bayes(texts)
    yield "snownlp", bayes.bundled(texts)


def by_method(lm: LanguageModel, texts: Sequence[str]) -> Iterator[tuple[str, Numbers]]:
    """Yields p(positive) (texts,) by every method, in the order of METHODS."""
    yield from quick(lm, texts, lambda asked: sentiment.load().probabilities(lm, asked)[:, 1])
    yield from slow(texts)


def right(probabilities: Numbers, labels: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Returns which are on the right side of one half (texts,). Exactly one half is no answer, so it counts as wrong."""
    positive = np.asarray(labels) == 1
    return np.where(positive, probabilities > 0.5, probabilities < 0.5)


# Keyed by the weights themselves: an entry goes when the variant does. Equal weights give equal results, so a second run
# shows what the first one did.
_challenged: weakref.WeakKeyDictionary[nn.Module, dict[str, npt.NDArray[np.bool_]]] = weakref.WeakKeyDictionary()


def challenged(lm: LanguageModel) -> dict[str, npt.NDArray[np.bool_]]:
    """Returns by method which of the challenge sentences it gets right (sentences,); computed once for each variant that is cached."""
    found = _challenged.get(lm.module)
    if found is None:
        items = challenges()
        labels = [item.label for item in items]
        found = {name: right(values, labels) for name, values in by_method(lm, [item.text for item in items])}
        _challenged[lm.module] = found
    return found


@dataclass(frozen=True)
class Hits:
    """How many challenge sentences are right: `right` of `of`."""

    right: int
    of: int

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.right + other.right, self.of + other.of)


def count_hits(found: Mapping[str, npt.NDArray[np.bool_]]) -> dict[str, dict[str, dict[str, Hits]]]:
    """Counts what `challenged` found by language, category and method."""
    items = challenges()
    counted: dict[str, dict[str, dict[str, Hits]]] = {}
    for language in LANGUAGES:
        counted[language] = {}
        for category in CATEGORIES:
            chosen = [item.language == language and item.category == category for item in items]
            counted[language][category] = {
                name: Hits(int(rights[chosen].sum()), sum(chosen)) for name, rights in found.items()
            }
    return counted


@dataclass(frozen=True)
class Share:
    """An `accuracy` on `count` held-out texts with its 95 % interval from `low` to `high` (0 to 1)."""

    accuracy: float
    low: float
    high: float
    count: int

    @property
    def words(self) -> str:
        return f"{self.accuracy:.0%} [{self.low:.0%}, {self.high:.0%}]"


@functools.cache
def accuracies() -> dict[str, dict[str, Share]]:
    """Reads by method and language the accuracy on held-out texts with the base weights, as `measure` wrote it."""
    data: dict[str, Any] = json.loads(ACCURACIES.read_text(encoding="utf-8"))
    return {
        name: {language: Share(**share) for language, share in found.items()} for name, found in data["methods"].items()
    }

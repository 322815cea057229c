"""The methods beside each other: p(positive) of a text by each, and how often each is right. Knows no page."""

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

from playground.data.challenge import challenges
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
CATEGORY_NAMES = {
    "negation": Text(zh="否定", en="negation"),
    "intensifier": Text(zh="程度", en="intensifier"),
    "sarcasm": Text(zh="反讽", en="sarcasm"),
    "mixed": Text(zh="褒贬混合", en="mixed"),
    "swapped": Text(zh="一词之差", en="one word changed"),
}
LANGUAGE_NAMES = {"zh": Text(zh="中文", en="Chinese"), "en": Text(zh="英文", en="English")}


def quick(lm: LanguageModel, texts: Sequence[str], probed: ValueFunction) -> Iterator[tuple[str, Numbers]]:
    """p(positive) (texts,) by one method after the other: those that answer at once. `probed`: the probe's, of this model."""
    yield "probe", probed(texts)
    answer = prompted.ask(lm, texts)
    yield "prompt", answer.raw
    yield "calibrated", answer.calibrated
    yield "lexicon", np.array([lexicon.probability(text) for text in texts])


def slow(texts: Sequence[str]) -> Iterator[tuple[str, Numbers]]:
    """The others, which must be fitted or loaded once: some seconds."""
    yield "bayes", bayes.bayes(texts)
    yield "snownlp", bayes.bundled(texts)


def by_method(lm: LanguageModel, texts: Sequence[str]) -> Iterator[tuple[str, Numbers]]:
    """p(positive) (texts,) by every method, in the order of METHODS."""
    yield from quick(lm, texts, lambda asked: sentiment.load().probabilities(lm, asked)[:, 1])
    yield from slow(texts)


def right(probabilities: Numbers, labels: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which are on the right side of a half. Exactly a half is no answer, so it is wrong."""
    positive = np.asarray(labels) == 1
    return np.where(positive, probabilities > 0.5, probabilities < 0.5)


# Keyed by the weights themselves: an entry goes when the variant does. Equal weights give equal results, so a second run
# shows what the first one did.
_challenged: weakref.WeakKeyDictionary[nn.Module, dict[str, npt.NDArray[np.bool_]]] = weakref.WeakKeyDictionary()


def challenged(lm: LanguageModel) -> dict[str, npt.NDArray[np.bool_]]:
    """By method, which of the challenge sentences it gets right; computed once for each variant that is kept."""
    found = _challenged.get(lm.module)
    if found is None:
        items = challenges()
        labels = [item.label for item in items]
        found = {name: right(values, labels) for name, values in by_method(lm, [item.text for item in items])}
        _challenged[lm.module] = found
    return found


def hits(found: Mapping[str, npt.NDArray[np.bool_]], language: str, category: str = "") -> dict[str, tuple[int, int]]:
    """By method: how many of the challenge sentences of a language (and category) are right, and of how many."""
    chosen = [item.language == language and category in ("", item.category) for item in challenges()]
    return {name: (int(rights[chosen].sum()), sum(chosen)) for name, rights in found.items()}


@dataclass(frozen=True)
class Share:
    """A measured accuracy with its 95 % interval."""

    accuracy: float
    low: float
    high: float
    count: int

    @property
    def words(self) -> str:
        return f"{self.accuracy:.0%} [{self.low:.0%}, {self.high:.0%}]"


@functools.cache
def accuracies() -> dict[str, dict[str, Share]]:
    """By method and language: accuracy on held-out texts with the base weights, as `measure` wrote it."""
    data: dict[str, Any] = json.loads(ACCURACIES.read_text(encoding="utf-8"))
    return {
        name: {language: Share(**share) for language, share in found.items()} for name, found in data["methods"].items()
    }

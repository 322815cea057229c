"""Computes p(positive) of a text by every method, and how often each is right. Knows no page."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import nn

from playground.data.challenge import CATEGORIES, Challenge, challenges
from playground.explanation.values import ValueFunction
from playground.lab.text import Label, Text
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import bayes, lexicon, prompted

Numbers = npt.NDArray[np.float64]

METHODS: dict[str, Label] = {
    "probe": Text(zh="探针", en="probe"),
    "prompt": Text(zh="提示", en="prompted"),
    "calibrated": Text(zh="提示＋校准", en="prompted, calibrated"),
    "lexicon": Text(zh="词典", en="lexicon"),
    "bayes": Text(zh="朴素贝叶斯", en="naive Bayes"),
    "snownlp": "SnowNLP",
}
# Categories of the challenge set whose sentences come in pairs that differ by a few words and have opposite labels.
PAIRED = ("sarcasm", "swapped")


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
    """Returns which are on the right side of one half (texts,); exactly one half is no answer, see `answered`."""
    positive = np.asarray(labels) == 1
    return np.where(positive, probabilities > 0.5, probabilities < 0.5)


def answered(probabilities: Numbers) -> npt.NDArray[np.bool_]:
    """Returns for which texts (texts,) a method has an answer: exactly one half is none."""
    return np.asarray(probabilities != 0.5)


# Keyed by the weights themselves, then by language: an entry goes when the variant does. Equal weights give equal results, so a
# second run shows what the first one did.
_challenged: weakref.WeakKeyDictionary[nn.Module, dict[str, dict[str, Numbers]]] = weakref.WeakKeyDictionary()


def challenged(lm: LanguageModel, language: str) -> dict[str, Numbers]:
    """Returns by method p(positive) of a language's challenge sentences (sentences,); computed once for each variant that is cached."""
    known = _challenged.setdefault(lm.module, {})
    if language not in known:
        known[language] = dict(by_method(lm, [item.text for item in hard_sentences(language)]))
    return known[language]


def hard_sentences(language: str) -> list[Challenge]:
    """Returns the challenge sentences of a language, in file order."""
    return [item for item in challenges() if item.language == language]


@dataclass(frozen=True)
class Hits:
    """How many challenge sentences, or pairs of them, are right: `right` of `of`. `answered`: those for which there is an answer."""

    right: int
    of: int
    answered: int

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.right + other.right, self.of + other.of, self.answered + other.answered)


Counted = dict[str, dict[str, Hits]]


def count_hits(found: Mapping[str, Numbers], language: str) -> Counted:
    """Counts right sentences of a language by category and method."""
    return _count(found, language, CATEGORIES, 1)


def count_pairs(found: Mapping[str, Numbers], language: str) -> Counted:
    """Counts pairs of which both sentences are right, by category (those of PAIRED) and method."""
    return _count(found, language, PAIRED, 2)


def _count(found: Mapping[str, Numbers], language: str, categories: Sequence[str], size: int) -> Counted:
    """Counts groups of `size` sentences in file order: a group is right, or answered, where all of its sentences are."""
    items = hard_sentences(language)
    labels = np.array([item.label for item in items])
    counted: Counted = {}
    for category in categories:
        chosen = [item.category == category for item in items]
        counted[category] = {}
        for name, values in found.items():
            rights = right(values, labels)[chosen].reshape(-1, size).sum(axis=1) == size
            answers = answered(values)[chosen].reshape(-1, size).sum(axis=1) == size
            counted[category][name] = Hits(int(rights.sum()), len(rights), int(answers.sum()))
    return counted

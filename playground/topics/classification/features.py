"""Turns texts into features: TF-IDF of character n-grams or words, averaged input embeddings, prompted states. Knows no classifier.

Everything that is fitted to data, the vocabulary's weights and the scale of a dimension, is fitted to the training part alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import StandardScaler

from playground.lab.text import Language
from playground.language.segmentation import segment
from playground.language.sentence_vectors import FEW_TOKENS, average_embeddings, sentence_vectors
from playground.models.language_model import LanguageModel

Indices = NDArray[np.int64]
# Of the character n-grams; Chinese words are short.
LENGTHS = {Language.ZH: (1, 3), Language.EN: (2, 5)}
# Texts read between two reports of progress.
AT_ONCE = 64
MOST_UNITS = 6000
# Turns rows (texts, width) of raw features into those that a classifier sees.
Scaled = Callable[[Any], Any]


class Features(Protocol):
    """Features of a fixed list of texts, and the way to compute them for others."""

    raw: Any

    def fit(self, raw: Any) -> Scaled:
        """Fits what depends on data to the raw features of a training part."""
        ...

    def read(self, texts: Sequence[str]) -> Any:
        """Returns raw features of other texts."""
        ...


def units(text: str, kind: str, language: Language) -> list[str]:
    """Returns the units that TF-IDF counts, in lower case: words (jieba's for Chinese) and marks, or character n-grams.

    Chinese has no spaces, so n-grams run across words. Elsewhere they stay in a word and its borders belong to them, so that "art"
    at the start of a word isn't that of "start".
    """
    text = text.lower()
    if kind == "words":
        return [part.text for part in segment(text, "word") if not part.text.isspace()]
    low, high = LENGTHS[language]
    runs = ["".join(text.split())] if language is Language.ZH else [f" {word} " for word in text.split()]
    return [run[at : at + n] for run in runs for n in range(low, high + 1) for at in range(len(run) - n + 1)]


class TfIdf:
    """Counts of units; weighted by log(count) + 1 and the inverse document frequency in a training part, rows of length 1.

    As scikit-learn's TfidfVectorizer with sublinear_tf fitted to the training texts: a unit that they lack has no weight. At most 6,000 units
    are kept.
    """

    def __init__(self, texts: Sequence[str], kind: str, language: Language) -> None:
        self._vectorizer = CountVectorizer(analyzer=functools.partial(units, kind=kind, language=language))
        try:
            self.raw: csr_matrix = self._vectorizer.fit_transform(texts)
        except ValueError:  # no text has a unit
            self.raw = csr_matrix((len(texts), 1))

    def fit(self, raw: csr_matrix) -> Scaled:
        lines = raw.getnnz(axis=0)
        # Those in most lines, and of equals the first: thousands of units that occur once cost time and decide nothing.
        known = np.sort(np.argsort(-lines, kind="stable")[: min(MOST_UNITS, int((lines > 0).sum()))])
        weigh = TfidfTransformer(sublinear_tf=True).fit(raw[:, known])
        return lambda rows: weigh.transform(rows[:, known])

    def read(self, texts: Sequence[str]) -> csr_matrix:
        return self._vectorizer.transform(texts)


class Dense:
    """Vectors (texts, width), each dimension scaled to mean 0 and deviation 1 over a training part."""

    def __init__(self, raw: NDArray[np.float64], read: Callable[[Sequence[str]], NDArray[np.float64]]) -> None:
        self.raw, self._read = raw, read

    def fit(self, raw: NDArray[np.float64]) -> Scaled:
        scale: Scaled = StandardScaler().fit(raw).transform
        return scale

    def read(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return self._read(texts)


def embeddings(lm: LanguageModel, texts: Sequence[str]) -> NDArray[np.float64]:
    """Returns the mean input embedding (texts, hidden) of each text's tokens; no layer is run."""
    return average_embeddings(lm, texts).double().numpy()


def states(lm: LanguageModel, texts: Sequence[str]) -> Iterator[NDArray[np.float64]]:
    """Yields blocks (up to 64, hidden) of the states that predict the one word which sums the text up; in the order of texts."""
    for start in range(0, len(texts), AT_ONCE):
        block = texts[start : start + AT_ONCE]
        yield sentence_vectors(lm, block, most_tokens=FEW_TOKENS).double().numpy()

"""Naive Bayes, twice: the classifier that snownlp brings, and one fitted here to the training reviews alone. Knows no model."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline

from playground import allocator
from playground.data.reviews import reviews

_FITTING = threading.Lock()
_SEGMENTING = threading.Lock()


def bayes(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Computes p(positive) (texts,) by characters and their pairs, fitted to the training reviews; one half where it knows none."""
    pipeline = _fitted()
    positive = pipeline.predict_proba(list(texts))[:, 1]
    known = np.asarray(pipeline[0].transform(list(texts)).sum(1)).ravel() > 0
    return np.where(known, positive, 0.5)


def _fitted() -> Pipeline:
    with _FITTING:
        return _fit()


@functools.cache
def _fit() -> Pipeline:
    # Characters and their pairs need no segmenter and are hard to beat in Chinese (Wang and Manning 2012).
    features = CountVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, binary=True)
    train = reviews().train
    return make_pipeline(features, MultinomialNB()).fit([item.text for item in train], [item.label for item in train])


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Pauses the search for cycles: among the package's million tuples it takes a third of the time of reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Counts all objects as old ones, so that the new ones don't set off a search through everything at once.
        gc.freeze()
        gc.unfreeze()
        if was_on:
            gc.enable()


def bundled(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Computes p(positive) (texts,) by snownlp's own classifier. Its makers fitted it to all the reviews, the held-out ones too."""
    with _SEGMENTING, _without_collecting():
        from snownlp import seg, sentiment  # takes two seconds, so only when it is asked for

        if not seg.segger.segger.uni.samples():
            seg.segger.load(seg.data_path)
        return np.array([float(sentiment.classify(text)) if text.strip() else 0.5 for text in texts])


def _forget() -> None:
    """Empties the tables of snownlp's segmenter: they take 300 MB, and reading them again takes a second."""
    with _SEGMENTING:
        seg: Any = sys.modules.get("snownlp.seg")
        if seg is not None:
            seg.segger = type(seg.segger)()


allocator.empty_between_runs(_forget)

"""Scores pairs of texts by every method. Knows no panel.

A method that compares vectors has two variants: with the mean of its language's sentences removed, and raw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from playground.lab.text import Language
from playground.language.lexical import Collection
from playground.topics.similarity.surface import edit_similarity, jaccard, ngrams
from playground.topics.similarity.vectors import Means, Vectors, unit

STRINGS = ("characters", "edit", "tfidf", "bm25")
VECTORS = ("embeddings", "state", "alignment")
METHODS = (*STRINGS, *VECTORS)
RAW = "_raw"
# Each method, and the raw variant after the one with the mean removed.
VARIANTS = (*STRINGS, *(name + ending for name in VECTORS for ending in ("", RAW)))
Scores = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Item:
    """A text with its vectors and its language, whose mean is removed from them."""

    text: str
    language: Language
    vectors: Vectors


@dataclass(frozen=True)
class Prepared:
    """The unit vectors of an item by one variant: (hidden,), (hidden,) and (words, hidden)."""

    embedding: Tensor
    state: Tensor
    words: Tensor


def variant(method: str, centre: bool) -> str:
    """Returns the variant of a method that the setting asks for."""
    return method + RAW if method in VECTORS and not centre else method


def score_strings(pairs: Sequence[tuple[str, str]], collection: Collection, n: int) -> Scores:
    """Scores (pairs,) by the methods that need no model; the first text of a pair is BM25's query."""
    first, second = (collection.tfidf([pair[side] for pair in pairs]) for side in (0, 1))
    return {
        "characters": np.array([jaccard(ngrams(a, n), ngrams(b, n)) for a, b in pairs]),
        "edit": np.array([edit_similarity(a, b) for a, b in pairs]),
        "tfidf": (first * second).sum(1),
        "bm25": np.array([collection.bm25(a, b) for a, b in pairs]),
    }


def prepare(item: Item, means: dict[Language, Means] | None) -> Prepared:
    """Returns an item's unit vectors; `means`: what to remove first, None for the raw variant."""
    mean, read = means[item.language] if means else None, item.vectors
    return Prepared(
        unit(read.embedding, mean.embedding if mean else None),
        unit(read.state, mean.state if mean else None),
        unit(read.word_states, mean.word_state if mean else None),
    )


def score_vectors(pairs: Sequence[tuple[Item, Item]], means: dict[Language, Means]) -> Scores:
    """Scores (pairs,) by the methods that compare vectors, in both variants."""
    found: Scores = {}
    for ending, removed in (("", means), (RAW, None)):
        kept: dict[int, Prepared] = {}
        for item in (item for pair in pairs for item in pair):
            if id(item) not in kept:
                kept[id(item)] = prepare(item, removed)
        ready = [(kept[id(a)], kept[id(b)]) for a, b in pairs]
        found["embeddings" + ending] = np.array([float(a.embedding @ b.embedding) for a, b in ready])
        found["state" + ending] = np.array([float(a.state @ b.state) for a, b in ready])
        found["alignment" + ending] = np.array([max_similarity(a.words, b.words) for a, b in ready])
    return found


def max_similarity(query: Tensor, document: Tensor) -> float:
    """Returns the mean over the query's words of the largest cosine with a word of the document.

    ColBERT's late interaction (Khattab and Zaharia 2020), divided by the query's length. Not symmetric.
    """
    return float((query @ document.T).amax(1).mean())

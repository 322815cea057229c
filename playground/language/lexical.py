"""Similarity of two texts by the words they share, weighted by how rare these are in a collection: TF-IDF and BM25. Knows no model."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from playground.language.segmentation import content, segment

# Usual values (Robertson and Zaragoza 2009): how fast repeats saturate, and how far length is normalized.
K1, B = 1.5, 0.75


@functools.lru_cache(maxsize=8192)
def terms(text: str) -> tuple[str, ...]:
    """Returns the words of a text in order, lower case; jieba's words in Chinese. No stemming, no stop words."""
    return tuple(part.text.lower() for part in content(segment(text, "word")))


class Collection:
    """Document frequencies of a collection, and the two scores that use them."""

    def __init__(self, documents: Sequence[str]) -> None:
        counted = [terms(document) for document in documents]
        self._documents = len(counted)
        self._length = sum(map(len, counted)) / len(counted)
        self._containing = Counter(term for words in counted for term in set(words))
        self._tfidf = TfidfVectorizer(analyzer=terms).fit(documents)

    def idf(self, term: str) -> float:
        """Returns log(1 + (N − n + ½) / (n + ½)), n: documents that contain the term. Lucene's form, never negative."""
        containing = self._containing[term]
        return math.log(1 + (self._documents - containing + 0.5) / (containing + 0.5))

    def bm25(self, query: str, document: str) -> float:
        """Scores a document for a query. Not symmetric, and without an upper bound."""
        counts, length = Counter(terms(document)), len(terms(document))
        norm = K1 * (1 - B + B * length / self._length)
        return sum(self.idf(term) * counts[term] / (counts[term] + norm) for term in terms(query))

    def tfidf(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Returns unit TF-IDF vectors (texts, terms); a text of unknown words alone is the zero vector."""
        vectors: npt.NDArray[np.float64] = self._tfidf.transform(texts).toarray()
        return vectors

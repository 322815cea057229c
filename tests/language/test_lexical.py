"""BM25 against bm25s and by hand, TF-IDF against scikit-learn."""

from __future__ import annotations

import math

import bm25s
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from playground.language.lexical import Collection, terms


def test_bm25_is_that_of_bm25s_and_of_a_hand_computation() -> None:
    documents = ["the cat sat", "the dog sat down here", "a bird"]
    collection = Collection(documents)
    index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    index.index([list(terms(document)) for document in documents], show_progress=False)
    for query in ("the cat", "sat", "bird bird", "unknown"):
        wanted = np.zeros(3) if query == "unknown" else index.get_scores(list(terms(query)))
        found = [collection.bm25(query, document) for document in documents]
        assert found == pytest.approx(wanted.tolist(), abs=1e-5)
    # "bird" is in one of three documents; the document has 2 words, the mean is 10/3.
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert collection.bm25("bird", "a bird") == pytest.approx(idf * 1 / (1 + 1.5 * (0.25 + 0.75 * 2 / (10 / 3))))


def test_tfidf_is_scikit_learns_on_words() -> None:
    documents = ["the cat sat", "the dog sat", "房间很干净"]
    wanted = TfidfVectorizer(analyzer=lambda text: list(terms(text))).fit(documents).transform(documents).toarray()
    np.testing.assert_allclose(Collection(documents).tfidf(documents), wanted)

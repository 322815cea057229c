"""Scores the methods that need no model on all documents of the set, since one document ranks no methods. Knows no visitor's text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.data.sets import documents
from playground.evaluation.rouge import TOKENIZERS, rouge
from playground.lab.text import Language
from playground.language.parts_of_speech import content_words
from playground.language.sentences import sentences
from playground.topics.summarization.extractive import best_subset, highest, textrank

METHODS = ("lead", "textrank", "bound")
# ROUGE-1, ROUGE-2 and ROUGE-L.
KINDS = ("one", "two", "longest")
UNITS = {Language.ZH: "character", Language.EN: "word"}
# More sentences are no summary of documents that have eight, and the bound would take long.
MOST_SENTENCES = 3
_RESAMPLES = 2000


@functools.lru_cache(maxsize=1024)
def scores_of(language: Language, place: int, count: int, damping: float) -> dict[str, tuple[float, float, float]]:
    """Returns by method the F1 of ROUGE-1, 2 and L (0 to 1) on one document of the set, choosing `count` sentences."""
    one = documents(language)[place]
    parts = sentences(one.text)
    tokenize = TOKENIZERS[UNITS[language]]
    tokens, reference = [tokenize(part.text) for part in parts], tokenize(one.summary)
    ranks, _ = textrank([set(content_words(part.text)) for part in parts], damping)
    chosen = {
        "lead": range(min(count, len(parts))),
        "textrank": sorted(highest(list(ranks), count)),
        "bound": best_subset(tokens, reference, count).chosen,
    }
    found = {}
    for method, indices in chosen.items():
        scores = rouge([token for index in indices for token in tokens[index]], reference)
        found[method] = (scores.one.f1, scores.two.f1, scores.longest.f1)
    return found


@dataclass(frozen=True)
class Mean:
    """A `mean` F1 over the set with its 95% interval from `low` to `high`, from resampled documents (all 0 to 1)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class SetScores:
    """`documents` summarized in `sentences` each; `means`: by method and kind of ROUGE ("one", "two", "longest").

    `wins`, `losses`: on how many documents TextRank's ROUGE-1 is above and below the lead's.
    """

    documents: int
    sentences: int
    means: dict[str, dict[str, Mean]]
    wins: int
    losses: int


def score_set(language: Language, count: int, damping: float, checkpoint: Callable[[], None]) -> SetScores:
    """Scores each method on every document of the set and resamples the documents for the intervals."""
    count = min(count, MOST_SENTENCES)
    rows = []
    for place in range(len(documents(language))):
        checkpoint()
        rows.append(scores_of(language, place, count, damping))
    values = np.array([[row[method] for method in METHODS] for row in rows])
    # The same draw for all methods, so that their intervals speak of the same documents.
    drawn = np.random.default_rng(0).integers(0, len(rows), (_RESAMPLES, len(rows)))
    low, high = np.percentile(values[drawn].mean(1), (2.5, 97.5), axis=0)
    mean = values.mean(0)
    return SetScores(
        documents=len(rows),
        sentences=count,
        means={
            method: {
                kind: Mean(float(mean[row, column]), float(low[row, column]), float(high[row, column]))
                for column, kind in enumerate(KINDS)
            }
            for row, method in enumerate(METHODS)
        },
        wins=int((values[:, 1, 0] > values[:, 0, 0]).sum()),
        losses=int((values[:, 1, 0] < values[:, 0, 0]).sum()),
    )

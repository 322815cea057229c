"""The methods that need no model on all 40 documents of the set, since one document ranks no methods. Knows no visitor's text."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from playground.data.sets import documents
from playground.evaluation.rouge import TOKENIZERS, rouge
from playground.lab.panels import Bars, Series
from playground.lab.text import Language, Text
from playground.language.parts_of_speech import content_words
from playground.language.sentences import sentences
from playground.topics.summarization.extractive import best_subset, highest, textrank
from playground.topics.summarization.summaries import NAMES

METHODS = ("lead", "textrank", "bound")
UNITS = {Language.ZH: "character", Language.EN: "word"}
# More sentences are no summary of documents that have eight, and the bound would take long.
MOST_SENTENCES = 3
_RESAMPLES = 2000


@functools.lru_cache(maxsize=1024)
def scores_of(language: Language, place: int, count: int, damping: float) -> dict[str, tuple[float, float, float]]:
    """ROUGE-1, 2 and L F1 of each method on one document of the set, choosing `count` sentences."""
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


def bars(language: Language, count: int, damping: float, checkpoint: Callable[[], None]) -> Bars:
    """Means over the set with 95 % intervals from resampled documents, and how often TextRank beats the lead."""
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
    wins = int((values[:, 1, 0] > values[:, 0, 0]).sum())
    losses = int((values[:, 1, 0] < values[:, 0, 0]).sum())
    return Bars(
        categories=("ROUGE-1", "ROUGE-2", "ROUGE-L"),
        series=tuple(
            Series(NAMES[method], tuple(map(float, mean[row])), tuple(map(float, low[row])), tuple(map(float, high[row])))
            for row, method in enumerate(METHODS)
        ),
        y_label="F1",
        caveat=Text(
            zh="{total} 篇自写文档，各取 {count} 句；误差线为重采样文档的 95% 区间。按 ROUGE-1，TextRank 在 {wins} 篇上胜过首句法，{losses} 篇不如。文档太少，只够看趋势。",
            en="{total} documents written for the project, {count} sentences each; the bars' ends are 95 % intervals over resampled documents."
            " By ROUGE-1, TextRank beats the lead on {wins} and loses on {losses}. Too few documents for more than a tendency.",
        ).format(total=len(rows), count=count, wins=wins, losses=losses),
    )  # fmt: skip

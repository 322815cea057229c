"""Compares hidden states of a document with those of other texts: mean-pooled, any two are near 1. Writes no summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from playground.data.sets import documents
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.topics.summarization.document import Document

# Sentences whose mean is taken for what all sentences of a language share.
BACKGROUND = 16


@dataclass(frozen=True)
class Similarity:
    """Cosines of a text with the document (−1 to 1).

    `mean_pooled`: of the last layer's states, averaged. `sentence_vector`: of sentence vectors, mean-centred.
    """

    mean_pooled: float
    sentence_vector: float


def background(language: Language, text: str) -> list[str]:
    """Returns the first sentences of the set's documents, the visitor's own left out."""
    first = (sentences(one.text)[0].text for one in documents(language))
    return [one for one in first if one.strip() not in text][:BACKGROUND]


def common_part(lm: LanguageModel, document: Document) -> Tensor:
    """Computes what sentence vectors of the document's language share (hidden,): the mean over sentences of other documents."""
    return sentence_vectors(lm, background(document.language, document.text)).mean(0)


def mean_pooled(lm: LanguageModel, text: str) -> Tensor:
    """Averages the last layer's states over all tokens but the first (hidden,): the usual snippet's vector of a text."""
    ids = lm.encode(text)[: lm.context]
    return lm.hidden_states(ids)[-1][1:].mean(0) if len(ids) > 1 else lm.hidden_states(ids)[-1].mean(0)


def compare_states(
    lm: LanguageModel, document: Document, summaries: Mapping[str, str], common: Tensor
) -> dict[str, Similarity]:
    """Compares the document with each text of `summaries`, with a summary of another document and with its own words in reverse.

    Keys: those of `summaries`, then "another_summary" and "reversed". `common`: see `common_part`.
    """
    other = next(one for one in documents(document.language) if one.text != document.text)
    words = [part.text for part in segment(document.text, "word") if part.is_content]
    gap = "" if main_language(document.text) is Language.ZH else " "
    texts = {**summaries, "another_summary": other.summary, "reversed": gap.join(reversed(words))}
    # Equal texts are computed once: of a short document every method may give the whole.
    distinct = list(dict.fromkeys([document.text.strip(), *texts.values()]))
    places = [distinct.index(text) for text in texts.values()]
    means = torch.stack([mean_pooled(lm, text) for text in distinct])
    pooled = cosine_similarity(means[:1], means)[places].tolist()
    vectors = centred(sentence_vectors(lm, distinct), common)
    prompted = (vectors @ vectors[0])[places].tolist()
    return {name: Similarity(*both) for name, both in zip(texts, zip(pooled, prompted, strict=True), strict=True)}

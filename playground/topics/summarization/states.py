"""Compares hidden states of a document with those of other texts: mean-pooled, any two are near 1. Writes no summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from playground.data.sets import documents
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentence_vectors import FEW_TOKENS, centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.topics.summarization.document import Document

# Sentences whose mean is taken for what all sentences of a language share.
BACKGROUND = 8


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


def mean_pooled(lm: LanguageModel, texts: Sequence[str]) -> Tensor:
    """Averages the last layer's states over all tokens but the first (texts, hidden): the usual snippet's vectors of texts."""
    sequences = [lm.encode(text)[: lm.context] for text in texts]
    states = lm.token_states(sequences, lm.layers, most_tokens=FEW_TOKENS)
    return torch.stack([one[1:].mean(0) if len(one) > 1 else one[0] for one in states])


def compare_states(
    lm: LanguageModel, document: Document, summaries: Mapping[str, str], common: Tensor
) -> dict[str, Similarity]:
    """Compares the document with each text of `summaries`, with a summary of another document and with its own words in reverse.

    Keys: those of `summaries`, then "another_summary" and "reversed". `common` (hidden,): what sentence vectors of the language share,
    the mean over those of `background`.
    """
    other = next(one for one in documents(document.language) if one.text != document.text)
    words = [part.text for part in segment(document.text, "word") if part.is_content]
    gap = "" if main_language(document.text) is Language.ZH else " "
    texts = {**summaries, "another_summary": other.summary, "reversed": gap.join(reversed(words))}
    # Equal texts are computed once: of a short document every method may give the whole.
    distinct = list(dict.fromkeys([document.text.strip(), *texts.values()]))
    places = [distinct.index(text) for text in texts.values()]
    means = mean_pooled(lm, distinct)
    pooled = cosine_similarity(means[:1], means)[places].tolist()
    vectors = centred(sentence_vectors(lm, distinct, most_tokens=FEW_TOKENS), common)
    prompted = (vectors @ vectors[0])[places].tolist()
    return {name: Similarity(*both) for name, both in zip(texts, zip(pooled, prompted, strict=True), strict=True)}

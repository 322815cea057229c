"""Ranks chunks for a question: BM25, sentence vectors, and both by reciprocal rank fusion. Knows no answer.

The project's set gives the means that are removed from vectors, and the retrievers' recall: recorded for the embedded model, read once
for any other.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn

from playground.data.sets import Question, questions
from playground.lab.bench import Bench
from playground.lab.text import Language, Text
from playground.language.lexical import Collection, terms
from playground.language.scripts import main_language
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import Share, share
from playground.topics.question_answering import record

# Cormack, Clarke and Büttcher 2009.
RRF_K = 60
RETRIEVERS = ("bm25", "vectors", "both")
CUTOFFS = (1, 3)
_AT_ONCE = 16


def ranks(scores: Sequence[float]) -> list[int]:
    """Ranks scores from 1, the highest; equal ones share the better rank."""
    return [int(rank) for rank in rankdata([-score for score in scores], method="min")]


def fuse(*ranked: Sequence[int]) -> list[float]:
    """Adds up 1 / (60 + rank) over rankings: reciprocal rank fusion, which needs no common scale of scores."""
    return [sum(1 / (RRF_K + rank) for rank in each) for each in zip(*ranked, strict=True)]


def bm25(question: str, chunks: Sequence[str]) -> list[float]:
    """Scores chunks by BM25, their document frequencies counted over these chunks alone."""
    collection = Collection(chunks)
    return [collection.bm25(question, chunk) for chunk in chunks]


def matching_words(question: str, chunk: str) -> tuple[str, ...]:
    """Returns the question's words that a chunk has too: those that BM25 counts, in the question's order."""
    known = set(terms(chunk))
    return tuple(dict.fromkeys(word for word in terms(question) if word in known))


@dataclass(frozen=True)
class SetRetrieval:
    """What is read off the project's set once: the mean vectors (hidden,) of its questions and of its passages' sentences, and for every
    retriever the best rank, from 1, of a sentence with the answer, for each answerable question."""

    question_mean: Tensor
    sentence_mean: Tensor
    best: dict[str, tuple[int, ...]]


# Keyed by the weights: an entry goes when the model does. Nothing in it depends on a visitor's text.
_kept: weakref.WeakKeyDictionary[nn.Module, dict[Language, SetRetrieval]] = weakref.WeakKeyDictionary()


@functools.cache
def set_sentences(language: Language) -> tuple[tuple[int, str], ...]:
    """Returns every sentence of the set's passages, with the number of its passage."""
    passages = dict.fromkeys(item.passage for item in questions(language))
    return tuple((number, part.text.strip()) for number, passage in enumerate(passages) for part in sentences(passage))


def set_retrieval(lm: LanguageModel, language: Language, bench: Bench) -> SetRetrieval:
    """Returns the recorded numbers where they are the model's, else reads the set, once for a model."""
    known = _kept.setdefault(lm.module, {})
    if language not in known:
        data = record.of(lm).get("retrieval")
        known[language] = _from_record(data[language]) if data else read_set(lm, language, bench.progress)
    return known[language]


def _from_record(data: Mapping[str, Any]) -> SetRetrieval:
    question_mean, sentence_mean = (torch.tensor(data[name]) for name in ("question_mean", "sentence_mean"))
    return SetRetrieval(question_mean, sentence_mean, {name: tuple(ranked) for name, ranked in data["best"].items()})


def read_set(lm: LanguageModel, language: Language, progress: Callable[[float, Text], None]) -> SetRetrieval:
    """Reads the set's questions and sentences, and ranks the sentences of all passages for every answerable question."""
    asked, pool = questions(language), set_sentences(language)
    texts = [*(item.question for item in asked), *(text for _, text in pool)]
    read = []
    for start in range(0, len(texts), _AT_ONCE):
        progress(
            0.1 + 0.2 * start / len(texts),
            Text(zh="读句向量：{done} / {all}", en="reading sentence vectors: {done} of {all}").format(
                done=start, all=len(texts)
            ),
        )
        read.append(sentence_vectors(lm, texts[start : start + _AT_ONCE]))
    vectors = torch.cat(read)
    own, others = vectors[: len(asked)], vectors[len(asked) :]
    near = centred(own, own.mean(0)) @ centred(others, others.mean(0)).T
    collection = Collection([text for _, text in pool])
    passages = list(dict.fromkeys(item.passage for item in asked))
    best: dict[str, list[int]] = {name: [] for name in RETRIEVERS}
    for number, item in enumerate(asked):
        if not item.answers:
            continue
        home = passages.index(item.passage)
        right = [at for at, (passage, text) in enumerate(pool) if passage == home and has_answer(text, item)]
        by_words = ranks([collection.bm25(item.question, text) for _, text in pool])
        by_vectors = ranks(near[number].tolist())
        by_both = ranks(fuse(by_words, by_vectors))
        for name, ranked in zip(RETRIEVERS, (by_words, by_vectors, by_both), strict=True):
            best[name].append(min(ranked[at] for at in right))
    return SetRetrieval(own.mean(0), others.mean(0), {name: tuple(ranked) for name, ranked in best.items()})


def has_answer(sentence: str, item: Question) -> bool:
    """Whether a sentence has one of the accepted answers."""
    return any(answer in sentence for answer in item.answers)


def cosines(lm: LanguageModel, question: str, chunks: Sequence[str], bench: Bench) -> list[float]:
    """Returns the cosine of the question with every chunk, each after its language's mean is removed: questions' and sentences' apart."""
    means = {language: set_retrieval(lm, language, bench) for language in {main_language(one) for one in (question, *chunks)}}  # fmt: skip
    read = sentence_vectors(lm, [question, *chunks])
    asked = centred(read[:1], means[main_language(question)].question_mean)
    own = torch.stack([means[main_language(chunk)].sentence_mean for chunk in chunks])
    return [float(value) for value in (centred(read[1:], own) @ asked.T)[:, 0]]


# ---- how good the retrievers are, on the project's set


@dataclass(frozen=True)
class Recall:
    """`share`: how often a sentence with the answer is among the first `cutoff` of all the set's sentences, as
    `retriever` ranks them.
    """

    retriever: str
    cutoff: int
    share: Share


def recalls(found: SetRetrieval) -> tuple[Recall, ...]:
    """Counts recall by retriever and cutoff, on the answerable questions, among the sentences of all passages."""
    return tuple(
        Recall(name, cutoff, share(np.array(found.best[name]) <= cutoff)) for name in RETRIEVERS for cutoff in CUTOFFS
    )

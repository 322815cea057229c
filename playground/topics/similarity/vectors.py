"""Vectors of sentences from the language model: averaged input embeddings, the prompted state, and one state per word. Knows no score.

What doesn't depend on a visitor's text is read once per model and layer and kept.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from playground.lab.bench import Bench
from playground.lab.text import Language, Text
from playground.language.sentence_vectors import average_embedding, read_sentences
from playground.models.language_model import LanguageModel
from playground.topics.similarity.sentences import background, pool, reworded

# Sentences read between two reports of progress. Of more, those in a batch are of more equal length; every run reads 320, five times as many.
_AT_ONCE = 64


@dataclass(frozen=True)
class Vectors:
    """Raw vectors of one text: `embedding` and `state` (hidden,), `words` and their `word_states` (words, hidden)."""

    embedding: Tensor
    state: Tensor
    words: tuple[str, ...]
    word_states: Tensor


@dataclass(frozen=True)
class Means:
    """The means of a language's background sentences, each (hidden,)."""

    embedding: Tensor
    state: Tensor
    word_state: Tensor


class Reader:
    """Reads texts at one layer of one model, each at most once in the life of the model if it isn't a visitor's."""

    def __init__(self, lm: LanguageModel, layer: int, bench: Bench) -> None:
        self._lm, self._layer, self._bench = lm, layer, bench

    def own(self, texts: Sequence[str]) -> list[Vectors]:
        """Reads a visitor's texts, which aren't kept."""
        return _read(self._lm, texts, self._layer)

    def known(self, language: Language, count: int) -> dict[str, Vectors]:
        """Returns the first `count` sentences of a language's pool, which are kept with the model."""
        return self._keep("pool", language, pool(language), count)

    def reworded(self, language: Language) -> dict[str, Vectors]:
        """Returns the challenge set's reworded sentences, which are kept with the model."""
        texts = reworded(language)
        return self._keep("reworded", language, texts, len(texts))

    def _keep(self, name: str, language: Language, texts: tuple[str, ...], count: int) -> dict[str, Vectors]:
        """Reads the first `count` texts, always in the same groups, so that a result doesn't depend on what was read before."""
        with _LOCK:
            kept = _kept.setdefault(self._lm.module, {}).setdefault((self._layer, language, name), {})
        wanted = texts[:count]
        for start in range(0, len(wanted), _AT_ONCE):
            if texts[start] not in kept:
                self._bench.progress(
                    start / len(wanted),
                    Text(zh="读句子：{done} / {all}", en="reading sentences: {done} of {all}").format(
                        done=start, all=len(wanted)
                    ),
                )
                group = texts[start : start + _AT_ONCE]
                kept.update(zip(group, _read(self._lm, group, self._layer), strict=True))
        return {text: kept[text] for text in wanted}

    def means(self, language: Language) -> Means:
        """Returns the means of the background sentences of a language."""
        read = list(self.known(language, len(background(language))).values())
        return Means(
            torch.stack([one.embedding for one in read]).mean(0),
            torch.stack([one.state for one in read]).mean(0),
            torch.cat([one.word_states for one in read]).mean(0),
        )


_LOCK = threading.Lock()
_kept: weakref.WeakKeyDictionary[nn.Module, dict[tuple[int, Language, str], dict[str, Vectors]]] = (
    weakref.WeakKeyDictionary()
)


def _read(lm: LanguageModel, texts: Sequence[str], layer: int) -> list[Vectors]:
    return [
        Vectors(average_embedding(lm, text), read.vector, read.words, read.states)
        for text, read in zip(texts, read_sentences(lm, texts, layer), strict=True)
    ]


def unit(vectors: Tensor, mean: Tensor | None) -> Tensor:
    """Normalizes vectors (…, hidden) to length 1, after subtracting `mean` if there is one."""
    return normalize(vectors if mean is None else vectors - mean, dim=-1)

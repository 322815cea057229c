"""Classifies by vectors: the label whose vector is most like the text's. No prompt, no template, no training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from playground.language.sentence_vectors import average_embeddings, centred, sentence_vectors
from playground.models.language_model import LanguageModel

Numbers = NDArray[np.float64]
# Cosines have no scale of probabilities: this one only spreads them for the eye and changes no answer.
TEMPERATURE = 0.1


def vector_logs(lm: LanguageModel, texts: Sequence[str], words: Sequence[Sequence[str]], kind: str) -> Numbers:
    """Returns the log softmax of cosines over a temperature (texts, classes).

    `words`: each class's, of which the nearest counts. `kind`: "average" (input embeddings) or "state" (prompted states). Texts and words are
    each centred by their own mean, since what all texts share says nothing of a class.
    """
    embed = average_embeddings if kind == "average" else sentence_vectors
    names = [word for own in words for word in own]
    inputs, targets = embed(lm, texts), embed(lm, names)
    cosines = (centred(inputs, inputs.mean(0)) @ centred(targets, targets.mean(0)).T).double().numpy()
    ends = np.cumsum([len(own) for own in words])
    best = np.stack([cosines[:, end - len(own) : end].max(1) for own, end in zip(words, ends, strict=True)], 1)
    return np.asarray(log_softmax(best / TEMPERATURE, axis=1))

"""Measures how far the states of each layer tell the language of a sentence. Knows no panel.

A linear probe that succeeds shows that the language can be read, not that the model uses it. Removing both means leaves
nothing for a linear probe to find in the training part (Belrose et al. 2023, LEACE); curved borders may still find it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.svm import SVC
from torch import Tensor

from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap_mean
from playground.topics.multilingual.findings import Neutrality, Probed

FOLDS = 4


def mean_states(lm: LanguageModel, texts: Sequence[str]) -> Tensor:
    """Returns the mean state of each text's own tokens at every layer, (layers + 1, texts, hidden), float32."""
    own = [lm.encode(text, bos=False) for text in texts]
    ids = [lm.encode(text) for text in texts]
    states = torch.empty(lm.layers + 1, len(texts), lm.hidden_size)
    for batch, hidden in lm.hidden_batches(ids):
        for row, index in enumerate(batch):
            end = len(ids[index])
            states[:, index] = hidden[:, row, end - len(own[index]) : end].float().mean(1).cpu()
    return states


def probe_layers(
    chinese: Tensor, english: Tensor, seed: int, on_layer: Callable[[int], None] = lambda layer: None
) -> Neutrality:
    """Probes every layer; states (layers + 1, pairs, hidden) of both languages, in the same order of pairs.

    Cross-validated in FOLDS parts; the two sentences of a pair are in the same part, so that no probe has seen their content.
    """
    pairs = chinese.shape[1]
    folds = np.array_split(np.random.default_rng(seed).permutation(pairs), FOLDS)
    rows = []
    for layer, (zh, en) in enumerate(zip(chinese.numpy(), english.numpy(), strict=True)):
        on_layer(layer)
        rows.append(_probe(zh, en, folds))
    before, after, curved = (
        tuple(Probed(float(right.mean()), *bootstrap_mean(right, seed)) for right in kind)
        for kind in zip(*rows, strict=True)
    )
    return Neutrality(pairs, before, after, curved)


def _probe(
    chinese: NDArray[np.float32], english: NDArray[np.float32], folds: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.float64], ...]:
    """Returns the right part of each pair's two sentences (0, 0.5 or 1), by linear, centred linear and centred curved probe."""
    right = np.zeros((3, len(chinese)))
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(chinese)), fold)
        train, test = ([side[part] for side in (chinese, english)] for part in (rest, fold))
        means = [side.mean(0) for side in train]
        pooled = np.concatenate(train)
        scale = pooled.std(0) + 1e-6
        raw = [[(side - pooled.mean(0)) / scale for side in part] for part in (train, test)]
        centred = [[(side - mean) / scale for side, mean in zip(part, means, strict=True)] for part in (train, test)]
        answers = np.repeat([0, 1], len(rest))
        for kind, (probe, (seen, held_out)) in enumerate(
            [(RidgeClassifier(alpha=100.0), raw), (RidgeClassifier(alpha=100.0), centred), (SVC(), centred)]
        ):
            probe.fit(np.concatenate(seen), answers)
            found = probe.predict(np.concatenate(held_out)).reshape(2, -1)
            right[kind, fold] = (found == [[0], [1]]).mean(0)
    return tuple(right)

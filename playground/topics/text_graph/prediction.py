"""Runs every method on one split of the links. Knows neither text nor time: which links may be seen is the split's affair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from playground.models.language_model import LanguageModel
from playground.topics.text_graph.convolution import Trained, normalised, raw, train
from playground.topics.text_graph.links import (
    Score,
    Split,
    adamic_adar,
    common_neighbours,
    matched_negatives,
    preferential_attachment,
    score,
)

Numbers = NDArray[np.float64]
MOST_FEATURES = 64
NEIGHBOURHOOD: dict[str, Callable[[Numbers], Numbers]] = {
    "common": common_neighbours,
    "adamic": adamic_adar,
    "preferential": preferential_attachment,
}


def one_hot(count: int) -> Numbers:
    """Returns features that say nothing but which node it is."""
    return np.eye(count)


def embeddings(lm: LanguageModel, words: tuple[str, ...]) -> Numbers:
    """Returns the model's input embeddings of each word (words, up to 64): token vectors averaged, centred, PCA, unit length. No forward pass."""
    table = lm.module.get_input_embeddings()
    rows = []
    with torch.no_grad():
        for word in words:
            ids = lm.encode(word, bos=False) or [0]
            rows.append(table(torch.tensor(ids, device=lm.device)).float().mean(0).cpu())
    found = torch.stack(rows).double().numpy()
    return unit(principal(found, MOST_FEATURES))


def principal(rows: Numbers, width: int) -> Numbers:
    """Returns the rows' principal components (rows, ≤ width), signs fixed so that the largest entry of each is positive."""
    centred = rows - rows.mean(0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    found = (left * size)[:, :width]
    signs = np.sign(found[np.abs(found).argmax(0), np.arange(found.shape[1])])
    return np.asarray(found * np.where(signs == 0, 1, signs))


def unit(rows: Numbers) -> Numbers:
    """Scales rows to length 1; a row of zeros stays."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


@dataclass(frozen=True)
class Predicted:
    """The scores of the methods so far, and the trained network once there is one."""

    scores: dict[str, Score]
    trained: Trained | None = None


def predict(
    split: Split,
    features: Numbers,
    *,
    words_known: bool,
    ablation: bool,
    epochs: int,
    seeds: int,
    seed: int,
    heard: Callable[[str, int], None],
    checkpoint: Callable[[], None] = lambda: None,
) -> Iterator[Predicted]:
    """Yields the neighbourhood's scores first, then the graph convolution's, then with `ablation` those without normalisation and self-loops.

    `words_known`: the features are vectors of words, so that their cosine alone is a method, with no graph. `checkpoint`: called
    while scoring, at every link and method.
    """
    reference = [common_neighbours(split.seen)]
    matched = matched_negatives(split, checkpoint)

    def scored(runs: list[Numbers]) -> Score:
        checkpoint()
        return score(runs, split, matched, seed, reference)

    found = {
        "common": score(reference, split, matched, seed),
        **{name: scored([method(split.seen)]) for name, method in NEIGHBOURHOOD.items() if name != "common"},
    }
    if words_known:
        found["cosine"] = scored([features @ features.T])
    yield Predicted(dict(found))
    trained = train(
        split.seen, features, epochs=epochs, seeds=seeds, seed=seed, prepare=normalised,
        heard=lambda epoch: heard("gcn", epoch),
    )  # fmt: skip
    found["gcn"] = scored(trained.scores)
    yield Predicted(dict(found), trained)
    if ablation:
        without = train(
            split.seen, features, epochs=epochs, seeds=seeds, seed=seed, prepare=raw,
            heard=lambda epoch: heard("raw", epoch),
        )  # fmt: skip
        found["raw"] = scored(without.scores)
        yield Predicted(dict(found), trained)

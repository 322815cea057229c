"""Gives the reviews of a run as points: a pool to draw labels from, and a held-out part. Knows no learner and no panel.

A point is the mean of a review's input embeddings, reduced by principal components of the pool (no label is used) and set to one length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.domain_reviews import domain_reviews
from playground.data.domains import DOMAINS
from playground.lab.text import Language
from playground.language.sentence_vectors import Embed, average_embeddings, kept_embeddings
from playground.models.language_model import LanguageModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIMENSIONS = 50
# Of unit vectors a softmax with the usual penalty is never sure; at this length its confidence uses the whole range.
LENGTH = 4.5
BLOCK = 200
SENTIMENTS = ("negative", "positive")
CLASSES = {"domain": tuple(map(str, DOMAINS)), "sentiment": SENTIMENTS}


@dataclass(frozen=True)
class Pool:
    """Texts with features (texts, dimensions) and labels (texts,); the same of the held-out part. `classes`: names by label.

    `mean` (hidden,) and `axes` (hidden, dimensions) place further vectors among the features.
    """

    texts: tuple[str, ...]
    features: Floats
    labels: Ints
    held_out: Floats
    held_out_labels: Ints
    held_out_texts: tuple[str, ...]
    classes: tuple[str, ...]
    mean: Floats
    axes: Floats

    def place(self, vectors: Floats) -> Floats:
        """Returns features (texts, dimensions) of vectors (texts, hidden)."""
        return scaled((vectors - self.mean) @ self.axes)


@dataclass(frozen=True)
class Start:
    """What a seed begins with: pool rows with a label, the labels given (some wrong on purpose), and all other rows."""

    rows: Ints
    given: Ints
    rest: Ints


def read_pool(lm: LanguageModel, language: Language, task: str, count: int, tell: Callable[[int], None]) -> Pool:
    """Embeds the first `count` reviews for training, or all that there are, and all held-out ones. `tell(texts done)` may raise."""
    parts = domain_reviews(language)
    items = (*parts.training[:count], *parts.held_out)
    vectors = embed(lm, [item.text for item in items], tell, kept_embeddings)
    classes = CLASSES[task]
    labels = np.array(
        [classes.index(item.domain) if task == "domain" else item.label for item in items], dtype=np.int64
    )
    size = len(items) - len(parts.held_out)
    mean, axes = principal_axes(vectors[:size])
    features = scaled((vectors - mean) @ axes)
    return Pool(
        tuple(item.text for item in items[:size]), features[:size], labels[:size], features[size:], labels[size:],
        tuple(item.text for item in parts.held_out), classes,
        mean, axes,
    )  # fmt: skip


def embed(
    lm: LanguageModel, texts: list[str], tell: Callable[[int], None], means: Embed = average_embeddings
) -> Floats:
    """Returns mean input embeddings (texts, hidden); `tell(texts done)` is called before every block and may raise."""
    blocks = []
    for start in range(0, len(texts), BLOCK):
        tell(start)
        blocks.append(means(lm, texts[start : start + BLOCK]).numpy().astype(np.float64))
    return np.concatenate(blocks)


def principal_axes(vectors: Floats) -> tuple[Floats, Floats]:
    """Returns the mean (hidden,) and up to DIMENSIONS principal axes (hidden, dimensions), signs fixed."""
    mean = vectors.mean(0)
    centred = vectors - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, : min(DIMENSIONS, len(vectors) - 1)]
    largest = np.abs(axes).argmax(0)
    return mean, axes * np.sign(axes[largest, np.arange(axes.shape[1])])


def scaled(points: Floats) -> Floats:
    """Sets every row to LENGTH."""
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.maximum(lengths, 1e-12) * LENGTH)


def draw(labels: Ints, count: int, noise: float, seed: int) -> Start:
    """Draws `count` rows, the classes in turn as long as each lasts, and gives a share of `noise` of them another class's label."""
    random = np.random.default_rng(seed)
    shuffled = [random.permutation(np.flatnonzero(labels == name)) for name in np.unique(labels)]
    in_turn = [rows[at] for at in range(max(map(len, shuffled))) for rows in shuffled if at < len(rows)]
    rows = np.array(in_turn[:count], dtype=np.int64)
    given = labels[rows].copy()
    wrong = random.permutation(len(rows))[: round(noise * len(rows))]
    classes = int(labels.max()) + 1
    given[wrong] = (given[wrong] + random.integers(1, classes, len(wrong))) % classes
    return Start(rows, given, np.setdiff1d(np.arange(len(labels)), rows))

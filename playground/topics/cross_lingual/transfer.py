"""Trains a linear classifier of sentiment on one language's reviews and tests it on the other. Knows no model and no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import RidgeClassifierCV
from torch import Tensor

from playground.lab.text import Language
from playground.statistics.intervals import Share, bootstrap_mean, share
from playground.topics.cross_lingual.alignment import unit
from playground.topics.cross_lingual.space import EN, ZH, Space, rotation_of

Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
# Strengths of the ridge; leave-one-out on the training labels chooses, in closed form.
STRENGTHS = (0.01, 0.1, 1.0, 10.0)
FEW = 16


@dataclass(frozen=True)
class Part:
    """Raw states of reviews at every layer (reviews, layers + 1, hidden), and their labels (reviews,)."""

    states: Tensor
    labels: Labels


@dataclass(frozen=True)
class Data:
    """The reviews of one language to train and to test on."""

    train: Part
    test: Part


@dataclass(frozen=True)
class Row:
    """One way to get a classifier for the target language.

    `tested`: the language of its test reviews. `accuracy` there. `against`: less the accuracy of the baseline trained on all
    target labels, on the same reviews (-1 to 1), with its paired bootstrap interval `low` to `high`; None where it is the
    baseline or isn't tested on the target.
    """

    tested: Language
    accuracy: Share
    against: float | None = None
    low: float | None = None
    high: float | None = None


def fit(features: Numbers, labels: Labels) -> RidgeClassifierCV:
    """Fits a ridge classifier; its `best_score_` is minus the leave-one-out squared error on these labels."""
    return RidgeClassifierCV(alphas=STRENGTHS).fit(features, labels)


def features_of(part: Part, mean: Tensor | None, layer: int, rotation: Tensor | None = None) -> Numbers:
    """Returns unit vectors (reviews, hidden) of a layer, the mean subtracted, rotated if given."""
    vectors = unit(part.states[:, layer], mean)
    found: Numbers = (vectors if rotation is None else vectors @ rotation).double().numpy()
    return found


def mean_of(part: Part, layer: int, removed: bool) -> Tensor | None:
    """Returns the mean of a language's training reviews; their labels aren't needed for it."""
    return part.states[:, layer].float().mean(0) if removed else None


def choose_layer(source: Data, removed: bool, tell: Callable[[], None] = lambda: None) -> int:
    """Returns the layer, above the embedding, with the least leave-one-out error on the source labels. No target label is used.

    `tell` is called before each layer.
    """
    scores = {}
    for layer in range(1, source.train.states.shape[1]):
        tell()
        mean = mean_of(source.train, layer, removed)
        scores[layer] = float(fit(features_of(source.train, mean, layer), source.train.labels).best_score_)
    return max(scores, key=lambda layer: scores[layer])


def zero_shot(
    source: Data, target: Data, layer: int, removed: bool, rotation: Tensor | None = None
) -> npt.NDArray[np.bool_]:
    """Returns which target test reviews a classifier of source labels alone gets right. `rotation`: maps target features."""
    model = fit(features_of(source.train, mean_of(source.train, layer, removed), layer), source.train.labels)
    found = model.predict(features_of(target.test, mean_of(target.train, layer, removed), layer, rotation))
    return np.asarray(found == target.test.labels)


def in_language(data: Data, layer: int, removed: bool) -> npt.NDArray[np.bool_]:
    """Returns which test reviews a classifier of the same language's labels gets right."""
    return zero_shot(data, data, layer, removed)


def with_target_labels(
    source: Data | None, target: Data, layer: int, removed: bool, count: int
) -> npt.NDArray[np.bool_]:
    """Returns which target test reviews are right with the first `count` target labels, beside all of the source if given."""
    mean = mean_of(target.train, layer, removed)
    features, labels = features_of(target.train, mean, layer)[:count], target.train.labels[:count]
    if source is not None:
        own = features_of(source.train, mean_of(source.train, layer, removed), layer)
        features, labels = np.concatenate([own, features]), np.concatenate([source.train.labels, labels])
    return np.asarray(fit(features, labels).predict(features_of(target.test, mean, layer)) == target.test.labels)


def rotation_to_source(
    pairs: Mapping[Language, Tensor], target: Language, layer: int, removed: bool, kind: str
) -> Tensor | None:
    """Fits the map of the target's vectors onto the source's on raw states of pairs (pairs, layers + 1, hidden)."""
    rotation = rotation_of({one: states[:, layer] for one, states in pairs.items()}, Space(removed, kind))
    return rotation if rotation is None or target is EN else rotation.T


# The rows in the order of the labels they need; the baseline is all target labels.
ROWS = ("source", "raw", "removed", "rotated", "few", "source_few", "baseline", "both")


def compare(
    data: Mapping[Language, Data],
    pairs: Mapping[Language, Tensor],
    source: Language,
    layer: int,
    kind: str,
    removed: bool,
    seed: int,
) -> dict[str, Row]:
    """Trains and tests every way of ROWS. Few-shot rows and the baselines remove the mean if `removed`."""
    target = EN if source is ZH else ZH
    own, other = data[source], data[target]
    count = len(other.train.labels)
    rotation = rotation_to_source(pairs, target, layer, True, kind if kind != "none" else "near")
    rights = {
        "source": in_language(own, layer, removed),
        "raw": zero_shot(own, other, layer, False),
        "removed": zero_shot(own, other, layer, True),
        "rotated": zero_shot(own, other, layer, True, rotation),
        "few": with_target_labels(None, other, layer, removed, FEW),
        "source_few": with_target_labels(own, other, layer, removed, FEW),
        "baseline": in_language(other, layer, removed),
        "both": with_target_labels(own, other, layer, removed, count),
    }
    return {name: row_of(name, rights[name], rights["baseline"], source, target, seed) for name in ROWS}


def row_of(
    name: str,
    rights: npt.NDArray[np.bool_],
    baseline: npt.NDArray[np.bool_],
    source: Language,
    target: Language,
    seed: int,
) -> Row:
    """Counts a way's hits, and compares them with the baseline's review by review."""
    if name == "source":
        return Row(source, share(rights))
    if name == "baseline":
        return Row(target, share(rights))
    differences = rights.astype(float) - baseline.astype(float)
    return Row(target, share(rights), float(differences.mean()), *bootstrap_mean(differences, seed))


@dataclass(frozen=True)
class LayerAccuracy:
    """Accuracies at one layer. `source`: in the source language; `zero_shot`: on the target; `baseline`: the target's
    own.
    """

    source: Share
    zero_shot: Share
    baseline: Share


def transfer_by_layer(
    data: Mapping[Language, Data], source: Language, removed: bool, layers: Sequence[int]
) -> list[LayerAccuracy]:
    """Trains and tests at every layer, without a rotation."""
    own, other = data[source], data[EN if source is ZH else ZH]
    return [
        LayerAccuracy(
            share(in_language(own, layer, removed)),
            share(zero_shot(own, other, layer, removed)),
            share(in_language(other, layer, removed)),
        )
        for layer in layers
    ]

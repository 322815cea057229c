"""Turns predicted probabilities into scores: of a method, of two against each other, of the surest answers. Knows no method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from playground.evaluation.classification import classify
from playground.statistics.intervals import bootstrap_mean, resampled_counts, share
from playground.statistics.paired import holm, mcnemar, paired_examples_needed
from playground.topics.classification.features import Indices
from playground.topics.classification.findings import Answered, Covered, Ends, Gap, Method

Numbers = NDArray[np.float64]
RESAMPLES = 500
# Shares of the lines that the abstention curve answers; fewer than this many lines have no accuracy worth drawing.
COVERAGES = tuple(np.round(np.arange(0.1, 1.01, 0.05), 2).tolist())
LEAST_ANSWERED = 5


def judge(probabilities: Numbers, labels: Indices, unspoiled: Indices, classes: Sequence[str], seed: int) -> Method:
    """Scores class probabilities (lines, classes) against labels (lines,)."""
    predicted = probabilities.argmax(1)
    resamples = _confusions(labels, predicted, len(classes), seed)
    hits, gold, guessed = np.diagonal(resamples, axis1=1, axis2=2), resamples.sum(2), resamples.sum(1)
    # Precision, recall and F1, each (resamples, classes).
    by_class = [_ratio(hits, guessed), _ratio(hits, gold), _ratio(2 * hits, gold + guessed)]
    macro = [_ends(one.mean(1)) for one in by_class]
    weighted = [_ends((one * gold).sum(1) / len(labels)) for one in by_class]
    return Method(
        accuracy=share(predicted == labels),
        scores=classify([classes[place] for place in labels], [classes[place] for place in predicted], classes),
        f1=tuple(_ends(one) for one in by_class[2].T),
        averaged={"macro": (macro[0], macro[1], macro[2]), "weighted": (weighted[0], weighted[1], weighted[2])},
        confidence=float(probabilities.max(1).mean()),
        unspoiled=share(predicted == unspoiled),
    )


def _confusions(labels: Indices, predicted: Indices, classes: int, seed: int) -> Numbers:
    """Returns counts (resamples, given, predicted) of resampled lines; the resamples are those of `bootstrap`."""
    cells = np.zeros((len(labels), classes**2))
    cells[np.arange(len(labels)), labels * classes + predicted] = 1
    return (resampled_counts(len(labels), seed, RESAMPLES) @ cells).reshape(RESAMPLES, classes, classes)


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    """Divides, 0 where nothing was counted, as scikit-learn does."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _ends(values: Numbers) -> Ends:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def cover(probabilities: Numbers, labels: Indices) -> tuple[Covered, ...]:
    """Returns how many of the surest answers are right, by the share answered; of equally sure ones those that come first."""
    order = np.argsort(-probabilities.max(1), kind="stable")
    right = (probabilities.argmax(1) == labels)[order]
    counts = sorted({int(np.ceil(covered * len(right) - 1e-9)) for covered in COVERAGES})
    return tuple(
        Covered(count / len(right), share(right[:count]))
        for count in counts
        if count >= min(LEAST_ANSWERED, len(right))
    )


def abstain(probabilities: Numbers, labels: Indices, unrelated: Numbers, threshold: float) -> Answered:
    """Counts answers whose probability reaches the threshold, among the lines and among unrelated texts (texts, classes)."""
    sure = probabilities.max(1) >= threshold
    right = (probabilities.argmax(1) == labels)[sure]
    return Answered(share(sure), share(right), share(unrelated.max(1) >= threshold))


def compare(rights: Mapping[str, Mapping[int, bool]], seed: int) -> tuple[Gap, ...]:
    """Compares every two methods by whether each is right (by line), on the lines that both judged; who has more right is `better`."""
    found = []
    for first, second in combinations(rights, 2):
        both = [line for line in rights[first] if line in rights[second]]
        right = {name: np.array([rights[name][line] for line in both]) for name in (first, second)}
        better, worse = (second, first) if right[second].sum() > right[first].sum() else (first, second)
        a, b = right[better], right[worse]
        only_a, only_b, count = int((a & ~b).sum()), int((b & ~a).sum()), len(a)
        low, high = bootstrap_mean(a.astype(float) - b.astype(float), seed, RESAMPLES)
        needed = paired_examples_needed(only_a / count, only_b / count)
        found.append(Gap(better, worse, count, only_a, only_b, low, high, mcnemar(only_a, only_b), needed))
    adjusted = holm([gap.adjusted for gap in found])
    return tuple(
        Gap(gap.better, gap.worse, gap.count, gap.only_better, gap.only_worse, gap.low, gap.high, p, gap.needed)
        for gap, p in zip(found, adjusted, strict=True)
    )


def spoil(labels: Indices, classes: int, part: float, seed: int) -> Indices:
    """Returns the labels (lines,) with that part of them exchanged for another class, both at random."""
    random = np.random.default_rng([seed, 1])
    chosen = random.permutation(len(labels))[: round(part * len(labels))]
    spoiled = labels.copy()
    spoiled[chosen] = (labels[chosen] + random.integers(1, classes, len(chosen))) % classes
    return spoiled


def spread(folds: Indices, count: int, seed: int) -> Indices:
    """Returns up to `count` line indices in order, drawn in turn from every fold."""
    random = np.random.default_rng([seed, 2])
    own = [random.permutation(np.flatnonzero(folds == fold)) for fold in range(int(folds.max()) + 1)]
    turns = [int(lines[turn]) for turn in range(max(map(len, own))) for lines in own if turn < len(lines)]
    return np.sort(np.array(turns[:count], dtype=np.int64))

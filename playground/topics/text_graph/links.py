"""Predicts which pairs will be linked: the split in time, the split that leaks, scores of the neighbourhood, AUC and average precision.

Knows no text and no network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.statistics.intervals import bootstrap_mean, resampled_counts

Numbers = NDArray[np.float64]
Pairs = NDArray[np.int64]
# With fewer new links an AUC is a coin toss: no number is given.
LEAST_LINKS = 8
PRECISION_RESAMPLES = 300


@dataclass(frozen=True)
class Split:
    """What may be seen, and what is asked. `seen` (nodes, nodes): weights of the links that a method may use.

    `positives` (pairs, 2): links that don't exist in `seen` and come true. `negatives` (pairs, 2): pairs that are never linked.
    """

    seen: Numbers
    positives: Pairs
    negatives: Pairs


def split_in_time(past: Numbers, whole: Numbers) -> Split:
    """Sees the past; asks for pairs first linked after it. `past`, `whole`: weights over the nodes that the past mentions."""
    upper = np.triu(np.ones_like(past, dtype=bool), 1)
    return Split(past, np.argwhere(upper & (past == 0) & (whole > 0)), np.argwhere(upper & (whole == 0) & (past == 0)))


def split_at_random(whole: Numbers, hidden: int, seed: int) -> Split:
    """Hides `hidden` links of the whole text at random and sees the rest, the future's links among them: the split that leaks."""
    upper = np.triu(np.ones_like(whole, dtype=bool), 1)
    links = np.argwhere(upper & (whole > 0))
    positives = links[np.sort(np.random.default_rng(seed).permutation(len(links))[:hidden])]
    seen = whole.copy()
    seen[positives[:, 0], positives[:, 1]] = seen[positives[:, 1], positives[:, 0]] = 0
    return Split(seen, positives, np.argwhere(upper & (whole == 0)))


def common_neighbours(seen: Numbers) -> Numbers:
    """Returns for each pair how many nodes are linked to both (Newman 2001)."""
    linked = (seen > 0).astype(np.float64)
    return np.asarray(linked @ linked)


def adamic_adar(seen: Numbers) -> Numbers:
    """Returns for each pair the sum over common neighbours of 1/ln(degree) (Adamic and Adar 2003): a rare shared friend says more."""
    linked = (seen > 0).astype(np.float64)
    degrees = linked.sum(1)
    # A common neighbour has at least two links, so degree 1 never counts.
    return np.asarray((linked * np.where(degrees > 1, 1 / np.log(np.maximum(degrees, 2)), 0)) @ linked)


def preferential_attachment(seen: Numbers) -> Numbers:
    """Returns for each pair the product of the degrees (Barabási and Albert 1999): the busy meet the busy."""
    degrees = (seen > 0).sum(1).astype(np.float64)
    return np.outer(degrees, degrees)


def wins(scores: Numbers, split: Split) -> Numbers:
    """Returns for each positive the share of negatives that it beats, ties a half: its mean is the AUC (Mann and Whitney 1947)."""
    good = scores[split.positives[:, 0], split.positives[:, 1]]
    bad = np.sort(scores[split.negatives[:, 0], split.negatives[:, 1]])
    below, up_to = np.searchsorted(bad, good, "left"), np.searchsorted(bad, good, "right")
    return (below + up_to) / 2 / len(bad)


def matched_negatives(split: Split, checkpoint: Callable[[], None] = lambda: None) -> Pairs:
    """Returns for each positive the five negatives with the most similar product of degrees (positives, ≤ 5, 2)."""
    busy = preferential_attachment(split.seen)
    bad = split.negatives
    of_bad = np.log1p(busy[bad[:, 0], bad[:, 1]])
    found = []
    for first, second in split.positives:
        checkpoint()
        found.append(bad[np.argsort(np.abs(of_bad - np.log1p(busy[first, second])), kind="stable")[:5]])
    return np.array(found, dtype=np.int64)


def matched_wins(scores: Numbers, split: Split, matched: Pairs) -> Numbers:
    """Like `wins`, but each positive meets only its `matched_negatives`: a method that knows only who is busy falls to one half."""
    own = scores[split.positives[:, 0], split.positives[:, 1]][:, None]
    against = scores[matched[..., 0], matched[..., 1]]
    return np.asarray(((against < own) + 0.5 * (against == own)).mean(1))


def _precision_rows(scores: Numbers, split: Split) -> Numbers:
    """For each positive its score and the negatives that score as high or higher."""
    good = scores[split.positives[:, 0], split.positives[:, 1]]
    bad = np.sort(scores[split.negatives[:, 0], split.negatives[:, 1]])
    return np.stack([good, len(bad) - np.searchsorted(bad, good, "left")], 1).astype(np.float64)


def _average_precision(rows: Numbers, scale: float) -> float:
    """Average precision of these rows; tied pairs enter together, as in scikit-learn."""
    found = (rows[None, :, 0] >= rows[:, None, 0]).sum(1)
    return float((found / (found + scale * rows[:, 1])).mean())


def precision_with_interval(runs: Numbers, scale: float, seed: int) -> tuple[float, float, float]:
    """Returns the mean average precision of the runs and its 95% bootstrap interval over the positives.

    `runs` (runs, positives, 2): for each positive its score and the negatives that score as high or higher, of which each counts `scale`. The
    resamples are those of `bootstrap`, all counted at once.
    """
    count = runs.shape[1]
    times = resampled_counts(count, seed, PRECISION_RESAMPLES)
    total = np.zeros(PRECISION_RESAMPLES)
    for rows in runs:
        order = np.argsort(-rows[:, 0], kind="stable")
        descending = -rows[order, 0]
        # Equal scores enter together: each counts up to the last of its kind.
        found = times[:, order].cumsum(1)[:, np.searchsorted(descending, descending, "right") - 1]
        # A positive that isn't drawn may divide 0 by 0; it counts for nothing.
        total += (times[:, order] * found / np.maximum(found + scale * rows[order, 1], 1e-12)).sum(1) / count
    low, high = np.percentile(total / len(runs), [2.5, 97.5])
    return float(np.mean([_average_precision(rows, scale) for rows in runs])), float(low), float(high)


@dataclass(frozen=True)
class Score:
    """How well a method ranks the links that come true above the pairs that stay apart, each with its 95% bootstrap
    interval over the links.

    `auc`, `auc_low`, `auc_high`: probability that a link outranks a pair that is never linked, 0.5 for guessing.
    `matched`, `matched_low`, `matched_high`: the same against negatives of like degree. `precision`, `precision_low`,
    `precision_high`: average precision among all pairs (0 to 1); `balanced`, `balanced_low`, `balanced_high`: as if
    there were one negative for each link. `against`: AUC minus that of common neighbours, with its paired interval,
    None for common neighbours itself. `seeds`: AUC of each seed, one for a method without randomness.
    """

    auc: float
    auc_low: float
    auc_high: float
    matched: float
    matched_low: float
    matched_high: float
    precision: float
    precision_low: float
    precision_high: float
    balanced: float
    balanced_low: float
    balanced_high: float
    against: tuple[float, float, float] | None
    seeds: tuple[float, ...]


def score(
    runs: list[Numbers],
    split: Split,
    matched: Pairs,
    seed: int,
    reference: list[Numbers] | None = None,
) -> Score:
    """Scores a method by its pair scores (nodes, nodes), one for each seed.

    `matched`: the `matched_negatives` of the split. `reference`: the scores to compare with, pair by pair.
    """
    by_seed = np.stack([wins(scores, split) for scores in runs])
    low, high = bootstrap_mean(by_seed.mean(0), seed)
    against_like = np.stack([matched_wins(scores, split, matched) for scores in runs]).mean(0)
    rows = np.stack([_precision_rows(scores, split) for scores in runs])
    one_to_one = len(split.positives) / len(split.negatives)
    against = None
    if reference is not None:
        gain = by_seed.mean(0) - np.stack([wins(scores, split) for scores in reference]).mean(0)
        against = (float(gain.mean()), *bootstrap_mean(gain, seed))
    return Score(
        float(by_seed.mean()),
        low,
        high,
        float(against_like.mean()),
        *bootstrap_mean(against_like, seed),
        *precision_with_interval(rows, 1.0, seed),
        *precision_with_interval(rows, one_to_one, seed),
        against,
        tuple(float(value) for value in by_seed.mean(1)),
    )

"""Scores methods over seeds: accuracy, precision and coverage by round, noisy starts, labels bought, and what choosing on test data gains.

Knows no language model and no panel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.statistics.intervals import Mean, mean
from playground.topics.semi_supervised.findings import AtNoise, AtThreshold, Buying, ClassCount, Leak, Method
from playground.topics.semi_supervised.pool import Ints, Pool, Start
from playground.topics.semi_supervised.self_training import NONE, Round

# Rounds of every seed: [seed][round].
Runs = Sequence[Sequence[Round]]


def accuracies(pool: Pool, runs: Runs, number: int) -> list[float]:
    """Returns each seed's held-out accuracy after a round."""
    return [float((rounds[number].answers == pool.held_out_labels).mean()) for rounds in runs]


def precision(pool: Pool, start: Start, pseudo: Ints) -> float | None:
    """Returns the share of right pseudo-labels; None if there is none."""
    made = pseudo != NONE
    return float((pseudo == pool.labels[start.rest])[made].mean()) if made.any() else None


def coverage(pseudo: Ints) -> float:
    """Returns the share of the unlabelled that have a pseudo-label; 0 where nothing is unlabelled."""
    return float((pseudo != NONE).mean()) if len(pseudo) else 0.0


def of_known(values: Sequence[float | None]) -> Mean | None:
    """Averages over the seeds that have a value; None if none has."""
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def score(pool: Pool, starts: Sequence[Start], runs: Runs, labels_only: Sequence[float]) -> Method:
    """Scores every round of every seed. `labels_only`: each seed's accuracy without pseudo-labels."""
    numbers = range(len(runs[0]))
    last = np.array(accuracies(pool, runs, -1))
    return Method(
        tuple(mean(accuracies(pool, runs, number)) for number in numbers),
        tuple(
            of_known([precision(pool, start, rounds[number].pseudo) for start, rounds in zip(starts, runs, strict=True)])
            for number in numbers
        ),
        tuple(mean([coverage(rounds[number].pseudo) for rounds in runs]) for number in numbers),
        mean(last - np.array(labels_only)),
    )  # fmt: skip


def at_threshold(pool: Pool, starts: Sequence[Start], runs: Runs, threshold: float) -> AtThreshold:
    """Summarizes self-training at one threshold. The first round's labels are those of the model trained on labels alone."""
    method = score(pool, starts, runs, accuracies(pool, runs, 0))
    return AtThreshold(
        threshold, method.precision[1], method.coverage[1], method.last_precision, method.last_coverage, method.gain
    )


def at_noise(pool: Pool, starts: Sequence[Start], runs: Runs, noise: float) -> AtNoise:
    """Summarizes self-training from starts with wrong labels."""
    base = np.array(accuracies(pool, runs, 0))
    survived = []
    for start, rounds in zip(starts, runs, strict=True):
        first, last = rounds[1].pseudo, rounds[-1].pseudo
        wrong = (first != NONE) & (first != pool.labels[start.rest])
        survived.append(float((last == first)[wrong].mean()) if wrong.any() else None)
    return AtNoise(
        noise,
        mean(base),
        tuple(mean(np.array(accuracies(pool, runs, number)) - base) for number in range(len(runs[0]))),
        of_known(
            [precision(pool, start, rounds[-1].pseudo) for start, rounds in zip(starts, runs, strict=True)]
        ),
        of_known(survived),
    )  # fmt: skip


def compare_purchases(
    pool: Pool,
    labels: tuple[int, ...],
    uncertain: Sequence[Sequence[Ints]],
    random: Sequence[Sequence[Ints]],
    reached: float,
) -> Buying:
    """Compares held-out classes by [seed][purchase]. `reached`: accuracy of the method that buys nothing."""
    right = [
        np.array([[(one == pool.held_out_labels).mean() for one in seed] for seed in way])
        for way in (uncertain, random)
    ]
    sure, chance = ([mean(way[:, at]) for at in range(len(labels))] for way in right)
    worth = next((count for count, found in zip(labels, chance, strict=True) if found.value >= reached), None)
    return Buying(labels, tuple(sure), tuple(chance), mean(right[0][:, -1] - right[1][:, -1]), worth)  # fmt: skip


def choose_on_test(right: NDArray[np.bool_]) -> Leak:
    """Chooses among settings by accuracy on one half of the held-out part and reads it on the other.

    `right`: (seeds, settings, held out). Every other pair of places is a half, as sentiments alternate; each half is chosen on once.
    A tie goes to the first.
    """
    claimed, honest = [], []
    first = np.arange(right.shape[2]) // 2 % 2 == 0
    for seed in right:
        for here, there in ((seed[:, first], seed[:, ~first]), (seed[:, ~first], seed[:, first])):
            best = int(here.mean(1).argmax())
            claimed.append(float(here[best].mean()))
            honest.append(float(there[best].mean()))
    # Two values of one seed aren't independent: their mean counts once.
    pairs = [np.array(values).reshape(-1, 2).mean(1) for values in (claimed, honest)]
    return Leak(mean(pairs[0]), mean(pairs[1]), mean(pairs[0] - pairs[1]))


def count_classes(pool: Pool, runs: Runs, before: Sequence[Ints]) -> dict[str, ClassCount]:
    """Counts each class in the pool and the last pseudo-labels, and its held-out recall. `before`: held-out classes by labels only."""
    found = {}
    for label, name in enumerate(pool.classes):
        inside = pool.held_out_labels == label
        shares = of_known(
            [
                float((last[last != NONE] == label).mean()) if (last != NONE).any() else None
                for last in (rounds[-1].pseudo for rounds in runs)
            ]
        )
        found[name] = ClassCount(
            float((pool.labels == label).mean()),
            None if shares is None else shares.value,
            float(np.mean([(answers == label)[inside].mean() for answers in before])),
            float(np.mean([(rounds[-1].answers == label)[inside].mean() for rounds in runs])),
        )
    return found

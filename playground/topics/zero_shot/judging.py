"""Turns class probabilities into the numbers of findings: votes, accuracies over the templates, levels, assignments. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from playground.statistics.intervals import Mean, mean, share
from playground.topics.zero_shot.findings import Assignments, Level, Method, Picked, Prior, Range
from playground.topics.zero_shot.templates import Template

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
HALVES = 200


def judge(logs: Numbers, own: Numbers, gold: Indices | None, chosen: int, raw: Numbers | None = None) -> Method:
    """Scores one method. `logs`: log class probabilities (templates, texts, classes) of the texts; `own`: (templates or one more, classes)
    of the visitor's text, of which `chosen` is looked into; `gold`: classes (texts,) or None; `raw`: the raw score's `logs`, if this is
    another method."""
    answers = logs.argmax(-1)
    counts = np.bincount(answers.ravel(), minlength=logs.shape[-1])
    votes = np.bincount(own[: len(logs)].argmax(-1), minlength=logs.shape[-1])
    known = gold is not None
    right = answers == gold if known else np.zeros(answers.shape, dtype=bool)
    return Method(
        votes=tuple(votes.tolist()),
        probabilities=tuple(np.exp(own[chosen]).tolist()),
        accuracy=_accuracy(right) if known else None,
        by_template=tuple(share(row) for row in right) if known else (),
        ensemble=share(logs.mean(0).argmax(-1) == gold) if known else None,
        against=_gain(right, raw.argmax(-1) == gold) if known and raw is not None else None,
        favoured=int(counts.argmax()),
        favoured_share=float(counts.max() / answers.size),
    )


def _accuracy(right: NDArray[np.bool_]) -> Mean:
    """The mean over texts of the share of templates (templates, texts) that are right; of a single template with Wilson's interval."""
    if len(right) == 1:
        found = share(right[0])
        return Mean(found.value, found.count, found.low, found.high)
    return _bounded(mean(right.mean(0)))


def _bounded(found: Mean) -> Mean:
    """Cuts Student's interval of a share at 0 and 1."""
    low, high = found.low, found.high
    return Mean(
        found.value, found.count, None if low is None else max(0.0, low), None if high is None else min(1.0, high)
    )


def _gain(right: NDArray[np.bool_], raw: NDArray[np.bool_]) -> Mean:
    """The mean over texts of the difference in the share of templates that are right. The texts are the sample: templates are fixed."""
    return mean(right.mean(0) - raw.mean(0))


def prior(logs: Numbers) -> Prior:
    """Sums up log priors (templates, classes)."""
    found = np.exp(logs)
    return Prior(*(tuple(one.tolist()) for one in (found.mean(0), found.min(0), found.max(0))))


def levels(logs: Mapping[str, Numbers], gold: Indices, templates: Sequence[Template]) -> tuple[Level, ...]:
    """Returns accuracy by method of the templates of every level of every factor."""
    right = {name: found.argmax(-1) == gold for name, found in logs.items()}
    found = []
    for factor in ("asked", "separator", "listed"):
        own = [getattr(template, factor) for template in templates]
        for level in dict.fromkeys(own):
            places = [place for place, value in enumerate(own) if value == level]
            found.append(
                Level(factor, level, {name: _bounded(mean(values[places].mean(0))) for name, values in right.items()})
            )
    return tuple(found)


def assign(logs: Numbers, gold: Indices) -> Assignments:
    """Counts how accurate the words would be if they stood for other classes."""
    classes, answers = logs.shape[-1], logs.argmax(-1)
    counts = np.zeros((classes, classes))
    np.add.at(counts, (np.broadcast_to(gold, answers.shape), answers), 1)
    _, best = linear_sum_assignment(-counts)
    # The class whose words now stand for each class.
    kept = np.arange(classes)
    own, moved, best = (
        _bounded(mean((answers == origin[gold]).mean(0))) for origin in (kept, (kept - 1) % classes, best)
    )
    return Assignments(own, moved, best)


def pick(logs: Numbers, gold: Indices, seed: int) -> Picked:
    """Picks the best template on random halves of the texts and scores it on the others; of equally good ones the first."""
    right = (logs.argmax(-1) == gold).astype(float)
    random = np.random.default_rng([seed, 2])
    found = np.zeros((HALVES, 3))
    for number in range(HALVES):
        order = random.permutation(right.shape[1])
        half, rest = order[: len(order) // 2], order[len(order) // 2 :]
        best = int(right[:, half].mean(1).argmax())
        found[number] = right[best, half].mean(), right[best, rest].mean(), right[:, rest].mean()
    low, high = np.percentile(found, [2.5, 97.5], axis=0)
    return Picked(*(Range(*map(float, one)) for one in zip(found.mean(0), low, high, strict=True)))

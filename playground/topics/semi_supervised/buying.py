"""Active learning: on one budget, labels bought where the model is least sure against labels bought at random. Knows no panel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.topics.semi_supervised.pool import Ints, Pool, Start
from playground.topics.semi_supervised.softmax_regression import fit, probabilities

STEPS = 5
UNCERTAIN, AT_RANDOM = "uncertain", "random"


def purchases(start: int, bought: int, rest: int) -> tuple[int, ...]:
    """Returns how many labels there are after each purchase, the start included; never more than the pool has."""
    total = min(bought, rest)
    return tuple(start + round(total * step / STEPS) for step in range(STEPS + 1))


def buy(pool: Pool, start: Start, counts: tuple[int, ...], how: str, seed: int, tell: Callable[[], None]) -> list[Ints]:
    """Returns the held-out classes (held out,) after each purchase.

    UNCERTAIN buys the examples with the smallest margin between the two likeliest classes (Scheffer et al. 2001) under the model so
    far, AT_RANDOM any. What is bought has its true label; the first labels may have errors.
    """
    random = np.random.default_rng([seed, 1])
    rows, given, rest = start.rows, start.given, start.rest
    weights, found = None, []
    for count in counts:
        tell()
        wanted = count - len(rows)
        if wanted:
            if how == UNCERTAIN:
                assert weights is not None
                ranked = np.sort(probabilities(weights, pool.features[rest]), axis=1)
                chosen = np.argsort(ranked[:, -1] - ranked[:, -2], kind="stable")[:wanted]
            else:
                chosen = random.permutation(len(rest))[:wanted]
            rows, given = np.concatenate([rows, rest[chosen]]), np.concatenate([given, pool.labels[rest[chosen]]])
            rest = np.delete(rest, chosen)
        weights = fit(pool.features[rows], given, len(pool.classes))
        found.append(probabilities(weights, pool.held_out).argmax(1))
    return found

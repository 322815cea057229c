"""Condenses a step's distribution to a few hundred numbers, from which other settings can be computed; knows nothing of drawing.

Tokens that can matter one by one, the likeliest and all that a penalty counts, are kept as they are. The others, 260,000 of them, only
count in sums: of them the number and mean logit in narrow bins are kept.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.generation.largest import largest
from playground.lab.token_panels import Distribution

# More than top-k may keep, 200, so that every rank that it asks for is among them, and what ties with it.
HEAD = 256
# Bins of the tail. The width grows with the distance from the head, as the weight in a sum falls: 1/500 of a logit, then up to 1/2.
_BINS = 128
_GROWTH = 500


def condense(raw: Tensor, after: Tensor, ids: Sequence[int], candidates: Sequence[int]) -> Distribution:
    """Condenses a step's logits (vocabulary,), float32.

    `after`: the values after all that may forbid tokens: these have -inf. `ids`: the tokens that penalties count.
    `candidates`: tokens that are kept whatever their rank.
    """
    logits, allowed = raw.cpu().numpy(), after.cpu().numpy() > -np.inf
    counted = Counter(ids)
    seen = np.fromiter(counted, np.int64, len(counted))
    free = allowed.copy()
    free[seen] = False
    likeliest, order = largest(raw.cpu().where(torch.from_numpy(free), -torch.inf), HEAD)
    head = np.unique(np.concatenate([order[likeliest > -np.inf].numpy(), seen, np.asarray(candidates, np.int64)]))
    free[head] = False
    means, sizes = _bins(logits[free])
    return Distribution(
        head=_packed(logits[head], "<f4"),
        counts=_packed(np.array([min(counted[int(token)], 65535) for token in head]), "<u2"),
        banned=_packed(~allowed[head], "u1"),
        places=tuple(np.searchsorted(head, candidates).tolist()),
        tail_logits=_packed(means, "<f4"),
        tail_counts=_packed(sizes, "<u4"),
    )


def _bins(values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Returns mean and number of the values in each bin that isn't empty, the largest values first."""
    if not len(values):
        return np.zeros(0), np.zeros(0, np.int64)
    places = np.minimum(np.sqrt((values.max() - values) * _GROWTH), _BINS - 1).astype(np.int64)
    sizes = np.bincount(places, minlength=_BINS)
    sums = np.bincount(places, values, minlength=_BINS)
    filled = sizes > 0
    return sums[filled] / sizes[filled], sizes[filled]


def _packed(values: NDArray[np.generic], kind: str) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode("ascii")

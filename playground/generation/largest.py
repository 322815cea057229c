"""The largest of many numbers, as torch finds them but sooner: a step of a small model is short beside its vocabulary.

numpy's comparisons and searches take a fifth to a tenth of torch's time.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

_WIDTH = 256


def largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of values (n,), in order, and where they stand; which of equals is left open, as in `torch.topk`.

    Each of them stands in one of the `count` blocks with the largest maxima, and maxima are quick: 0.1 ms of 262,144 where
    `topk` takes 0.5.
    """
    size = values.numel()
    blocks = size // _WIDTH
    if count * 8 > blocks:
        return tuple(values.topk(min(count, size)))  # type: ignore[return-value]
    maxima = values[: blocks * _WIDTH].view(blocks, _WIDTH).amax(-1)
    inside = maxima.topk(count).indices[:, None] * _WIDTH + torch.arange(_WIDTH, device=values.device)
    places = torch.cat([inside.flatten(), torch.arange(blocks * _WIDTH, size, device=values.device)])
    best = values[places].topk(count)
    return best.values, places[best.indices]


def argmax(values: Tensor) -> int:
    """Where the largest of values (n,), float32, stands, the first of equals."""
    return int(values.cpu().numpy().argmax())


def above(values: Tensor, bound: float, *, equal: bool = False) -> Tensor:
    """Places (m,), in order, of the values (n,), float32, that are greater than a bound, or as great with `equal`."""
    numbers = values.cpu().numpy()
    found = np.flatnonzero(numbers >= np.float32(bound) if equal else numbers > np.float32(bound))
    return torch.from_numpy(found).to(values.device)


def count_above(values: Tensor, bound: float) -> int:
    """How many of values (n,), float32, are greater than a bound."""
    return int(np.count_nonzero(values.cpu().numpy() > np.float32(bound)))


def complete(values: Tensor) -> bool:
    """Whether none of values (n,) is -inf: no filter has acted on them."""
    return count_above(values, -math.inf) == len(values)


def logsumexp(values: Tensor) -> Tensor:
    """log Σ exp of values (n,), a scalar. torch's takes eight times as long where most are -inf, as a filter leaves them."""
    return (values if complete(values) else values[above(values, -math.inf)]).logsumexp(-1)

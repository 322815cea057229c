"""Selects the top k faster than torch; for a small model, scanning the vocabulary dominates a step.

numpy's comparisons and searches take a fifth to a tenth of torch's time.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Block widths, each with the largest count it is used for: wide blocks mean fewer maxima, narrow ones fewer candidates.
_WIDTHS = ((256, 128), (32, 2048))


def largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Returns the `count` largest of values (n,), float32, in order, and their indices; ties by index.

    All of them are in the blocks with the largest maxima, and computing maxima is fast: less than 0.1 ms for 262,144 values,
    for which `torch.topk` takes 0.5 ms.
    """
    numbers = values.cpu().numpy()
    size = len(numbers)
    count = min(count, size)
    width = next((width for width, most in _WIDTHS if count <= min(most, size // width // 8)), 1)
    maxima = numbers if width == 1 else values[: size // width * width].view(-1, width).amax(-1).cpu().numpy()
    least = np.partition(maxima, len(maxima) - count)[len(maxima) - count]
    places = _within(np.flatnonzero(maxima >= least), width, size)
    inside = numbers[places]
    found_greater = np.flatnonzero(inside > least)
    # There may be many ties with the smallest, as after truncation; those beyond the count are dropped first.
    found_equal = np.flatnonzero(inside == least)[: max(0, count - len(found_greater))]
    at = np.append(found_greater, found_equal)
    # Restores the index order of ties, which were appended at the end.
    at = at[np.lexsort((at, -inside[at]))[:count]]
    return torch.from_numpy(inside[at]).to(values.device), torch.from_numpy(places[at]).to(values.device)


def argmax(values: Tensor) -> int:
    """Returns the index of the largest of values (n,), float32; the first of ties."""
    return int(values.cpu().numpy().argmax())


def above(values: Tensor, bound: float, *, equal: bool = False) -> Tensor:
    """Returns the sorted indices (m,) of the values (n,), float32, above a bound, or at least the bound with `equal`."""
    reaches = np.greater_equal if equal else np.greater
    numbers, least = values.cpu().numpy(), np.float32(bound)
    width, _ = _WIDTHS[0]
    maxima = values[: len(numbers) // width * width].view(-1, width).amax(-1).cpu().numpy()
    blocks = np.flatnonzero(reaches(maxima, least))
    if len(blocks) * 4 > len(maxima):
        found = np.flatnonzero(reaches(numbers, least))
    else:
        places = _within(blocks, width, len(numbers))
        found = places[reaches(numbers[places], least)]
    return torch.from_numpy(found).to(values.device)


def _within(blocks: NDArray[np.int64], width: int, size: int) -> NDArray[np.int64]:
    """Returns every index of these blocks, in order, and of the incomplete last block."""
    inside = (blocks[:, None] * width + np.arange(width)).ravel()
    return np.append(inside, np.arange(size // width * width, size))

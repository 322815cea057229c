"""The largest of many numbers, sooner than torch finds them: a step of a small model is short beside its vocabulary.

numpy's comparisons and searches take a fifth to a tenth of torch's time.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Widths of blocks, and the most numbers for which they are tried: wider ones are fewer, narrower ones leave less to look through.
_WIDTHS = ((256, 128), (32, 2048))


def largest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of values (n,), float32, in order, and where they stand, the first of equals first.

    Each of them stands in one of the blocks with the largest maxima, and maxima are quick: less than 0.1 ms of 262,144 where
    `torch.topk` takes 0.5.
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
    # Equals of the least may be very many, as where a filter left little; those beyond the count are left out at once.
    found_equal = np.flatnonzero(inside == least)[: max(0, count - len(found_greater))]
    at = np.append(found_greater, found_equal)
    # Equals once more in their order: they were put behind the others.
    at = at[np.lexsort((at, -inside[at]))[:count]]
    return torch.from_numpy(inside[at]).to(values.device), torch.from_numpy(places[at]).to(values.device)


def argmax(values: Tensor) -> int:
    """Where the largest of values (n,), float32, stands, the first of equals."""
    return int(values.cpu().numpy().argmax())


def above(values: Tensor, bound: float, *, equal: bool = False) -> Tensor:
    """Places (m,), in order, of the values (n,), float32, that are greater than a bound, or as great with `equal`."""
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
    """Every place of these blocks, in order, and those behind the last whole block."""
    inside = (blocks[:, None] * width + np.arange(width)).ravel()
    return np.append(inside, np.arange(size // width * width, size))

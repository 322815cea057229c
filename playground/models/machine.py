"""What this machine can do at most: bytes read from memory and operations a second, measured once. Knows nothing of any model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.lab.timing import Timing, measure
from playground.models.device import placement

# Larger than the caches that two processors are given; all of it is read again and again, as a model's weights are.
_READ_BYTES = 256 * 1024 * 1024
_ROW = 8192
# Products of square matrices of these sizes, the faster counts. A larger one in float32 alone would take half of the second.
_SIZES = {torch.float32: (1024,), torch.bfloat16: (1024, 2048), torch.int8: (1024, 2048)}


@dataclass(frozen=True)
class Machine:
    """`bandwidth`: bytes read a second. `peaks`: operations a second (a multiplication and an addition are two) of matrix
    products by the name of their number type; int8 adds up in int32, and is missing where this torch can't.

    Each is the best of several tries: what was reached, not what a data sheet promises. `waited`: see `Timing`, the worst.
    """

    cores: int
    bandwidth: float
    peaks: dict[str, float]
    waited: float | None

    def roof(self, intensity: float, number_type: str) -> float:
        """The most operations a second at `intensity` operations for each byte read (Williams et al. 2009, roofline)."""
        return min(self.peaks[number_type], self.bandwidth * intensity)


@functools.cache
def machine() -> Machine:
    """This machine, measured at the first call in under a second on two idle cores."""
    cores = placement().threads
    reads = _timings(_reading())
    waited = [timing.waited for timing in reads]
    peaks: dict[str, float] = {}
    for number_type, sizes in _SIZES.items():
        for size in sizes:
            timing = product_timing(number_type, size)
            if timing is not None:
                name = str(number_type).removeprefix("torch.")
                peaks[name] = max(peaks.get(name, 0.0), 2 * size**3 / timing.low)
                waited.append(timing.waited)
    known = [share for share in waited if share is not None]
    bandwidth = _READ_BYTES / min(timing.low for timing in reads)
    return Machine(cores, bandwidth, peaks, max(known) if known else None)


def _reading() -> list[Callable[[], object]]:
    """Ways to read a block of memory once: a sum, and a matrix times a vector. Neither is the fastest on every processor."""
    block = torch.ones(_READ_BYTES // 4, dtype=torch.float32)
    matrix, vector = block.view(-1, _ROW), torch.ones(_ROW)
    return [block.sum, functools.partial(torch.mv, matrix, vector)]


def _timings(calls: list[Callable[[], object]]) -> list[Timing]:
    return [measure(call, repeats=3, warm_up=1) for call in calls]


def product_timing(number_type: torch.dtype, size: int) -> Timing | None:
    """A product of two square matrices of ones; None where this torch has none in that number type."""
    matrix = torch.ones(size, size, dtype=number_type)
    call: Callable[[], Tensor] = functools.partial(torch.mm, matrix, matrix)
    if number_type is torch.int8:
        call = functools.partial(torch._int_mm, matrix, matrix)
    try:
        return measure(call, repeats=3, warm_up=1)
    except (AttributeError, RuntimeError, NotImplementedError):
        return None

"""Measures this machine's peak memory bandwidth and operations per second, once. Knows nothing of any model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.lab.timing import Timing, measure
from playground.models.device import placement

# Larger than two processors' caches, and read in full repeatedly, like a model's weights.
_READ_BYTES = 256 * 1024 * 1024
_ROW = 8192
# Products of square matrices of these sizes, the fastest counts. A larger one in float32 alone would take half of the second.
_SIZES = {torch.float32: (256, 1024), torch.bfloat16: (256, 1024, 2048), torch.int8: (256, 1024, 2048)}
# A size is left out once the pace of the one before says that it takes longer (seconds): where a processor has no vector code
# for a number type, a product of 2048 takes half a minute and has no higher throughput.
_LONGEST = 0.15


@dataclass(frozen=True)
class Machine:
    """`bandwidth`: bytes read per second. `peaks`: operations per second (a multiply-add is two) of matrix products by dtype
    name; int8 accumulates in int32, and is absent if this torch doesn't support it.

    Each is the best of several measurements, not a data sheet's figure. `waited`: see `Timing`, the worst.
    """

    cores: int
    bandwidth: float
    peaks: dict[str, float]
    waited: float | None

    def roof(self, intensity: float, number_type: str) -> float:
        """Returns the roofline (Williams et al. 2009): peak operations per second at an `intensity` in operations per byte."""
        return min(self.peaks[number_type], self.bandwidth * intensity)


@functools.cache
def machine() -> Machine:
    """Returns this machine, measured at the first call in under a second on two idle cores."""
    cores = placement().threads
    reads = _timings(_reading())
    waited = [timing.waited for timing in reads]
    peaks: dict[str, float] = {}
    for number_type, sizes in _SIZES.items():
        name = str(number_type).removeprefix("torch.")
        for size in sizes:
            if name in peaks and 2 * size**3 / peaks[name] > _LONGEST:
                break
            timing = product_timing(number_type, size)
            if timing is not None:
                peaks[name] = max(peaks.get(name, 0.0), 2 * size**3 / timing.low)
                waited.append(timing.waited)
    known = [share for share in waited if share is not None]
    bandwidth = _READ_BYTES / min(timing.low for timing in reads)
    return Machine(cores, bandwidth, peaks, max(known) if known else None)


def _reading() -> list[Callable[[], object]]:
    """Returns ways to read a memory block once: a sum, and a matrix-vector product. Neither is fastest on every processor."""
    block = torch.ones(_READ_BYTES // 4, dtype=torch.float32)
    matrix, vector = block.view(-1, _ROW), torch.ones(_ROW)
    return [block.sum, functools.partial(torch.mv, matrix, vector)]


def _timings(calls: list[Callable[[], object]]) -> list[Timing]:
    return [measure(call, repeats=3, warm_up=1) for call in calls]


def product_timing(number_type: torch.dtype, size: int) -> Timing | None:
    """Times a product of two square matrices of ones; None if this torch lacks it for that dtype."""
    matrix = torch.ones(size, size, dtype=number_type)
    call: Callable[[], Tensor] = functools.partial(torch.mm, matrix, matrix)
    if number_type is torch.int8:
        call = functools.partial(torch._int_mm, matrix, matrix)
    try:
        return measure(call, repeats=3, warm_up=1)
    except (AttributeError, RuntimeError, NotImplementedError):
        return None

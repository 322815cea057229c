"""Chooses this machine's fastest device, dtype and number of threads, the dtype by a short measurement, once for a machine.

Knows nothing of any model.
"""

from __future__ import annotations

import functools
import math
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from playground.lab.timing import measure
from playground.models.cache import chosen_once

# Decoding reads each weight once (one row times a matrix larger than the caches); a prefill reuses it for many rows.
_DECODE = (1, 640, 32768)
_PREFILL = (256, 640, 2048)
# oneDNN keeps the code that it makes for each shape of a product, 3 MB for each new length of a text: 1,024 of them unless told otherwise,
# half a gigabyte. A pass whose code was dropped takes 35 ms more.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256")
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Placement:
    """The chosen placement."""

    device: torch.device
    dtype: torch.dtype
    threads: int


@functools.cache
def placement() -> Placement:
    """Returns the fastest placement: a GPU in bfloat16 if there is one, else the processor in its faster dtype."""
    threads = usable_threads()
    if torch.cuda.is_available():
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
        return Placement(torch.device("cuda"), dtype, threads)
    torch.set_num_threads(threads)
    best = chosen_once("dtype", _DTYPES, _faster, threads)
    return Placement(torch.device("cpu"), _DTYPES[best], threads)


def _faster() -> str:
    seconds = {name: _seconds(dtype) for name, dtype in _DTYPES.items()}
    # The geometric mean over decode and prefill: a factor of two counts equally in either.
    return min(seconds, key=lambda name: math.prod(seconds[name]))


def _seconds(dtype: torch.dtype) -> tuple[float, float]:
    times = []
    for rows, inputs, outputs in (_DECODE, _PREFILL):
        x, weight = torch.ones(rows, inputs, dtype=dtype), torch.ones(outputs, inputs, dtype=dtype)
        times.append(measure(functools.partial(torch.nn.functional.linear, x, weight), repeats=5, warm_up=2).low)
    return times[0], times[1]


def usable_threads() -> int:
    """Returns how many processors this process may use: OMP_NUM_THREADS, else its affinity and its container's quota."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, torch.get_num_threads(), _quota()))


def _quota() -> int:
    """Returns the whole processors of the container's quota; a large number if there is none."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        return 1 << 16

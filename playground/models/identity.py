"""What a number computed here depends on besides code and settings: weights, number type, threads, processor. Knows no topic."""

from __future__ import annotations

import functools
import importlib.metadata
import os
from pathlib import Path

import torch

from playground.models import embedded, kernels, operators
from playground.models.device import placement


@functools.cache
def identity() -> dict[str, str] | None:
    """Returns what this process computes with, by name; None for a model whose weights can't be identified, such as one from a hub."""
    weights = _weights(os.environ.get("PLAYGROUND_MODEL", "").strip())
    if weights is None:
        return None
    place = placement()
    packed = {name: operators.operand_type(name, place.dtype, place.device.type) for name in kernels.LINEARS}
    return {
        "weights": weights,
        "dtype": str(place.dtype),
        "packed": " ".join(f"{name}:{operand}" for name, operand in packed.items()),
        "device": place.device.type,
        "threads": str(place.threads),
        "processor": torch.backends.cpu.get_cpu_capability(),
    }


def _weights(named: str) -> str | None:
    if not named:
        version = importlib.metadata.version(embedded.DISTRIBUTION)
        return f"{embedded.DISTRIBUTION} {version} {embedded.FOLDER}"
    folder = Path(named).expanduser()
    if not folder.is_dir():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(str(path.relative_to(folder)), path.stat()) for path in files]
    return str(folder.resolve()) + "".join(f" {name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)

"""Tasks of sine regression: y = A sin(ω x − φ), another A and φ for every task (Finn et al. 2017). Knows no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.topics.meta_learning.maml import Tasks

# x is drawn from −REACH to REACH; amplitudes and phases of meta-training.
REACH, AMPLITUDES, PHASES = 5.0, (0.1, 5.0), (0.0, math.pi)
# Where unseen tasks come from: the same distribution, larger amplitudes, a higher frequency.
SAME, LARGER, FASTER = "same", "larger", "faster"
UNSEEN = (SAME, LARGER, FASTER)
_LARGER, _FASTER = (5.0, 10.0), 2.0
# Query points of an unseen task.
QUERIES = 40


@dataclass(frozen=True)
class Sine:
    """One task."""

    amplitude: float
    phase: float
    frequency: float

    def at(self, x: Tensor) -> Tensor:
        """Its values."""
        return self.amplitude * torch.sin(self.frequency * x - self.phase)


def draw(seeds: Sequence[int], steps: int, tasks: int, shots: int, queries: int, kind: str = SAME) -> list[Tasks]:
    """Draws for every step `tasks` tasks of each seed, from that seed alone: inputs (seeds, tasks, rows, 1).

    A task has `shots` support points and `queries` query points.
    """
    parts = []
    low, high = _LARGER if kind == LARGER else AMPLITUDES
    frequency = _FASTER if kind == FASTER else 1.0
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        amplitude = low + (high - low) * torch.rand(steps, tasks, 1, 1, generator=generator)
        phase = PHASES[0] + (PHASES[1] - PHASES[0]) * torch.rand(steps, tasks, 1, 1, generator=generator)
        x = REACH * (2 * torch.rand(steps, tasks, shots + queries, 1, generator=generator) - 1)
        parts.append((x, amplitude * torch.sin(frequency * x - phase)))
    x, y = (torch.stack(same, 1) for same in zip(*parts, strict=True))
    return [
        Tasks(x[at, :, :, :shots], y[at, :, :, :shots], x[at, :, :, shots:], y[at, :, :, shots:]) for at in range(steps)
    ]


def chosen(kind: str) -> Sine:
    """The unseen task whose curves are drawn, one of its distribution."""
    return {SAME: Sine(4.0, 1.0, 1.0), LARGER: Sine(8.0, 1.0, 1.0), FASTER: Sine(4.0, 1.0, _FASTER)}[kind]

"""The work of a run by its settings: networks trained on lags, the model's samples. Computes nothing."""

from __future__ import annotations

import math

from playground.lab.cost import Work
from playground.topics.time_series.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.origins * settings.seeds * settings.steps * (20 + settings.width)
    characters = settings.digits + 1
    rows, steps = settings.origins * settings.samples, settings.horizon * characters
    # Each row attends to a cache of its own, at most 64 of them in a batch; only the digits' logits are computed.
    sampled = Work(
        passes=steps * math.ceil(rows / 64),
        tokens=settings.origins * settings.context * characters,
        seconds=0.0042 * rows * steps,
    )
    read = 1e-4 * len(settings.pasted) if settings.series == "pasted" else 0.0
    return sampled + Work(seconds=0.6 + 2.5e-6 * trained + read)

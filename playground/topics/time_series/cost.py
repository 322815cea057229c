"""The work of a run by its settings: networks trained on lags, the model's samples. Computes nothing."""

from __future__ import annotations

import math

from playground.lab.cost import Work
from playground.topics.time_series.digits import MOST_ROWS
from playground.topics.time_series.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.origins * settings.seeds * settings.steps * (20 + settings.width)
    characters = settings.digits + 1
    rows, steps = settings.origins * settings.samples, settings.horizon * characters
    # Each row attends to a cache of its own, which takes longer the longer it is; only the digits' logits are computed.
    sampled = Work(
        passes=steps * math.ceil(rows / MOST_ROWS),
        tokens=settings.origins * settings.context * characters + rows * steps,
        seconds=4e-6 * rows * steps * settings.context * characters,
    )
    read = 1e-4 * len(settings.pasted) if settings.series == "pasted" else 0.0
    return sampled + Work(seconds=0.6 + 2.5e-6 * trained + read)

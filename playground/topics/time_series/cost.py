"""The work of a run by its settings: networks trained on lags, the model's samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, writes
from playground.topics.time_series.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.origins * settings.seeds * settings.steps * (20 + settings.width)
    steps = settings.horizon * (settings.digits + 2)
    rows = settings.origins * settings.samples * (1 + settings.calibrate)
    pasted = len(settings.pasted) if settings.series == "pasted" else 0
    return writes(steps * max(1, rows / 64), min(64, rows), 0) + Work(
        tokens=settings.origins * settings.context * 4, seconds=2.0 + 5e-6 * trained + 1e-4 * pasted
    )

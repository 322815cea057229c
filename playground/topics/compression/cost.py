"""The work of a run by its settings: the mixes of the grid, the students. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, scores, tokens_of
from playground.topics.compression.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, calibration = tokens_of(settings.text), tokens_of(settings.calibration)
    mixes = 30 if settings.grid == "large" else 10
    taught = settings.distillation.epochs * (7 + 0.05 * settings.distillation.width)
    return (mixes + 6) * scores(text, 1) + Work(tokens=4 * calibration, seconds=3.0 + 0.35 * mixes + 0.05 * taught)

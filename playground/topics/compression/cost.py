"""The work of a run by its settings: the mixes of the grid, the students. Computes nothing."""

from __future__ import annotations

from playground.evaluation.reading import MEASURED_TOKENS
from playground.lab.cost import Work, reads, scores, tokens_of
from playground.topics.compression.settings import Settings

# Mixes that each grid measures.
MIXES = {"small": 10, "medium": 13, "large": 75}


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, calibration = min(MEASURED_TOKENS, tokens_of(settings.text)), tokens_of(settings.calibration)
    mixes = MIXES[settings.grid]
    taught = settings.distillation.epochs * (7 + 0.05 * settings.distillation.width)
    return (mixes + 6) * scores(text) + reads(4 * calibration, 40) + Work(seconds=1.5 + 0.3 * mixes + 0.015 * taught)

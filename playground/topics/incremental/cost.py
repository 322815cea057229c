"""The work of a run by its settings: networks updated step by step. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.incremental.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.seeds * (120 + settings.steps) * (20 + settings.width)
    return Work(seconds=0.3 + 2.4e-5 * trained + 5e-5 * (len(settings.lines) + len(settings.text)))

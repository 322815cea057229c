"""The work of a run by its settings: stacks of networks trained side by side. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.multi_task.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.seeds * settings.steps * (40 + settings.width)
    return Work(seconds=0.25 + 1.9e-5 * trained + 5e-5 * len(settings.text))

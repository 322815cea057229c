"""The work of a run by its settings: stacks of networks trained side by side. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.multi_task.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    trained = settings.seeds * settings.steps * (40 + settings.width)
    return reads(tokens_of(settings.text)) + Work(seconds=0.5 + 4e-5 * trained)

"""The work of a run by its settings: networks updated step by step. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.incremental.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    lines = tokens_of(settings.lines)
    trained = settings.seeds * (120 + settings.steps) * (20 + settings.width)
    return reads(lines + tokens_of(settings.text), 1 + lines / 500) + Work(
        seconds=0.8 + 2e-5 * trained + 0.002 * settings.examples
    )

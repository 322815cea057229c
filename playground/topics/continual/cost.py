"""The work of a run by its settings: stacks of networks trained task after task. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.continual.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Beside a mistake in the Fisher information EWC is trained once more, without it.
    again = 1.0 if settings.fisher == "optimum" else 1.2
    trained = again * settings.seeds * settings.steps * (30 + settings.width) * (settings.examples + 40)
    return Work(seconds=0.2 + 9.5e-7 * trained + 5e-5 * len(settings.text))

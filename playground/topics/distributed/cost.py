"""The work of a run by its settings: the steps of the training, in processes of its own. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.distributed.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    step = 0.015 + 1.2e-5 * settings.batch * int(settings.hidden) * int(settings.processes) / 2
    return Work(seconds=2.6 + settings.steps * step + 0.0002 * len(settings.text))

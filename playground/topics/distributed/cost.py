"""The work of a run by its settings: the steps of the training, in processes of its own. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.distributed.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    step = 0.004 + 3e-6 * settings.batch * int(settings.hidden)
    return Work(seconds=3.0 + settings.steps * step * (1.0 + (settings.processes == "2")) + 0.0002 * len(settings.text))

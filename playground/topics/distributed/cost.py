"""The work of a run by its settings: the steps of the training, in processes of its own. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.distributed.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    sent = 0.011 * settings.micro_batches if settings.strategy == "pipeline" else 0.04 * (settings.strategy != "ddp")
    step = 0.025 + sent + 2.2e-7 * settings.batch * int(settings.hidden) ** 2
    return Work(seconds=2.7 + settings.steps * step + 0.0002 * len(settings.text))

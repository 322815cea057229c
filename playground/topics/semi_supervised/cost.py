"""The work of a run by its settings: reviews read, their distorted copies, rounds of training. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.semi_supervised.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    reviews = settings.labelled + settings.unlabelled
    rounds = settings.seeds * settings.rounds * reviews
    return Work(seconds=0.3 + 3e-5 * rounds + 0.0003 * reviews + 0.0005 * settings.bought)

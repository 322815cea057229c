"""The work of a run by its settings: reviews read, their distorted copies, rounds of training. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads
from playground.topics.semi_supervised.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    reviews = settings.labelled + settings.unlabelled
    rounds = settings.seeds * settings.rounds * reviews
    return reads(12 * reviews, reviews / 200) + Work(seconds=1.5 + 3e-5 * rounds + 0.001 * reviews)

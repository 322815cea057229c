"""The work of a run by its settings: sentences and reviews read, classifiers trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads_many, tokens_of
from playground.topics.cross_lingual.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    reviews = 2 * settings.labels
    read = reads_many(20 * reviews + tokens_of(settings.text) + 10 * settings.pairs, reviews / 32 + 2)
    return read + Work(seconds=0.8 + 0.008 * settings.labels)

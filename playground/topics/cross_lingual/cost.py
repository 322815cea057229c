"""The work of a run by its settings: sentences and reviews read, classifiers trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.cross_lingual.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    known = 2 * 150 + 2 * settings.pairs
    reviews = 2 * settings.labels + 160
    return reads(20 * (known + reviews) + tokens_of(settings.text), (known + reviews) / 32) + Work(
        seconds=2.0 + 0.012 * settings.labels
    )

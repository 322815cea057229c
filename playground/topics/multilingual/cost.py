"""The work of a run by its settings: sentence vectors of the reviews, networks trained, pairs probed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.multilingual.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    reviews = settings.chinese + max(settings.english, settings.chinese / 4) + 2 * settings.held_out
    trained = settings.networks * settings.steps * (20 + settings.width)
    return (
        reads(24 * reviews, reviews / 40)
        + reads(18 * 2 * settings.pairs, 8)
        + reads(tokens_of(settings.text))
        + Work(seconds=2.0 + 3e-4 * trained)
    )

"""The work of a run by its settings: sentence vectors of the reviews, networks trained, pairs probed. Computes nothing."""

from __future__ import annotations

import math

from playground.lab.cost import Work, reads, reads_many, tokens_of
from playground.topics.multilingual.settings import Settings
from playground.topics.multilingual.vectors import BLOCK


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Reviews are read in blocks.
    pool = max(settings.english, settings.chinese / 4)
    reviews = sum(
        BLOCK * math.ceil(count / BLOCK) for count in (settings.chinese, pool, settings.held_out, settings.held_out)
    )
    trained = settings.networks * settings.steps * (20 + settings.width)
    read = (
        reads_many(22 * reviews, reviews / 16)
        + reads_many(16 * 2 * settings.pairs, 4)
        + reads(tokens_of(settings.text))
    )
    return read + Work(seconds=1.5 + 2e-4 * trained)

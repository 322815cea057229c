"""The work of a run by its settings: sentence vectors of the reviews, networks trained, pairs probed. Computes nothing."""

from __future__ import annotations

import math

from playground.lab.cost import Work, reads, reads_many, tokens_of
from playground.topics.multilingual.settings import Settings
from playground.topics.multilingual.vectors import BLOCK

# Reviews that the default reads; their vectors are kept from the first run on.
KEPT = 9 * BLOCK


def cost(settings: Settings) -> Work:
    """Estimates the work of a run in a process that has had one."""
    # Reviews are read in blocks.
    pool = max(settings.english, settings.chinese / 4)
    reviews = sum(
        BLOCK * math.ceil(count / BLOCK) for count in (settings.chinese, pool, settings.held_out, settings.held_out)
    )
    trained = settings.networks * settings.steps * (20 + settings.width)
    read = (
        reads_many(17 * max(0, reviews - KEPT), max(0, reviews - KEPT) / BLOCK)
        + reads_many(8 * 2 * settings.pairs, 1)
        + reads(tokens_of(settings.text))
    )
    return read + Work(seconds=1.2 + 1e-4 * trained)

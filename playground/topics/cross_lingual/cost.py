"""The work of a run by its settings: sentences and reviews read, classifiers trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, reads_many, tokens_of
from playground.topics.cross_lingual.settings import Settings

# Sentences and reviews that the default reads; they are kept from the first run on.
KEPT = 2 * (80 + 20 + 40 + 60)


def cost(settings: Settings) -> Work:
    """Estimates the work of a run in a process that has had one."""
    read = 2 * (settings.sentences + settings.pairs + settings.labels + settings.tested)
    more = reads_many(17 * max(0, read - KEPT), max(0, read - KEPT) / 60)
    return reads(2 * tokens_of(settings.text)) + more + Work(seconds=0.7 + 0.004 * (settings.labels + settings.tested))

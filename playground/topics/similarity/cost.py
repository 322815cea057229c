"""The work of a run by its settings: the sentences and the project's own, read and compared. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads_many, tokens_of
from playground.topics.similarity.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    others = settings.others.count("\n") + 1
    # The graded pairs and the challenge set are read whatever is searched.
    count = max(settings.vectors, 320) + 40
    return reads_many(14 * count + tokens_of(settings.text) + tokens_of(settings.others), count / 30) + Work(
        seconds=0.7 + 0.003 * settings.vectors + 0.02 * others
    )

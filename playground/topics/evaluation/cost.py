"""The work of a run by its settings: the judge's prompts and the resamples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of
from playground.topics.evaluation.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    lines = settings.table.count("\n") + 1 if settings.table.strip() else 0
    read = tokens_of(settings.text) + tokens_of(settings.other)
    judged = 4 * (settings.pairs + 1) * (40 + 0.1 * read)
    counted = len(settings.text) + len(settings.other) + len(settings.references)
    resampled = 1e-7 * settings.resamples * (200 + lines)
    return (
        scores(read + tokens_of(settings.references), 3)
        + reads(judged, 8)
        + Work(seconds=1.5 + 0.0005 * counted + resampled)
    )

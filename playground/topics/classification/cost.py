"""The work of a run by its settings: lines read, folds trained, examples asked. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads_many, tokens_of
from playground.topics.classification.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    lines = settings.lines.count("\n") + 1
    read = tokens_of(settings.lines)
    one = read / lines
    asked = min(settings.asked, lines)
    prompts = reads_many(
        asked * (one + 8) + settings.shots * 5 * (one + 4) * settings.folds, asked / 8 + settings.folds * settings.shots
    )
    explained = reads_many(0.5 * settings.samples * (tokens_of(settings.text) + 10), settings.samples / 64)
    return reads_many(read, lines / 64) + prompts + explained + Work(seconds=3.0 + 0.003 * lines * settings.folds)

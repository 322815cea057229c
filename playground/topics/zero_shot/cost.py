"""The work of a run by its settings: the texts under every template, LIME's samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.zero_shot.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    labels = 1 + settings.labels.count("\n")
    texts = max(1, settings.texts.count("\n") + 1)
    asked = min(settings.asked, texts)
    one = 12 + tokens_of(settings.texts) / texts
    read = min(40_000, 24 * (asked + 8) * (one + 6 * labels) / 3)
    explained = min(2_500, settings.samples * (tokens_of(settings.text) + 12))
    return reads(read + explained, read / 300 + 4) + Work(scored=0.05 * read, seconds=0.5)

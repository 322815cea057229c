"""The work of a run by its settings: the texts under every template, LIME's samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, reads_many, tokens_of
from playground.topics.zero_shot.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    labels = 1 + settings.labels.count("\n")
    texts = settings.texts.count("\n") + 1
    one = tokens_of(settings.texts) / texts
    asked = min(settings.asked, texts)
    read = min(40_000, 400 + asked * (5 * one + 2 * labels))
    explained = min(2_500, settings.samples * (tokens_of(settings.text) + 4))
    return reads_many(read, 6 + read / 200) + reads(explained, 2) + Work(seconds=0.3)

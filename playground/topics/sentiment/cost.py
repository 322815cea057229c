"""The work of a run by its settings: the text with units left out, and the other one. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.sentiment.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, other = tokens_of(settings.text), tokens_of(settings.other)
    changed = settings.weights.quantization != "none" or settings.weights.pruning != "none"
    return reads(0.6 * settings.samples * (text + other) + 20 * text, settings.samples / 32 + 8) + Work(
        seconds=0.6 + 1.0 * changed
    )

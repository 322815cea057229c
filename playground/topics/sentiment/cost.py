"""The work of a run by its settings: the text with units left out, and the other one. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, packed, reads, tokens_of
from playground.topics.sentiment.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, other = tokens_of(settings.text), tokens_of(settings.other)
    weights = settings.weights
    built = 0.6 * (weights.quantization != "none" or weights.pruning != "none")
    read = reads(0.6 * settings.samples * (text + other) + 20 * text, settings.samples / 32 + 8)
    return packed(weights.quantization, read) + Work(seconds=0.6 + built)

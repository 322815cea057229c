"""The work of a run by its settings: both sides' tokens in one batch. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, tokens_of, writes
from playground.topics.decoding.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    rows = [side.beams if side.strategy == "beam" else 1 for side in (settings.a, settings.b)]
    constrained = any(side.regex for side in (settings.a, settings.b))
    return writes(settings.max_tokens, sum(rows), tokens_of(settings.text)) + Work(seconds=0.3 + 1.0 * constrained)

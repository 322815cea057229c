"""The work of a run by its settings: both sides' texts, and what is timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of, writes
from playground.topics.efficiency.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    timed = reads(12 * min(text, 256), 12) + Work(passes=60, tokens=60) + 2 * reads(text)
    return scores(3 * text, 3) + writes(2 * settings.max_tokens, 1) + timed + Work(seconds=2.0)

"""The work of a run by its settings: both sides' texts, and what is timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, packed, reads, scores, tokens_of, writes
from playground.topics.efficiency.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    timed = reads(6 * min(text, 256), 6) + writes(settings.max_tokens)
    sides = sum((packed(side.quantization, timed) for side in (settings.a, settings.b)), Work())
    return scores(3 * text, 3) + sides + 2 * reads(text) + Work(passes=60, tokens=60, seconds=2.0)

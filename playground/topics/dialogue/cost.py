"""The work of a run by its settings: both sides' replies, summaries, and turns timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.dialogue.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    turns = tokens_of(settings.turns)
    read = min(settings.budget, turns) + tokens_of(settings.message)
    count = settings.turns.count("\n") + 1
    summed = sum(side.strategy == "summary" for side in (settings.a, settings.b))
    return (
        writes(4 * settings.reply_tokens, 1, read)
        + summed * writes(40, 1, turns)
        + reads(count * read * 2, 6 * count)
        + Work(seconds=0.5)
    )

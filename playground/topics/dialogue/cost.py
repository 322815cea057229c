"""The work of a run by its settings: both sides' replies, summaries, and turns timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.dialogue.first_token import MEASURED_TURNS, REPEATS
from playground.topics.dialogue.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    turns = tokens_of(settings.turns)
    read = min(settings.budget, turns) + tokens_of(settings.message)
    summed = sum(side.strategy == "summary" for side in (settings.a, settings.b))
    # Both sides at each measured turn: all of the prompt, and what isn't cached of it.
    timed = reads(2 * MEASURED_TURNS * REPEATS * 0.8 * read, 4 * MEASURED_TURNS * REPEATS)
    return writes(2 * settings.reply_tokens, 1, 2.5 * read) + summed * writes(24, 1, turns) + timed + Work(seconds=0.5)

"""The work of a run by its settings: the visitor's request, and what is timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.inference.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    prompt, steps = tokens_of(settings.prefix) + tokens_of(settings.text), settings.tokens
    own = (
        writes(3 * steps, settings.batch, prompt)
        if settings.cache
        else reads(min(24_000, steps * (prompt + steps / 2)) * settings.batch, 3 * steps)
    )
    return own + writes(4 * steps, 1, prompt) + reads(30 * prompt, 30) + Work(passes=60, tokens=3500, seconds=1.0)

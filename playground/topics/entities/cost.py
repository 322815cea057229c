"""The work of a run by its settings: the text under the prompts, the taggers. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.entities.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    return (
        writes(0.5 * text + 10, 1, text + 60 * settings.examples)
        + reads(4 * text, 4)
        + Work(seconds=0.5 + 0.001 * len(settings.gold))
    )

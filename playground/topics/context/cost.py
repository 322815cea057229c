"""The work of a run by its settings: answers, pieces taken out, the examples' curves. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.context.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    contexts = [tokens_of(side.context) for side in (settings.a, settings.b)]
    prompt = 60 + tokens_of(settings.question)
    pieces = reads(sum(min(40, context) * (context + prompt) for context in contexts), 8)
    depths = reads(2 * 5 * settings.orders * (1 + settings.distractors) * 25, 10 * settings.orders)
    shown = reads(2 * settings.draws * 24 * (10 + 12 * settings.examples), 2 * settings.draws * 10)
    return writes(24, 1, prompt + sum(contexts)) + pieces + depths + shown + Work(seconds=0.5)

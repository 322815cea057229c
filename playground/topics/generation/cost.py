"""The work of a run by its settings: the tree's nodes, the masked text, the samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.generation.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    prompt = tokens_of(settings.text)
    nodes = 1 + settings.steps + settings.tree.count(" ") + tokens_of(settings.forced)
    sampled = writes(settings.length, settings.samples, prompt) if settings.samples else Work()
    return (
        writes(nodes, 1, prompt)
        + sampled
        + reads(min(48, prompt + settings.steps) * (prompt + settings.steps), 2)
        + Work(seconds=0.4)
    )

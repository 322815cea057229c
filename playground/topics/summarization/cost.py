"""The work of a run by its settings: the summary's tokens, sentences read, subsets tried. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.summarization.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    prompt = text + 250 * settings.model.shots
    subsets = 0.002 * settings.sentences * (1 + len(settings.text) / 400)
    return (
        reads(prompt, prompt / 512)
        + writes(settings.model.max_tokens)
        + reads(6 * text, 12)
        + Work(seconds=2.0 + subsets)
    )

"""The work of a run by its settings: the text with units left out. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.explainability.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    units = min(48, text)
    samples = settings.samples * 0.6 + min(16_000 / text, settings.permutations * units) * 0.6 + units + 10 * units
    explained = reads(samples * text, samples / 48)
    gradients = Work(passes=settings.steps / 4, learned=settings.steps * text)
    scored = Work(scored=samples) if settings.target == "next" else Work()
    return explained + gradients + scored + Work(scored=14 * 18, seconds=0.6)

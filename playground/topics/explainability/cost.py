"""The work of a run by its settings: the text with units left out. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, learns, reads, tokens_of
from playground.topics.explainability.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    units = min(48, text)
    samples = 0.4 * settings.samples + 0.4 * min(16_000 / text, settings.permutations * units) + 5 * units
    explained = reads(samples * text, samples / 64)
    gradients = learns(settings.steps * text, settings.steps / 16)
    scored = Work(scored=samples) if settings.target == "next" else Work()
    return explained + gradients + scored + Work(scored=14 * 18, seconds=0.5)

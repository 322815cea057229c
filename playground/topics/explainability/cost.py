"""The work of a run by its settings: the text with units left out. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, asks_probe, learns, reads, tokens_of
from playground.topics.explainability.attributions import MOST_UNITS, SHAPLEY_TOKENS
from playground.topics.explainability.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    units = min(MOST_UNITS, text)
    # Fewer are computed where few units have few distinct samples, or where the weights settle; half of a text is left out on average.
    samples = 0.3 * settings.samples + 0.3 * min(SHAPLEY_TOKENS / text, settings.permutations * units) + 5 * units
    scored = Work(scored=samples) if settings.target == "next" else Work()
    gradients = learns(settings.steps * text, settings.steps / 16)
    asked = (
        asks_probe(samples, samples * text, samples / 64)
        if settings.target == "positive"
        else reads(samples * text, samples / 64)
    )
    return asked + reads(600, 8) + scored + gradients + Work(scored=14 * 18, seconds=0.5)

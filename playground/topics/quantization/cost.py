"""The work of a run by its settings: the weights rounded for every point, and both texts. Computes nothing."""

from __future__ import annotations

from playground.evaluation.reading import MEASURED_TOKENS
from playground.lab.cost import Work, scores, tokens_of, writes
from playground.topics.quantization.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = min(MEASURED_TOKENS, tokens_of(settings.text))
    points = 9
    searched = 13.0 if settings.range_by == "least-squares" else 1.0
    weights = (0.35 if settings.head else 0.15) * searched
    acted = 1.5 if settings.activations != "none" else 1.0
    return acted * (points + 3) * scores(text) + writes(2 * settings.max_tokens) + Work(seconds=1.5 + points * weights)

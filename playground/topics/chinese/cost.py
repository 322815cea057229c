"""The work of a run by its settings: the text under the model, four tokenizers trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, scores, tokens_of
from playground.topics.chinese.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    trained = 4e-4 * settings.lines + 2e-5 * settings.vocabulary
    return scores(6 * text + 300, 13) + Work(seconds=0.2 + trained + 0.0005 * len(settings.words))

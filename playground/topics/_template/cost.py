"""The work of a run by its settings: one reading of the text's tokens. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, tokens_of
from playground.topics._template.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Only the tokenizer is asked; the model computes nothing.
    return Work(seconds=0.01 + 1e-5 * tokens_of(settings.text))

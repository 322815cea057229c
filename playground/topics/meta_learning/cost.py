"""The work of a run by its settings: networks trained on tasks, the model asked. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.meta_learning.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    sines = settings.seeds * settings.steps * settings.tasks * (settings.inner_steps + 1)
    texts = settings.seeds * settings.text_steps * settings.tasks * settings.ways
    asked = 2 * settings.prompts * settings.ways * 12
    return (
        reads(asked * (30 + 20 * settings.text_shots * settings.ways), asked / 4)
        + reads(tokens_of(settings.text))
        + Work(seconds=1.0 + 1e-4 * sines + 1e-4 * texts)
    )

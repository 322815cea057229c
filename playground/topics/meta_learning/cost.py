"""The work of a run by its settings: networks trained on tasks, the model asked. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, reads_many, tokens_of
from playground.topics.meta_learning.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    sines = settings.seeds * settings.steps * settings.tasks * (settings.inner_steps + 1)
    texts = settings.seeds * settings.text_steps * settings.tasks * settings.ways
    asked = reads_many(2 * settings.prompts * (100 + 40 * settings.text_shots * settings.ways), 4 * settings.prompts)
    return asked + reads(tokens_of(settings.text)) + Work(seconds=0.5 + 1.2e-4 * sines + 1e-4 * texts)

"""The work of a run by its settings: the graph step by step, networks on it. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.text_graph.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = len(settings.text)
    return Work(seconds=0.2 + 1e-4 * text + 4e-4 * settings.epochs * settings.seeds * (0.3 + text / 2000))

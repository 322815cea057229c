"""The work of a run by its settings: networks trained on bags of word vectors, with and without augmented texts. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.overfitting.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Five settings are trained beside each other, epoch by epoch: both sides' and the augmentations.
    trained = settings.epochs * settings.examples * settings.networks
    return Work(
        seconds=0.2
        + 0.0008 * settings.examples
        + 0.02 * settings.epochs
        + 1.5e-5 * trained * (1 + (settings.a.width + settings.b.width) / 64)
        + 0.0005 * len(settings.text)
    )

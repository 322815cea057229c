"""The work of a run by its settings: networks trained on bags of word vectors, with and without augmented texts. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work
from playground.topics.overfitting.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Several settings are trained beside each other, epoch by epoch: both sides' and the augmentations.
    trained = settings.epochs * settings.examples * settings.networks
    width = settings.a.width + settings.b.width
    return Work(
        seconds=0.2
        + 8e-4 * settings.examples
        + 0.055 * settings.epochs
        + 3e-6 * trained * (1 + width / 64)
        + 5e-4 * len(settings.text)
    )

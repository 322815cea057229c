"""The work of a run by its settings: reviews read, networks trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of
from playground.topics.overfitting.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    kinds = 1 + sum(side.augmentation != "none" for side in (settings.a, settings.b))
    trained = settings.epochs * settings.examples * settings.networks * (settings.a.width + settings.b.width)
    return (
        reads(kinds * 25 * settings.examples, kinds * settings.examples / 64)
        + reads(40 * tokens_of(settings.text), 4)
        + Work(seconds=2.0 + 2e-7 * trained)
    )

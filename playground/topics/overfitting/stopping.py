"""Decides where early stopping ends a training and whose weights it keeps, from validation losses alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """`ended`: the epoch after which the training ends; `kept`: the epoch whose weights are kept. Both from 1."""

    ended: int
    kept: int


def early_stop(losses: Sequence[float], patience: int) -> Stop:
    """Ends once `patience` epochs in a row had no lower validation loss than the best so far, and keeps the best epoch's weights.

    Patience 0 stands for no early stopping: all epochs, and the last one's weights. `losses`: one per epoch, at least one.
    Prechelt 1998, Early Stopping: But When?
    """
    if not patience:
        return Stop(len(losses), len(losses))
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return Stop(epoch + 1, best + 1)
    return Stop(len(losses), best + 1)


def turn(losses: Sequence[float]) -> int:
    """Returns the epoch, from 1, of the lowest loss: where the curve turns. The first one if several are equal."""
    return min(range(len(losses)), key=losses.__getitem__) + 1

"""Measures how much far context helps: the loss of the same tokens after their nearest 4, 16, 64, … tokens, and after all of them.

Knows no panel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from playground.models.language_model import LanguageModel
from playground.models.output_head import log_probabilities
from playground.topics.long_text.reading import start_of, states_of

LEVELS = (4, 16, 64, 256, 1024)
# Consecutive tokens scored together, also the unit that intervals resample: neighbours share their difficulty.
RUN = 16
MOST_RUNS = 3


@dataclass(frozen=True)
class Distances:
    """`levels`: tokens of context. `losses`: (levels, runs), mean −log p of a run's tokens after so many. `starts`: of the runs."""

    levels: tuple[int, ...]
    losses: NDArray[np.float64]
    starts: tuple[int, ...]


def runs_of(places: Sequence[int]) -> list[int]:
    """Returns the starts of runs of `RUN` consecutive scored places, none overlapping."""
    known, starts, after = set(places), [], -1
    for place in places:
        if place >= after and all(place + step in known for step in range(RUN)):
            starts.append(place)
            after = place + RUN
    return starts


def choose(length: int, places: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the levels, up to half of the text, and the starts of up to `MOST_RUNS` runs that have so much before them."""
    levels = tuple(level for level in LEVELS if level <= length // 2)
    starts = [start for start in runs_of(places) if levels and start >= levels[-1]]
    if not starts:
        return (), ()
    chosen = sorted({round(at) for at in np.linspace(0, len(starts) - 1, min(MOST_RUNS, len(starts)))})
    return levels, tuple(starts[at] for at in chosen)


def by_distance(
    lm: LanguageModel,
    ids: Sequence[int],
    places: Sequence[int],
    checkpoint: Callable[[], None],
    tell: Callable[[float], None] = lambda share: None,
) -> Distances:
    """Scores the runs after each number of tokens, which follow the start token: all runs of a level in one batch."""
    levels, starts = choose(len(ids), places)
    losses = np.empty((len(levels), len(starts)))
    targets = [token for start in starts for token in ids[start : start + RUN]]
    for row, level in enumerate(levels):
        hidden = states_of(lm, [[*start_of(lm), *ids[start - level : start + RUN - 1]] for start in starts])
        found = log_probabilities(lm, torch.cat([one[level:] for one in hidden]), targets, checkpoint)
        losses[row] = -found.double().view(len(starts), RUN).mean(1).numpy()
        tell((row + 1) / len(levels))
    return Distances(levels, losses, starts)

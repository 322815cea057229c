"""Scores one text under four ways of giving a long text to a model, on the same tokens. Knows no panel.

Overlapping windows: only the last `stride` tokens of each window are scored, so that each has at least window − stride before it
(Baevski and Auli 2019, arXiv:1809.10853, section 4.3; Press, Smith and Lewis 2021, arXiv:2012.15832).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from playground.lab.timing import Stopwatch
from playground.models.language_model import LanguageModel
from playground.models.output_head import log_probabilities
from playground.topics.long_text.reading import AT_ONCE, Read, start_of, states_of

# Scored tokens at most, in all strategies the same: a row of the output head costs more than a token in the layers.
MOST_SCORED = 192
# Tokens that the overlapping windows may compute: 3 to 4 seconds on two cores in bfloat16.
MOST_COMPUTED = 8192
# Windows at most: each is a forward pass of its own, however short it is.
MOST_WINDOWS = 64
# Windows computed again without the start token.
WITHOUT_START = 3


@dataclass(frozen=True)
class Plan:
    """Which tokens of a text of `length` tokens are scored: `blocks` of at most `stride` tokens, from (included) and to (excluded)."""

    length: int
    window: int
    stride: int
    blocks: tuple[tuple[int, int], ...]

    @property
    def positions(self) -> tuple[int, ...]:
        """The scored positions, in order."""
        return tuple(place for start, end in self.blocks for place in range(start, end))

    @property
    def complete(self) -> bool:
        """Whether every token is scored."""
        return len(self.positions) == self.length


def plan(length: int, window: int, stride: int) -> Plan:
    """Chooses the blocks to score: all of them, or as many as `MOST_SCORED`, `MOST_COMPUTED` and `MOST_WINDOWS` allow, evenly spread."""
    starts = range(0, length, stride)
    most = max(1, min(MOST_SCORED // stride, MOST_COMPUTED // window, MOST_WINDOWS))
    count = min(len(starts), most)
    chosen = sorted({round(place) for place in np.linspace(0, len(starts) - 1, count)})
    return Plan(length, window, stride, tuple((starts[at], min(starts[at] + stride, length)) for at in chosen))


@dataclass(frozen=True)
class Scored:
    """One strategy. `places`: the scored positions. `losses`: −log p of each, nats. `computed`: tokens that were put through the
    layers; `seconds`: of it all, the output head included."""

    places: tuple[int, ...]
    losses: NDArray[np.float64]
    computed: int
    seconds: float

    def at(self, places: Sequence[int]) -> NDArray[np.float64]:
        """Returns the losses at some of the places."""
        index = {place: number for number, place in enumerate(self.places)}
        return self.losses[[index[place] for place in places]]


def whole(
    lm: LanguageModel, ids: Sequence[int], done: Read, places: Sequence[int], checkpoint: Callable[[], None]
) -> Scored:
    """Scores `places` of `ids` after everything before them. `done`: the start token and all of `ids` but the last, as read."""
    watch = Stopwatch()
    # The state of the start token predicts place 0, that of place i predicts i + 1.
    found = log_probabilities(lm, done.hidden[list(places)], [ids[place] for place in places], checkpoint)
    return Scored(tuple(places), -found.double().numpy(), len(done.hidden), done.seconds + watch.seconds())


def cut(of_whole: Scored, window: int) -> Scored:
    """Returns the text cut after `window` tokens: by causality the whole's losses up to there."""
    kept = [place for place in of_whole.places if place < window]
    return Scored(tuple(kept), of_whole.at(kept), min(window, of_whole.computed), 0.0)


def disjoint(
    lm: LanguageModel,
    ids: Sequence[int],
    window: int,
    places: Sequence[int],
    checkpoint: Callable[[], None],
    tell: Callable[[float], None] = lambda share: None,
) -> Scored:
    """Scores `places`, each after what is before it in its own window of `window` tokens; each window has the start token."""
    wanted: dict[int, list[int]] = {}
    for place in places:
        wanted.setdefault(place // window * window, []).append(place)
    windows = [(start, inside[-1] + 1, inside) for start, inside in wanted.items()]
    return _windows(lm, ids, windows, checkpoint, tell)


def overlapping(
    lm: LanguageModel,
    ids: Sequence[int],
    window: int,
    blocks: Sequence[tuple[int, int]],
    checkpoint: Callable[[], None],
    tell: Callable[[float], None] = lambda share: None,
    *,
    started: bool = True,
) -> Scored:
    """Scores each block at the end of a window of `window` tokens. `started`: whether windows begin with the start token.

    Without a start token a window's first token has nothing before it and isn't scored.
    """
    windows = []
    for start, end in blocks:
        first = max(0, end - window)
        windows.append((first, end, [place for place in range(start, end) if started or place > first]))
    return _windows(lm, ids, windows, checkpoint, tell, started=started)


def _windows(
    lm: LanguageModel,
    ids: Sequence[int],
    windows: Sequence[tuple[int, int, list[int]]],
    checkpoint: Callable[[], None],
    tell: Callable[[float], None],
    *,
    started: bool = True,
) -> Scored:
    watch = Stopwatch()
    before = start_of(lm) if started else []
    kept = [one for one in windows if one[2]]
    # The last token's state would predict what comes after the window.
    own = [[*before, *ids[first : end - 1]] for first, end, _ in kept]
    losses, scored = [np.empty(0)], []
    for number, batch in enumerate(batches := _in_order(own)):
        states = states_of(lm, [own[index] for index in batch])
        rows = [
            one[[place - kept[index][0] - 1 + len(before) for place in kept[index][2]]]
            for index, one in zip(batch, states, strict=True)
        ]
        places = [place for index in batch for place in kept[index][2]]
        losses.append(
            -log_probabilities(lm, torch.cat(rows), [ids[place] for place in places], checkpoint).double().numpy()
        )
        scored += places
        tell((number + 1) / len(batches))
    return Scored(tuple(scored), np.concatenate(losses), sum(map(len, own)), watch.seconds())


def _in_order(windows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Batches neighbouring windows, at most `AT_ONCE` tokens (or one window) per batch."""
    batches: list[list[int]] = []
    for index in range(len(windows)):
        if batches and sum(len(windows[other]) for other in (*batches[-1], index)) <= AT_ONCE:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def tokens_of(name: str, length: int, window: int, stride: int) -> int:
    """Returns the tokens that a strategy puts through the layers for the whole text: a start token for each window, and all of its
    tokens but the last, which predicts nothing.

    `name`: "whole", "cut", "disjoint", "overlapping", or "one" for overlapping windows one token apart.
    """
    if name in ("whole", "disjoint"):
        return length
    if name == "cut":
        return min(length, window)
    step = 1 if name == "one" else stride
    return sum(min(end, window) for end in (min(start + step, length) for start in range(0, length, step)))

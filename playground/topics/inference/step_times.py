"""Measures a decoding step over position, with and without a cache, and over the rows of a batch, and the cache's bytes.

The text is the request itself, repeated to the length: a step's time depends on the number of tokens, not on which they are. Knows
no settings and no panel.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from playground.lab.timing import Timing, measure_in_turn
from playground.models.key_values import empty_cache, held_bytes
from playground.models.language_model import LanguageModel
from playground.models.stepping import LibraryText, go_on
from playground.topics.inference.request import Request

POSITIONS = (32, 384)
LENGTHS = (512, 576)
BATCHES = (1, 2, 4, 16)
REPEATS = 2


@dataclass(frozen=True)
class Positions:
    """`steps`: the time of a step after so many tokens, by (tokens, with the cache). `held`: bytes of the library's own cache by tokens."""

    steps: Mapping[tuple[int, bool], Timing]
    held: Mapping[int, int]


def over_positions(lm: LanguageModel, request: Request) -> Positions:
    """Prefills a long text once, in chunks, and times a step at each position with the cache so far and without any."""
    here = len(request.ids)
    positions = sorted({place for place in (*POSITIONS, here) if place < lm.context // 2 or place == here})
    lengths = sorted({*positions, *(length for length in LENGTHS if length <= lm.context)})
    text = list(itertools.islice(itertools.cycle(request.ids), lengths[-1] + 1))
    cache, read = empty_cache(lm.config), 0
    calls: dict[tuple[int, bool], Callable[[], object]] = {}
    held = {}
    for length in lengths:
        lm.forward(torch.tensor([text[read:length]]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        read, held[length] = length, held_bytes(cache)
        if length in positions:
            calls[length, True] = functools.partial(LibraryText(lm, copy.deepcopy(cache)).step, torch.tensor(text[:1]))
            whole = torch.tensor([text[: length + 1]])
            calls[length, False] = functools.partial(lm.forward, whole, use_cache=False, logits_to_keep=1)
    return Positions(measure_in_turn(calls, REPEATS, warm_up=0), held)


def over_batches(lm: LanguageModel, request: Request, batch: int) -> dict[int, Timing]:
    """Times a step of so many rows, by rows, each with the request before it, by the step that this project decodes with."""
    cache = empty_cache(lm.config)
    lm.forward(torch.tensor([request.ids]), past_key_values=cache, use_cache=True, logits_to_keep=1)
    calls: dict[int, Callable[[], object]] = {}
    for rows in sorted({*BATCHES, batch}):
        text = go_on(lm, copy.deepcopy(cache), REPEATS)
        text.select(torch.zeros(rows, dtype=torch.long))
        calls[rows] = functools.partial(text.step, torch.tensor(request.ids[-1:] * rows))
    return measure_in_turn(calls, REPEATS, warm_up=0)

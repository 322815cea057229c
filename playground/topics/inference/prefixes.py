"""Times the first token of requests that begin alike, when each is prefilled whole and when the shared prefix is reused.

Knows nothing of what is generated after the first token, no settings and no panel.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.timing import Timing, measure_in_turn
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.topics.inference.request import Request

REPEATS = 2


@dataclass(frozen=True)
class Wait:
    """One request both ways. `shared`, `own`: tokens of the prefix and of the request. `anew`, `kept`: time to the first token.

    `same_token`: whether both ways put the same token first. `difference`: the largest between their logits.
    """

    name: str
    shared: int
    own: int
    anew: Timing
    kept: Timing
    same_token: bool
    difference: float


def keep(lm: LanguageModel, request: Request) -> Prefix | None:
    """Caches the shared prefix in a cache of this run alone: times must not depend on earlier visitors. None where nothing is shared."""
    return PrefixCache().after(lm, [request.shared]) if request.shared else None


def waits(lm: LanguageModel, requests: Sequence[tuple[str, Request]], prefix: Prefix | None) -> tuple[Wait, ...]:
    """Prefills every request whole and after the cached prefix, in turn. Copying the cached keys and values is part of the time."""
    logits: dict[tuple[int, bool], Tensor] = {}

    def read(number: int, reusing: bool) -> None:
        past = prefix.keys_and_values() if reusing and prefix is not None else empty_cache()
        unread = requests[number][1].ids[past.get_seq_length() :]
        out = lm.forward(torch.tensor([unread]), past_key_values=past, use_cache=True, logits_to_keep=1)
        logits[number, reusing] = out.logits[0, -1].float().cpu()

    ways = [(number, reusing) for number in range(len(requests)) for reusing in (False, True)]
    timings = measure_in_turn({way: functools.partial(read, *way) for way in ways}, REPEATS, warm_up=0)
    found = []
    for number, (name, request) in enumerate(requests):
        anew, kept = logits[number, False], logits[number, True]
        found.append(Wait(
            name, len(request.shared) if prefix is not None else 0, len(request.own),
            timings[number, False], timings[number, True],
            bool(anew.argmax() == kept.argmax()), float((anew - kept).abs().max()),
        ))  # fmt: skip
    return tuple(found)

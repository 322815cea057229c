"""How long a model reads before its first token: the whole prompt anew, or only what the turn before didn't leave. Makes no reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache

from playground.generation.prefix_cache import shared
from playground.lab.timing import Stopwatch, Timing
from playground.models.language_model import LanguageModel

REPEATS = 3

Chunks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Waits:
    """Seconds until the logits of the first token are there. `reused`: tokens that the second way doesn't read."""

    anew: Timing
    kept: Timing
    reused: int


def common(before: Chunks, now: Chunks) -> int:
    """How many chunks two prompts begin with in common. The last of `now` is always read: its logits are what is asked for."""
    count = 0
    while count < min(len(before), len(now) - 1) and before[count] == now[count]:
        count += 1
    return count


def measure_waits(lm: LanguageModel, chunks: Chunks, kept: int, repeats: int = REPEATS) -> Waits:
    """Both ways for one prompt, of whose chunks the first `kept` have their keys and values already.

    One pass either way, after an uncounted one; copying the kept keys and values isn't counted, as a chat goes on in place.
    """
    ids = [token for chunk in chunks for token in chunk]
    reused = sum(map(len, chunks[:kept]))
    prefix, depth = shared().longest(lm, chunks[:kept]) if kept else (None, 0)
    if depth < kept:
        prefix = shared().after(lm, chunks[:kept])
    anew, rest = [], []
    for _ in range(repeats + 1):
        anew.append(_read(lm, ids, DynamicCache(config=lm.config)))
        rest.append(_read(lm, ids[reused:], prefix.keys_and_values()) if prefix else anew[-1])
    return Waits(Timing.of(anew[1:]), Timing.of(rest[1:]), reused)


def _read(lm: LanguageModel, ids: Sequence[int], past: DynamicCache) -> float:
    watch = Stopwatch()
    lm.forward(torch.tensor([list(ids)]), past_key_values=past, use_cache=True, logits_to_keep=1).logits.argmax(-1)
    return watch.seconds()

"""Time to first token: the whole prompt prefilled anew, or only the tokens not cached from the previous turn. Generates no reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from playground.generation.prefix_cache import shared
from playground.lab.timing import Stopwatch, Timing
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.reading import Chunks
from playground.topics.dialogue.sides import Side

if TYPE_CHECKING:
    from transformers import DynamicCache

REPEATS = 2
# Turns at which the time to first token is measured: the first, now, and one between.
MEASURED_TURNS = 3


@dataclass(frozen=True)
class Waits:
    """Seconds until the logits of the first token are there. `reused`: tokens that the second way doesn't prefill."""

    anew: Timing
    kept: Timing
    reused: int


def measure_waits(lm: LanguageModel, chunks: Chunks, kept: int, repeats: int = REPEATS) -> Waits:
    """Times both ways for one prompt; the keys and values of its first `kept` chunks are in the cache.

    The ways take turns, a pass each. Replies were generated just before, so that no pass is the model's first. Copying the cached
    keys and values isn't counted: a chat continues in place.
    """
    ids = [token for chunk in chunks for token in chunk]
    reused = sum(map(len, chunks[:kept]))
    prefix, depth = shared().longest(lm, chunks[:kept]) if kept else (None, 0)
    if depth < kept:
        prefix = shared().after(lm, chunks[:kept])
    anew, rest = [], []
    for _ in range(repeats):
        anew.append(_read(lm, ids, empty_cache(lm.config)))
        rest.append(_read(lm, ids[reused:], prefix.keys_and_values()) if prefix else anew[-1])
    return Waits(Timing.of(anew), Timing.of(rest), reused)


def _read(lm: LanguageModel, ids: Sequence[int], past: DynamicCache) -> float:
    watch = Stopwatch()
    lm.forward(torch.tensor([list(ids)]), past_key_values=past, use_cache=True, logits_to_keep=1).logits.argmax(-1)
    return watch.seconds()


def measure_turns(
    lm: LanguageModel,
    sides: Mapping[str, Side],
    summaries: Mapping[str, str],
    tell: Callable[[int, int], None] = lambda turn, turns: None,
) -> dict[str, list[tuple[int, Waits]]]:
    """Times chosen turns (from 1) of each side. Equal prompts are timed once. `tell(turn, turns)` before each."""
    count = len(next(iter(sides.values())).turns)
    chosen = sorted({round(place * (count - 1) / max(1, MEASURED_TURNS - 1)) for place in range(MEASURED_TURNS)})
    measured: dict[object, Waits] = {}
    found: dict[str, list[tuple[int, Waits]]] = {role: [] for role in sides}
    for turn in chosen:
        for role, side in sides.items():
            tell(turn + 1, count)
            chunks = side.reading(turn, summaries[role]).chunks
            key = (chunks, side.kept(turn, chunks, summaries[role]))
            if key not in measured:
                measured[key] = measure_waits(lm, *key)
            found[role].append((turn + 1, measured[key]))
    return found

"""Reads long token sequences in chunks with a KV cache, and scores chosen positions from their hidden states.

Attention over a chunk needs chunk × length memory instead of length², and every chunk is a checkpoint. Knows no strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.lab.timing import Stopwatch
from playground.models.key_values import held_bytes
from playground.models.language_model import LanguageModel

# Tokens per forward pass: on a slow processor still well under a second.
CHUNK = 128
# Tokens of sequences that are read in one batch: larger ones don't fit in the processor's caches.
AT_ONCE = 512
# Tokens of a sequence that is read in one forward pass at most: a stop waits for the pass under way.
LONGEST = 1024


def states_of(lm: LanguageModel, sequences: Sequence[Sequence[int]]) -> list[Tensor]:
    """Returns the hidden states (tokens, hidden size), after the final norm, of sequences that are each read by themselves, those
    of like lengths in one batch, those of more than `LONGEST` tokens in chunks: no pass keeps a stop waiting for longer."""
    short = [place for place, one in enumerate(sequences) if len(one) <= LONGEST]
    found = dict(
        zip(short, lm.token_states([sequences[place] for place in short], lm.layers, most_tokens=AT_ONCE), strict=True)
    )
    for place, one in enumerate(sequences):
        if place not in found:
            found[place] = read(lm, one, chunk=AT_ONCE).hidden.float().cpu()
    return [found[place] for place in range(len(sequences))]


@dataclass(frozen=True)
class Step:
    """After a chunk: `tokens` read so far, `seconds` taken so far, bytes of the KV cache."""

    tokens: int
    seconds: float
    held: int


@dataclass(frozen=True)
class Read:
    """`hidden`: (tokens, hidden size), after the final norm. `cache`: keys and values of all that was read. `steps`: by chunk."""

    hidden: Tensor
    cache: Any
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """Seconds of all forward passes, without the output head."""
        return self.steps[-1].seconds if self.steps else 0.0


def read(
    lm: LanguageModel,
    ids: Sequence[int],
    *,
    cache: Any = None,
    chunk: int = CHUNK,
    tell: Callable[[int], None] = lambda tokens: None,
) -> Read:
    """Reads `ids` (at least one) after what is in `cache`, which is extended in place. `tell` hears the tokens read so far."""
    watch, parts, steps = Stopwatch(), [], []
    for start in range(0, len(ids), chunk):
        hidden, cache = lm.extend(torch.tensor([list(ids[start : start + chunk])]), cache)
        parts.append(hidden[0])
        done = min(start + chunk, len(ids))
        steps.append(Step(done, watch.seconds(), held_bytes(cache)))
        tell(done)
    return Read(torch.cat(parts), cache, tuple(steps))


def start_of(lm: LanguageModel) -> list[int]:
    """Returns the beginning-of-text token in a list; the end of the text before, for a model without one."""
    start = lm.tokenizer.bos_token_id
    return [int(start) if start is not None else min(lm.end_ids, default=0)]

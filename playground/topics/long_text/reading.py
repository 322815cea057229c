"""Reads long token sequences in chunks with a KV cache, and scores chosen positions from their hidden states.

Attention over a chunk needs chunk × length memory instead of length², and every chunk is a checkpoint. Knows no strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.explanation.values import capped
from playground.lab.timing import Stopwatch
from playground.models.key_values import held_bytes
from playground.models.language_model import LanguageModel

# Tokens per forward pass: on a slow processor still well under a second.
CHUNK = 128
# Tokens of sequences that are read in one batch: larger ones don't fit in the processor's caches.
AT_ONCE = 512
# Rows of the output head at a time, and words: logits of so many are summed up while they are in the processor's caches.
ROWS, WORDS = 64, 16_384


def states_of(lm: LanguageModel, sequences: Sequence[Sequence[int]]) -> list[Tensor]:
    """Returns the hidden states (tokens, hidden size), after the final norm, of sequences that are each read by themselves, those
    of like lengths in one batch."""
    return lm.token_states(sequences, lm.layers, most_tokens=AT_ONCE)


def _silent() -> None:
    """Looks at nothing between two chunks of rows."""


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


def score(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], checkpoint: Callable[[], None] = _silent
) -> Tensor:
    """Returns the natural log-probability (rows,) of each target after the state of the same row, float32.

    `states`: (rows, hidden). In blocks of rows and words, so that the logits are never all in memory.
    """
    return _in_blocks(lm, states, targets, None, checkpoint)


def score_and_compare(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], checkpoint: Callable[[], None] = _silent
) -> tuple[Tensor, Tensor]:
    """Returns what `score` does, and whether each target is the likeliest token, the first of equals (rows,)."""
    best = torch.empty(len(targets), dtype=torch.long)
    found = _in_blocks(lm, states, targets, best, checkpoint)
    return found, best == torch.tensor(list(targets))


def _in_blocks(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], best: Tensor | None, checkpoint: Callable[[], None]
) -> Tensor:
    """Scores all rows, `ROWS` at a time, and writes the likeliest tokens to `best` if it is given."""
    found = []
    for start in range(0, len(targets), ROWS):
        rows = slice(start, start + ROWS)
        found.append(_score(lm, states[rows], targets[rows], None if best is None else best[rows], checkpoint))
    return torch.cat(found) if found else torch.empty(0)


@torch.inference_mode()
def _score(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], best: Tensor | None, checkpoint: Callable[[], None]
) -> Tensor:
    """Scores one block of rows, and writes the likeliest tokens to `best` if it is given."""
    checkpoint()
    head: nn.Linear = lm.module.get_output_embeddings()  # type: ignore[operator]
    # Contiguous rows: on a strided view torch's bfloat16 product copies the whole head once per row.
    rows = states.to(head.weight).contiguous()
    wanted = torch.tensor(list(targets), device=rows.device)[:, None]
    chosen, sums, tops = torch.zeros(len(rows), device=rows.device), [], []
    for first, part in zip(range(0, lm.vocabulary, WORDS), torch.split(head.weight, WORDS), strict=True):
        logits = capped(lm, functional.linear(rows, part).float())
        inside = ((wanted >= first) & (wanted < first + len(part)))[:, 0]
        chosen[inside] = logits[inside].gather(1, wanted[inside] - first)[:, 0]
        sums.append(logits.logsumexp(-1))
        if best is not None:
            tops.append(logits.max(-1))
    if best is not None:
        highest = torch.stack([top.values for top in tops]).max(0).indices
        best.copy_(torch.stack([top.indices for top in tops]).gather(0, highest[None])[0] + WORDS * highest)
    return (chosen - torch.stack(sums).logsumexp(0)).cpu()


def start_of(lm: LanguageModel) -> list[int]:
    """Returns the beginning-of-text token in a list; the end of the text before, for a model without one."""
    start = lm.tokenizer.bos_token_id
    return [int(start) if start is not None else min(lm.end_ids, default=0)]

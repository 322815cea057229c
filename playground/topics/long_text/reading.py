"""Reads long token sequences in chunks with a KV cache, and scores chosen positions from their hidden states.

Attention over a chunk needs chunk × length memory instead of length², and every chunk is a checkpoint. Knows no strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.explanation.values import head_logits
from playground.lab.timing import Stopwatch
from playground.models.key_values import held_bytes
from playground.models.language_model import LanguageModel

# Tokens per forward pass: on a slow processor still well under a second.
CHUNK = 128
# Rows of the output head at a time: 64 × 262,144 × 4 bytes are 67 MB.
ROWS = 64


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
    tell: Callable[[int], None] = lambda tokens: None,
) -> Read:
    """Reads `ids` (at least one) after what is in `cache`, which is extended in place. `tell` hears the tokens read so far."""
    watch, parts, steps = Stopwatch(), [], []
    for start in range(0, len(ids), CHUNK):
        hidden, cache = lm.extend(torch.tensor([list(ids[start : start + CHUNK])]), cache)
        parts.append(hidden[0])
        done = min(start + CHUNK, len(ids))
        steps.append(Step(done, watch.seconds(), held_bytes(cache)))
        tell(done)
    return Read(torch.cat(parts), cache, tuple(steps))


@torch.inference_mode()
def score(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], checkpoint: Callable[[], None] = _silent
) -> tuple[Tensor, Tensor]:
    """Returns the natural log-probability of each target after the state of the same row, float32, and whether it is the likeliest.

    `states`: (rows, hidden). In chunks of rows, so that the logits are never all in memory.
    """
    wanted = torch.tensor(list(targets), device=lm.device)
    found, first = [torch.empty(0)], [torch.empty(0, dtype=torch.bool)]
    for start in range(0, len(wanted), ROWS):
        checkpoint()
        # Contiguous rows: on a strided view torch's bfloat16 product copies the whole head once per row.
        logits = head_logits(lm, states[start : start + ROWS].contiguous())
        rows = wanted[start : start + ROWS]
        chosen = logits.gather(1, rows[:, None])[:, 0]
        found.append((chosen - logits.logsumexp(-1)).cpu())
        first.append((logits.argmax(-1) == rows).cpu())
    return torch.cat(found), torch.cat(first)


def start_of(lm: LanguageModel) -> list[int]:
    """Returns the beginning-of-text token in a list; the end of the text before, for a model without one."""
    start = lm.tokenizer.bos_token_id
    return [int(start) if start is not None else min(lm.end_ids, default=0)]

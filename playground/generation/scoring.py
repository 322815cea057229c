"""Scores of continuations of many prompts that begin alike: the common prefix is prefilled once. Knows no panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from playground.generation.prefix_cache import Prefix
from playground.models.language_model import LanguageModel, by_length

# 64 rows of a vocabulary of 262,144 are 67 MB in float32.
MOST_ROWS = 64
MOST_TOKENS = 2048


def after_prefix(
    lm: LanguageModel, before: Prefix | None, reads: Sequence[Sequence[int]], last: int = 1
) -> Iterator[tuple[int, Tensor]]:
    """Yields for each of `reads`, in any order, its index and log-probabilities (last, vocabulary), float32, at its last positions.

    Each is read after `before`. No read may be shorter than `last`. They go in batches of like lengths, padded on the left.
    """
    for alike in by_length(reads, MOST_TOKENS):
        for start in range(0, len(alike), max(1, MOST_ROWS // last)):
            batch = alike[start : start + max(1, MOST_ROWS // last)]
            logits = _logits(lm, before, [reads[index] for index in batch], last)
            yield from zip(batch, torch.log_softmax(logits.float(), -1).cpu(), strict=True)


def _logits(lm: LanguageModel, before: Prefix | None, rows: Sequence[Sequence[int]], last: int) -> Tensor:
    ids, mask, positions = lm.pad_left(rows)
    if before is None:
        out = lm.forward(ids, attention_mask=mask, position_ids=positions, use_cache=False, logits_to_keep=last)
    else:
        past, length = before.keys_and_values(), len(before.ids)
        past.batch_repeat_interleave(len(rows))
        seen = torch.ones(len(rows), length, dtype=torch.long)
        out = lm.forward(
            ids,
            attention_mask=torch.cat([seen, mask], 1),
            position_ids=positions + length,
            past_key_values=past,
            use_cache=True,
            logits_to_keep=last,
        )
    logits: Tensor = out.logits
    return logits


def answer_log_probabilities(
    lm: LanguageModel, before: Prefix | None, reads: Sequence[Sequence[int]], answer: Sequence[int]
) -> Tensor:
    """Computes log p(answer | before, read) in nats (reads,), float64: summed over the answer's tokens, each after those before it."""
    found = torch.zeros(len(reads), dtype=torch.float64)
    wanted = torch.tensor(list(answer))[:, None]
    forced = [[*read, *answer[:-1]] for read in reads]
    for index, log_probabilities in after_prefix(lm, before, forced, len(answer)):
        found[index] = log_probabilities.gather(1, wanted).double().sum()
    return found

"""Continues many different prompts greedily in one batch; the common prefix is prefilled once. Knows no panel.

Prompts of unlike lengths are padded on the left. `decode` continues one prompt under several settings, without padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from playground.generation.prefix_cache import Prefix
from playground.models.language_model import LanguageModel, by_length

# 32 rows of a vocabulary of 262,144 are 34 MB in float32.
MOST_ROWS = 32
MOST_TOKENS = 2048


@dataclass(frozen=True)
class Greedy:
    """Generated token ids without the one that ended them, and the natural log-probability of each."""

    ids: tuple[int, ...]
    log_probabilities: tuple[float, ...]


def continue_greedily(
    lm: LanguageModel,
    before: Prefix | None,
    reads: Sequence[Sequence[int]],
    *,
    most: int,
    ends: Callable[[int], bool],
) -> Iterator[tuple[int, Greedy]]:
    """Yields for each of `reads`, in any order, its index and its continuation of at most `most` tokens.

    Each is read after `before`; none may be empty. `ends`: whether a token ends the continuation, which it isn't part of. They go in
    batches of like lengths.
    """
    for alike in by_length(reads, MOST_TOKENS):
        for start in range(0, len(alike), MOST_ROWS):
            batch = alike[start : start + MOST_ROWS]
            yield from zip(batch, _batch(lm, before, [reads[index] for index in batch], most, ends), strict=True)


def _batch(
    lm: LanguageModel, before: Prefix | None, rows: Sequence[Sequence[int]], most: int, ends: Callable[[int], bool]
) -> list[Greedy]:
    ids, mask, positions = lm.pad_left(rows)
    past = None
    if before is not None:
        past, length = before.keys_and_values(), len(before.ids)
        past.batch_repeat_interleave(len(rows))
        mask, positions = torch.cat([torch.ones(len(rows), length, dtype=mask.dtype), mask], 1), positions + length
    found: list[list[tuple[int, float]]] = [[] for _ in rows]
    going = list(range(len(rows)))
    while True:
        out = lm.forward(
            ids, attention_mask=mask, position_ids=positions, past_key_values=past, use_cache=True, logits_to_keep=1
        )
        past = out.past_key_values
        scores = torch.log_softmax(out.logits[:, -1].float(), -1).cpu()
        best, chosen = scores.max(-1)
        kept = []
        for place, (row, token, score) in enumerate(zip(going, chosen.tolist(), best.tolist(), strict=True)):
            if not ends(token):
                found[row].append((token, score))
                if len(found[row]) < most:
                    kept.append(place)
        if not kept:
            return [Greedy(tuple(token for token, _ in one), tuple(score for _, score in one)) for one in found]
        if len(kept) < len(going):
            # A row that is finished leaves the batch: most answers are short.
            going = [going[place] for place in kept]
            chosen, mask, positions = chosen[kept], mask[kept], positions[kept]
            past.batch_select_indices(torch.tensor(kept, device=lm.device))
        ids = chosen[:, None]
        mask = torch.cat([mask, torch.ones(len(going), 1, dtype=mask.dtype)], 1)
        positions = positions[:, -1:] + 1

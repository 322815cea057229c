"""Computes token probabilities of the same weights with and without the causal mask: does appending a token change earlier ones?

Knows no page. No bidirectional model: the weights were trained with the mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.language.units import pieces
from playground.models.language_model import LanguageModel

# Every pass gives logits of all positions: 64 × 262,144 × 4 bytes are 67 MB.
MOST_TOKENS = 48


@dataclass(frozen=True)
class Revision:
    """The probability (0 to 1) of one token of a text, before the text's last token was appended and after.

    `text`: the token as a reader sees it, "" for a part of a character. `causal_before`, `causal_after`: with the
    causal mask. `unmasked_before`, `unmasked_after`: without.
    """

    text: str
    causal_before: float
    causal_after: float
    unmasked_before: float
    unmasked_after: float


def log_probabilities(lm: LanguageModel, ids: Sequence[int], *, causal: bool) -> Tensor:
    """log p(ids[i + 1]) at position i, float32 (length - 1). Not `causal`: every position attends to all of `ids`."""
    options: dict[str, Any] = {}
    if not causal:
        # A four-dimensional mask is used as it is and added to the attention scores, so 0 hides nothing.
        options["attention_mask"] = torch.zeros(1, 1, len(ids), len(ids), dtype=next(lm.module.parameters()).dtype)
    out = lm.forward(torch.tensor([list(ids)]), use_cache=False, **options)
    logits = out.logits[0, :-1].float().log_softmax(-1).cpu()
    chosen: Tensor = logits.gather(1, torch.tensor(list(ids[1:]))[:, None])[:, 0]
    return chosen


def window(ids: Sequence[int]) -> list[int]:
    """The first token and the last `MOST_TOKENS`, so that two passes with all logits stay small."""
    return [*ids[:1], *ids[1:][-MOST_TOKENS:]]


def revisions(lm: LanguageModel, ids: Sequence[int], count: int = 6) -> tuple[Revision, ...]:
    """Computes the `count` tokens before the last one, within `window`, before and after that last one; () below three tokens."""
    ids = window(ids)
    if len(ids) < 3:
        return ()
    (causal_before, causal_after), (unmasked_before, unmasked_after) = (
        [log_probabilities(lm, ids[:end], causal=causal).exp().tolist() for end in (len(ids) - 1, len(ids))]
        for causal in (True, False)
    )
    texts = pieces(lm, ids)
    return tuple(
        Revision(
            texts[at + 1].replace("\ufffd", ""), causal_before[at], causal_after[at], unmasked_before[at], unmasked_after[at]
        )
        for at in range(max(0, len(ids) - 2 - count), len(ids) - 2)
    )  # fmt: skip

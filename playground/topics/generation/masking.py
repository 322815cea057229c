"""The same weights with and without the causal mask: does what the model said earlier stay said? Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.models.language_model import LanguageModel

# Every pass gives logits of all positions: 64 × 262,144 × 4 bytes are 67 MB.
MOST_TOKENS = 48


@dataclass(frozen=True)
class Claim:
    """The probability that the model gave to token `index` of the text, when the text ended right there and once one token more
    was appended; with the causal mask and without any."""

    index: int
    causal: tuple[float, float]
    unmasked: tuple[float, float]


def log_probabilities(lm: LanguageModel, ids: Sequence[int], *, causal: bool) -> Tensor:
    """log p(ids[i + 1]) as position i says it, float32 (length - 1). Not `causal`: every position sees all of `ids`."""
    options: dict[str, Any] = {}
    if not causal:
        # A mask of four dimensions is taken as it is: added to the attention scores, so 0 hides nothing.
        options["attention_mask"] = torch.zeros(1, 1, len(ids), len(ids), dtype=next(lm.module.parameters()).dtype)
    out = lm.forward(torch.tensor([list(ids)]), use_cache=False, **options)
    logits = out.logits[0, :-1].float().log_softmax(-1).cpu()
    return logits.gather(1, torch.tensor(list(ids[1:]))[:, None])[:, 0]


def window(ids: Sequence[int]) -> list[int]:
    """The first token and the last ones, so that two passes with all logits stay small."""
    return [*ids[:1], *ids[1:][-MOST_TOKENS:]]


def claims(lm: LanguageModel, ids: Sequence[int], count: int = 6) -> tuple[Claim, ...]:
    """What was said of the last `count` tokens but one, before and after the last token was appended."""
    if len(ids) < 3:
        return ()
    both = [
        [log_probabilities(lm, ids[:end], causal=causal).exp() for end in (len(ids) - 1, len(ids))]
        for causal in (True, False)
    ]
    last = len(ids) - 2
    return tuple(
        Claim(index, *((float(before[index - 1]), float(after[index - 1])) for before, after in both))
        for index in range(max(1, last - count + 1), last + 1)
    )

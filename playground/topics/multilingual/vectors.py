"""Computes sentence vectors of the reviews, once per model and block of texts. Knows no classifier and no panel."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from playground.language.sentence_vectors import FEW_TOKENS, sentence_vectors
from playground.models.language_model import LanguageModel

# A text is always computed together with the same others: in bfloat16 the last digits of a state depend on the batch, and the
# same settings must give the same result, whatever was asked for before.
BLOCK = 25
# At most a thousand vectors of 640 numbers: small enough to keep as long as the model.
_known: weakref.WeakKeyDictionary[nn.Module, dict[tuple[str, ...], Tensor]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def first_vectors(lm: LanguageModel, texts: Sequence[str], count: int, done: Callable[[int], None]) -> Tensor:
    """Returns raw sentence vectors (count, hidden), float32, of the first texts; `done(texts)` is called after each block."""
    with _LOCK:
        known = _known.setdefault(lm.module, {})
    blocks = []
    for start in range(0, count, BLOCK):
        block = tuple(texts[start : start + BLOCK])
        if block not in known:
            known[block] = sentence_vectors(lm, block, most_tokens=FEW_TOKENS)
        blocks.append(known[block])
        done(min(start + BLOCK, count))
    return torch.cat(blocks)[:count]

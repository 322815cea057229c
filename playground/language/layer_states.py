"""Computes sentence vectors of every layer in one forward pass, in the prompt of `sentence_vectors`. Knows no language and no task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from playground.language.sentence_vectors import AFTER, BEFORE
from playground.models.language_model import LanguageModel

# `prompt`: the state of the prompt's last token, which predicts the one word. `mean`: the mean over the sentence's own tokens.
POOLINGS = ("prompt", "mean")


def layer_states(
    lm: LanguageModel, texts: Sequence[str], tell: Callable[[int], None] = lambda done: None
) -> dict[str, Tensor]:
    """Returns by pooling the raw states (texts, layers + 1, hidden), in the model's dtype; 0 is the embedding. `tell(texts done)`.

    A text longer than the model's context is truncated at its end.
    """
    before = lm.encode(BEFORE)
    after = lm.encode(AFTER, bos=False)
    room = lm.context - len(before) - len(after)
    own = [lm.encode(text.strip(), bos=False)[:room] for text in texts]
    shape = (len(texts), lm.layers + 1, lm.hidden_size)
    dtype = next(lm.module.parameters()).dtype
    states = {pooling: torch.zeros(shape, dtype=dtype) for pooling in POOLINGS}
    done = 0
    for batch, hidden in lm.hidden_batches([[*ids, *after] for ids in own], start=before):
        for row, index in enumerate(batch):
            end = len(own[index])
            states["prompt"][index] = hidden[:, row, end + len(after) - 1].cpu()
            if own[index]:
                states["mean"][index] = hidden[:, row, :end].float().mean(1).to(dtype).cpu()
        done += len(batch)
        tell(done)
    return states

"""Shows what each layer can see: the masks of a local and a global layer, and how far the last token really looks.

Both come from the model: the masks from transformers with the model's config, the shares from one step of the model itself.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel

CELLS = 16
# Distances to the last token, in tokens: from (included) to (excluded); the start token is counted apart.
BINS = ((0, 1), (1, 8), (8, 64), (64, 512), (512, 4096), (4096, 1 << 30))


@dataclass(frozen=True)
class Mask:
    """Shares (0 to 1) of allowed pairs in a grid of `CELLS` × `CELLS` cells, (queries, keys), over `length` tokens."""

    length: int
    shares: NDArray[np.float64]


def window_of(lm: LanguageModel) -> int | None:
    """Returns the window of the model's local layers, None if it has none."""
    return KeyValueShape.of(lm).window


def masks(lm: LanguageModel) -> tuple[Mask, Mask]:
    """Returns the masks of a local and of a global layer over two windows' length; equal ones if no layer is local."""
    window = window_of(lm)
    cell = max(1, -(-2 * (window or 128) // CELLS))
    length = cell * CELLS
    whole = allowed(lm, length, local=False)
    return Mask(length, _shrunk(allowed(lm, length, local=True) if window else whole, cell)), Mask(
        length, _shrunk(whole, cell)
    )


def allowed(lm: LanguageModel, length: int, *, local: bool) -> NDArray[np.bool_]:
    """Returns which keys each query may read (queries, keys), as transformers builds it from the model's config."""
    from transformers.masking_utils import create_causal_mask, create_sliding_window_causal_mask

    config = copy.deepcopy(lm.config)
    # As numbers: 0 where a pair is allowed, the least number where it isn't.
    config._attn_implementation = "eager"
    make = create_sliding_window_causal_mask if local else create_causal_mask
    values: Any = make(
        config=config, inputs_embeds=torch.zeros(1, length, 1), attention_mask=None, past_key_values=None,
        position_ids=torch.arange(length)[None],
    )  # fmt: skip
    return np.asarray((values[0, 0] == 0).numpy(), dtype=np.bool_)


def _shrunk(mask: NDArray[np.bool_], cell: int) -> NDArray[np.float64]:
    return np.asarray(mask.reshape(CELLS, cell, CELLS, cell).mean((1, 3)), dtype=np.float64)


@dataclass(frozen=True)
class Reach:
    """How far the last token looks. `shares`: (layers, 1 + bins) mean share of attention over heads: the start token first, then by
    distance; None where the layer holds no key so far away. `bins`: those that the text reaches. `keys`: by layer, how
    many keys the last token could read."""

    bins: tuple[tuple[int, int], ...]
    shares: tuple[tuple[float | None, ...], ...]
    keys: tuple[int, ...]


@torch.inference_mode()
def reach(lm: LanguageModel, ids: Sequence[int], cache: Any) -> Reach:
    """Reads the last of `ids` (the start token is the first) after `cache`, which holds those before it and is left as it is."""
    out = lm.forward(
        torch.tensor([list(ids[-1:])]), recording=True, past_key_values=copy.deepcopy(cache), use_cache=True,
        output_attentions=True, logits_to_keep=1,
    )  # fmt: skip
    bins = tuple(one for one in BINS if one[0] < len(ids) - 1)
    shares, keys = [], []
    for layer in out.attentions:
        weights = layer[0, :, -1].float().mean(0).cpu().numpy()[::-1]
        keys.append(len(weights))
        start = float(weights[len(ids) - 1]) if len(weights) >= len(ids) else None
        own = weights[: len(ids) - 1] if start is not None else weights
        shares.append((start, *(float(own[near:far].sum()) if near < len(own) else None for near, far in bins)))
    return Reach(bins, tuple(shares), tuple(keys))

"""Replay: which old examples are kept, and what they take in bytes. Knows no network.

Chaudhry et al. 2019, On Tiny Episodic Memories in Continual Learning (arXiv:1902.10486): every step of a later task trains on a batch of the new
data and one of the memory.
"""

from __future__ import annotations

import torch
from torch import Tensor

# A feature is stored as float32, a label as one byte.
FLOAT, LABEL = 4, 1


def keep(classes: Tensor, wanted: Tensor, count: int, seed: int) -> Tensor:
    """Returns rows to keep: `count` at random of each of the `wanted` classes, all where there are fewer. `classes` (rows,).

    A larger memory of the same seed contains a smaller one.
    """
    chosen = []
    for one in wanted.tolist():
        rows = torch.nonzero(classes == one)[:, 0]
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1000 * seed + one))
        chosen.append(rows[order[:count]])
    return torch.cat(chosen)


def bytes_as_features(rows: int, inputs: int) -> int:
    """Returns the bytes of examples kept as features with labels."""
    return rows * (inputs * FLOAT + LABEL)


def bytes_as_text(sizes: Tensor) -> int:
    """Returns the bytes of examples kept as UTF-8 text with labels; `sizes` (rows,): bytes of each text."""
    return int(sizes.sum()) + len(sizes) * LABEL

"""Brings the sentence vectors of two languages into one space: mean removal and an orthogonal map. Knows no model and no text."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

# What `identity` is in `procrustes` where the map is kept near the identity: that of as many pairs of equal unit vectors in every
# direction. Set beforehand, not chosen by a result.
NEAR_IDENTITY = 40.0


def unit(vectors: Tensor, mean: Tensor | None = None) -> Tensor:
    """Subtracts `mean` (hidden,) if given and normalizes (…, hidden), so that dot products are cosines."""
    found: Tensor = normalize(vectors.float() if mean is None else vectors.float() - mean, dim=-1)
    return found


def procrustes(source: Tensor, target: Tensor, identity: float = 0.0) -> Tensor:
    """Returns the orthogonal W (hidden, hidden) with the least ‖source W − target‖² + `identity` · ‖W − I‖² (Schönemann 1966).

    `source`, `target`: (pairs, hidden). With fewer pairs than dimensions and `identity` 0 the map is free outside the pairs'
    span: what it does there means nothing.
    """
    hidden = source.shape[1]
    source, target = source.double(), target.double()
    if not identity or 2 * len(source) >= hidden:
        whole: Tensor = _polar(source.T @ target, identity).float()
        return whole
    # Outside the span of all these vectors the best map is the identity itself, so a small problem remains.
    basis, _ = torch.linalg.qr(torch.cat([source, target]).T)
    inside = _polar((source @ basis).T @ (target @ basis), identity)
    outside = torch.eye(hidden, dtype=torch.float64) - basis @ basis.T
    found: Tensor = (basis @ inside @ basis.T + outside).float()
    return found


def _polar(product: Tensor, identity: float) -> Tensor:
    u, _, v = torch.linalg.svd(product + identity * torch.eye(len(product), dtype=product.dtype))
    found: Tensor = u @ v
    return found


def plane(vectors: Tensor) -> Tensor:
    """Returns the first two principal components (rows, 2); each is turned so that its largest value is positive."""
    centred = vectors.double() - vectors.double().mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    found: Tensor = centred @ directions[:2].T
    largest = found.gather(0, found.abs().argmax(0, keepdim=True))
    turned: Tensor = found * torch.where(largest < 0, -1.0, 1.0)
    return turned

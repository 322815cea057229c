"""Scores translations against one another: cosine or CSLS, ranks, and hubs. Knows no model and no text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

NEIGHBOURS = 10


def csls(cosines: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """Returns cross-domain similarity local scaling (queries, candidates) of cosines (Conneau et al. 2018, equation 3).

    Twice the cosine, less the mean cosine of the query, and of the candidate, with its nearest `neighbours` on the other side.
    """
    across = min(neighbours, cosines.shape[1])
    down = min(neighbours, cosines.shape[0])
    of_query = cosines.topk(across, dim=1).values.mean(1, keepdim=True)
    of_candidate = cosines.topk(down, dim=0).values.mean(0, keepdim=True)
    return 2 * cosines - of_query - of_candidate


def ranks(scores: Tensor) -> Tensor:
    """Returns the rank, from 1, of candidate i for query i; a candidate with the same score counts as ranked above it."""
    own = scores.diagonal()[:, None]
    return (scores >= own).sum(1)


def mixed_ranks(own_language: Tensor, other_language: Tensor) -> Tensor:
    """Returns the rank of each query's translation among the sentences of both languages, without the query itself.

    `own_language`, `other_language`: cosines (queries, queries) and (queries, candidates).
    """
    rivals = own_language.clone().fill_diagonal_(-torch.inf)
    own = other_language.diagonal()[:, None]
    return (other_language >= own).sum(1) + (rivals >= own).sum(1)


def k_occurrence(scores: Tensor, neighbours: int = NEIGHBOURS) -> npt.NDArray[np.int64]:
    """Counts how many queries have each candidate among their nearest `neighbours` (candidates,) (Radovanović et al. 2010)."""
    found = scores.topk(min(neighbours, scores.shape[1]), dim=1).indices
    return np.bincount(found.flatten().numpy(), minlength=scores.shape[1])


def skewness(counts: npt.NDArray[np.number]) -> float:
    """Returns the third standardized moment; 0 where all are equal. Hubs make the k-occurrence skewed to the right."""
    deviations = np.asarray(counts, dtype=np.float64) - np.mean(counts)
    spread = float(np.sqrt(np.mean(deviations**2)))
    return float(np.mean(deviations**3)) / spread**3 if spread else 0.0

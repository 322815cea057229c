"""Computes a next-token distribution from one position's logits. Knows nothing of models or of how a token is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.generation.largest import largest

MOST_LIKELIEST = 64


@dataclass(frozen=True, eq=False)
class NextToken:
    """The distribution over the next token. `logits` (vocabulary,); `total`: their log-sum-exp; `entropy` in nats.

    `likeliest`: the top tokens with their probabilities, ties by id.
    """

    logits: Tensor
    total: float
    entropy: float
    likeliest: tuple[tuple[int, float], ...]

    @staticmethod
    def of(logits: Tensor) -> NextToken:
        values = logits.float()
        total = float(values.logsumexp(-1))
        probabilities = (values - total).exp()
        entropy = max(0.0, total - float((probabilities * values).sum()))
        best, ids = largest(probabilities, MOST_LIKELIEST)
        likeliest = sorted(zip(ids.tolist(), best.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
        return NextToken(logits, total, entropy, tuple(likeliest))

    def log_probability(self, token: int) -> float:
        """Returns a token's log-probability (natural)."""
        return float(self.logits[token]) - self.total

    def rank(self, token: int) -> int:
        """Returns a token's rank; 1 is the most likely, ties share a rank."""
        return int(torch.count_nonzero(self.logits > self.logits[token])) + 1

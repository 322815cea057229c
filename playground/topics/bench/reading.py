"""How A, B and the baseline read the same text: forced on it token by token, each weights' distributions computed once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.evaluation.perplexity import divergence, next_token_log_probabilities
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Reading:
    """`log_probabilities_*`, `divergence`: natural log, (length - 1,), entry i is about ids[i + 1].

    `divergence`: KL(A ‖ B) by token; `*_to_base`: mean KL(baseline ‖ side).
    """

    log_probabilities_a: Tensor
    log_probabilities_b: Tensor
    divergence: Tensor
    a_to_base: float
    b_to_base: float

    @property
    def perplexity_a(self) -> float:
        return math.exp(-float(self.log_probabilities_a.mean()))

    @property
    def perplexity_b(self) -> float:
        return math.exp(-float(self.log_probabilities_b.mean()))


def read(base: LanguageModel, a: LanguageModel, b: LanguageModel, ids: Sequence[int]) -> Reading:
    """The text of `ids` (two tokens or more) as the three read it. Equal weights go through the model once."""
    models = {id(lm.module): lm for lm in (base, a, b)}
    streams = {key: next_token_log_probabilities(lm, ids[:-1]) for key, lm in models.items()}
    parts: list[tuple[Tensor, ...]] = []
    done = 0
    for chunk in zip(*streams.values(), strict=True):
        by_model = dict(zip(streams, chunk, strict=True))
        of_base, of_a, of_b = (by_model[id(lm.module)] for lm in (base, a, b))
        targets = torch.tensor(list(ids[1 + done : 1 + done + len(of_a)]), device=of_a.device)[:, None]
        done += len(of_a)
        parts.append((
            of_a.gather(1, targets)[:, 0], of_b.gather(1, targets)[:, 0],
            divergence(of_a, of_b), divergence(of_base, of_a), divergence(of_base, of_b),
        ))  # fmt: skip
    of_a, of_b, between, a_to_base, b_to_base = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
    return Reading(of_a, of_b, between, float(a_to_base.mean()), float(b_to_base.mean()))

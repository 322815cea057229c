"""Compares the next-token distributions of A, B and the baseline on the same text, each computed once.

Knows nothing of how the models differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.evaluation.perplexity import divergence, next_token_log_probabilities
from playground.lab.text import Text
from playground.lab.token_panels import Ribbon, RibbonRow
from playground.language.units import pieces
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Comparison:
    """`log_probabilities_*`, `divergence`: natural log, (length - 1,), entry i is for ids[i + 1].

    `divergence`: KL(A ‖ B) per token; `*_to_base`: mean KL(baseline ‖ side).
    """

    log_probabilities_a: Tensor
    log_probabilities_b: Tensor
    divergence: Tensor
    a_to_base: float
    b_to_base: float

    @property
    def perplexity_a(self) -> float:
        return _perplexity(self.log_probabilities_a)

    @property
    def perplexity_b(self) -> float:
        return _perplexity(self.log_probabilities_b)


def _perplexity(log_probabilities: Tensor) -> float:
    # A broken model's perplexity can overflow a float.
    return math.exp(min(-float(log_probabilities.mean()), 700.0))


def compare(base: LanguageModel, a: LanguageModel, b: LanguageModel, ids: Sequence[int]) -> Comparison:
    """Compares the three models on `ids` (at least two tokens). Equal weights are evaluated once."""
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
    return Comparison(of_a, of_b, between, float(a_to_base.mean()), float(b_to_base.mean()))


def divergence_ribbon(lm: LanguageModel, ids: Sequence[int], found: Comparison) -> Ribbon:
    """Returns KL(A ‖ B) per piece of the text, its largest marked; the first token has none."""
    values = (None, *(float(value) for value in found.divergence))
    marks = (1 + int(found.divergence.argmax()),) if float(found.divergence.max()) > 0 else ()
    return Ribbon(
        tuple(pieces(lm, ids)),
        (RibbonRow(Text(zh="KL(A‖B)", en="KL(A‖B)"), values, Text(zh="奈特", en="nat")),),
        marks,
        Text(zh="KL 最大处", en="largest KL"),
    )

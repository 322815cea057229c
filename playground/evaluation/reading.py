"""Measures a compressed model's loss on a text relative to its base, and the time of its decode step.

Knows nothing of how the models differ.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.lab.timing import Timing, measure
from playground.models.language_model import LanguageModel
from playground.models.stepping import go_on

# Tokens of the text that are evaluated: 134 MB of the baseline's probabilities.
MEASURED_TOKENS = 128
# Steps for which a timed decoder allocates its cache.
MOST_STEPS = 64


@dataclass(frozen=True)
class Cost:
    """A model on a text: its `perplexity`, and `divergence`, its mean KL(baseline ‖ model) in nats per token."""

    perplexity: float
    divergence: float


class Reading:
    """Holds the baseline's distributions on the evaluated part of a text, computed once."""

    def __init__(self, lm: LanguageModel, ids: list[int]) -> None:
        self.ids = ids[: MEASURED_TOKENS + 1]
        logits = self.logits(lm)
        self._probabilities = torch.stack([row.float().softmax(-1) for row in logits])
        # Its cross-entropy with itself.
        self._entropy, losses = self._entropies(logits)
        self.baseline = Cost(_perplexity(losses), 0.0)

    def cost(self, lm: LanguageModel) -> Cost:
        """Evaluates another model on the same tokens by one forward pass."""
        return self.cost_of(self.logits(lm))

    def cost_of(self, logits: Tensor) -> Cost:
        """Evaluates a model by its logits on the same tokens."""
        crossed, losses = self._entropies(logits)
        return Cost(_perplexity(losses), float((crossed - self._entropy).clamp(min=0.0).mean()))

    def logits(self, lm: LanguageModel) -> Tensor:
        """Returns a model's logits (tokens, vocabulary) after each token but the last, by one forward pass."""
        logits: Tensor = lm.forward(torch.tensor([self.ids[:-1]]), use_cache=False).logits[0]
        return logits

    def _entropies(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Returns by row, in nats, the cross-entropy of the baseline's distribution with that of the logits, and −log p of the token."""
        crossed, losses = [], []
        for row, probabilities, target in zip(logits, self._probabilities, self.ids[1:], strict=True):
            # A row in float32 is a megabyte and stays in the processor's caches; all rows don't.
            scores = row.float()
            total = scores.logsumexp(-1)
            crossed.append(total - probabilities @ scores)
            losses.append(total - scores[target])
        return torch.stack(crossed), torch.stack(losses)


def _perplexity(losses: Tensor) -> float:
    # A broken model's perplexity can overflow a float.
    return math.exp(min(float(losses.mean()), 700.0))


def decode_step(lm: LanguageModel, ids: list[int], repeats: int = 5) -> Timing:
    """Times one decode step after `ids` with the KV cache: the time per output token."""
    return measure(one_more_token(lm, ids), repeats=repeats, warm_up=1)


def one_more_token(lm: LanguageModel, ids: list[int], rows: int = 1) -> Callable[[], object]:
    """Returns a function for at most `MOST_STEPS` calls that decodes one more token after `ids` for `rows` equal sequences at
    once, with the same step as generation."""
    cache = lm.forward(torch.tensor([ids] * rows), use_cache=True, logits_to_keep=1).past_key_values
    return functools.partial(go_on(lm, cache, MOST_STEPS).step, torch.tensor(ids[-1:] * rows))

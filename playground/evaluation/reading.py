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

from playground.evaluation.perplexity import expected, next_token_log_probabilities
from playground.lab.timing import Timing, measure
from playground.models.language_model import LanguageModel
from playground.models.stepping import go_on

# Tokens of the text that are evaluated: one chunk of `next_token_log_probabilities`, 134 MB of logits.
MEASURED_TOKENS = 128
# Steps for which a timed decoder allocates its cache.
MOST_STEPS = 64


@dataclass(frozen=True)
class Cost:
    """A model's perplexity on a text, and its mean KL(baseline ‖ model) in nats per token."""

    perplexity: float
    divergence: float


class Reading:
    """Holds the baseline's distributions on the evaluated part of a text, computed once."""

    def __init__(self, lm: LanguageModel, ids: list[int]) -> None:
        self.ids = ids[: MEASURED_TOKENS + 1]
        self._targets = torch.tensor(self.ids[1:], device=lm.device)[:, None]
        log_probabilities = self._distributions(lm)
        self.baseline = Cost(self._perplexity(log_probabilities), 0.0)
        self._probabilities = log_probabilities.exp()
        self._entropy = -expected(self._probabilities, log_probabilities)

    def cost(self, lm: LanguageModel) -> Cost:
        """Evaluates another model on the same tokens by one forward pass."""
        log_probabilities = self._distributions(lm)
        # KL as cross-entropy − entropy: one dot product per token instead of four passes.
        kl = (-expected(self._probabilities, log_probabilities) - self._entropy).clamp(min=0.0)
        return Cost(self._perplexity(log_probabilities), float(kl.mean()))

    def _distributions(self, lm: LanguageModel) -> Tensor:
        return torch.cat(list(next_token_log_probabilities(lm, self.ids[:-1])))

    def _perplexity(self, log_probabilities: Tensor) -> float:
        loss = -float(log_probabilities.gather(1, self._targets).mean())
        # A broken model's perplexity can overflow a float.
        return math.exp(min(loss, 700.0))


def decode_step(lm: LanguageModel, ids: list[int], repeats: int = 5) -> Timing:
    """Times one decode step after `ids` with the KV cache: the time per output token."""
    return measure(one_more_token(lm, ids), repeats=repeats, warm_up=1)


def one_more_token(lm: LanguageModel, ids: list[int], rows: int = 1) -> Callable[[], object]:
    """Returns a function for at most `MOST_STEPS` calls that decodes one more token after `ids` for `rows` equal sequences at
    once, with the same step as generation."""
    cache = lm.forward(torch.tensor([ids] * rows), use_cache=True, logits_to_keep=1).past_key_values
    return functools.partial(go_on(lm, cache, MOST_STEPS).step, torch.tensor(ids[-1:] * rows))

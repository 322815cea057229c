"""Computes a causal model's log-probabilities and perplexity on a text, and the KL divergence between two models.

Knows nothing of how the models differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.language_model import LanguageModel

# 128 positions × 262,144 words × 4 bytes: 134 MB of logits at a time.
CHUNK = 128
# Above it a perplexity only says that the model no longer predicts the text: a uniform guess over the vocabulary has 262,144.
BROKEN_ABOVE = 1e6
BROKEN = Text(zh="坏了（> 10⁶）", en="broken (> 10⁶)")


def readable(perplexity: float | None) -> float | Text | None:
    """Returns a perplexity as a cell shows it: above 10⁶ as broken, since nobody reads more out of its digits."""
    return BROKEN if perplexity is not None and perplexity > BROKEN_ABOVE else perplexity


def next_token_log_probabilities(lm: LanguageModel, ids: Sequence[int], chunk: int = CHUNK) -> Iterator[Tensor]:
    """Yields log-probabilities (natural) of the next token after each of `ids`, in chunks (at most `chunk`, vocabulary).

    A long text is processed in chunks with a KV cache, so that its logits are never all in memory.
    """
    if len(ids) > lm.context:
        raise PlaygroundError(
            Text(
                zh="文本有 {n} 个词元，超过模型的上下文长度 {limit}，请缩短。",
                en="The text has {n} tokens; the model's context holds {limit}. Please shorten it.",
            ).format(n=len(ids), limit=lm.context)
        )
    cache = None
    for start in range(0, len(ids), chunk):
        piece = torch.tensor([list(ids[start : start + chunk])])
        out = lm.forward(piece, past_key_values=cache, use_cache=len(ids) > chunk)
        cache = out.past_key_values if len(ids) > chunk else None
        yield out.logits[0].float().log_softmax(-1)


def token_log_probabilities(lm: LanguageModel, ids: Sequence[int]) -> Tensor:
    """Returns log p(ids[i + 1] | ids[: i + 1]) in nats, float32 (length - 1): the first token has no probability."""
    targets = torch.tensor(list(ids[1:]), device=lm.device)
    parts, start = [], 0
    for log_probabilities in next_token_log_probabilities(lm, ids[:-1]):
        rows = len(log_probabilities)
        parts.append(log_probabilities.gather(1, targets[start : start + rows, None])[:, 0])
        start += rows
    return torch.cat(parts).cpu() if parts else torch.empty(0)


def check_length(ids: Sequence[int]) -> None:
    """Raises PlaygroundError, with the field `text`, for fewer than two ids."""
    if len(ids) < 2:
        raise PlaygroundError(
            Text(
                zh="“文本”太短，算不出困惑度，请多写几个字。",
                en="“Text” is too short for a perplexity; write a few more words.",
            ),
            "text",
        )


def perplexity(lm: LanguageModel, ids: Sequence[int]) -> float:
    """Returns exp of the mean negative log-probability of all tokens but the first. Raises PlaygroundError below two tokens."""
    check_length(ids)
    return math.exp(-float(token_log_probabilities(lm, ids).mean()))


def kl_per_token(lm_a: LanguageModel, lm_b: LanguageModel, ids: Sequence[int]) -> Tensor:
    """Returns KL(A ‖ B) in nats, float32 (length - 1), both models teacher-forced on the same tokens.

    Entry i compares the distributions that predict ids[i + 1]. A is the reference, B its approximation.
    """
    pairs = zip(next_token_log_probabilities(lm_a, ids[:-1]), next_token_log_probabilities(lm_b, ids[:-1]), strict=True)
    parts = [divergence(a, b) for a, b in pairs]
    return torch.cat(parts).cpu() if parts else torch.empty(0)


def divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Returns KL(P ‖ Q) in nats over the last axis, of natural-log distributions, clamped at 0 against rounding errors."""
    return (log_p.exp() * (log_p - log_q)).sum(-1).clamp(min=0.0)

"""Multiplies hidden states by a model's output head: all logits, those of a few tokens, or only how likely chosen tokens are.

A vocabulary of 262,144 makes the head the costliest part of a pass: what needs one number of each row goes through it in blocks of
words, whose logits are summed up while they are in the processor's caches. Knows no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.models.language_model import LanguageModel
from playground.models.precise import precise_logits

# Rows of the output head at a time, and words: on two cores 1.7 times as fast as 64 rows and twice the words.
ROWS, WORDS = 320, 8192


def _silent() -> None:
    """Looks at nothing between two blocks of rows."""


def head_logits(lm: LanguageModel, states: Tensor, *, precise: bool = False) -> Tensor:
    """Returns logits (…, vocabulary), float32, of states (…, hidden) after the final norm. `precise`: multiplied in float32."""
    head: nn.Module = lm.module.get_output_embeddings()
    if precise and isinstance(head, nn.Linear):
        logits = precise_logits(head, states)
    else:
        logits = head(states.to(next(head.parameters(), states).dtype)).float()
    return _capped(lm, logits)


def token_logits(lm: LanguageModel, states: Tensor, tokens: Iterable[int], *, precise: bool = False) -> Tensor:
    """Returns the logits (…, tokens), float32, of some tokens alone, of states (…, hidden) after the final norm.

    Reads as many rows of the output head as there are tokens. `precise`: multiplied in float32, since bfloat16 has steps of 0.125
    at a logit of 20, larger than many effects.
    """
    head: nn.Module = lm.module.get_output_embeddings()
    weight: Tensor = head.weight[torch.tensor(list(tokens), device=states.device)]  # type: ignore[index]
    if precise:
        weight = weight.float()
    return _capped(lm, (states.to(weight.dtype) @ weight.T).float())


def log_probabilities(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], checkpoint: Callable[[], None] = _silent
) -> Tensor:
    """Returns the natural log-probability (rows,), float32, of each target after the state of the same row.

    `states`: (rows, hidden), after the final norm. `checkpoint` is called before every block of `ROWS`.
    """
    blocks = [found - total for found, total, *_ in _blocks(lm, states, targets, checkpoint)]
    return torch.cat(blocks) if blocks else torch.empty(0)


def log_probabilities_and_likeliest(
    lm: LanguageModel, states: Tensor, targets: Sequence[int], checkpoint: Callable[[], None] = _silent
) -> tuple[Tensor, Tensor]:
    """Returns what `log_probabilities` does, and whether each target is the likeliest token, the first of equals (rows,)."""
    blocks = list(_blocks(lm, states, targets, checkpoint, likeliest=True))
    if not blocks:
        return torch.empty(0), torch.empty(0, dtype=torch.bool)
    best = torch.cat([best for _, _, best, _ in blocks])
    return torch.cat([found - total for found, total, *_ in blocks]), best == torch.tensor(list(targets))


def likeliest(lm: LanguageModel, states: Tensor, targets: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the likeliest token of each row, its natural log-probability and the target's; each (rows,), of states (rows, hidden)
    after the final norm."""
    blocks = list(_blocks(lm, states, targets, _silent, likeliest=True))
    return (
        torch.cat([best for _, _, best, _ in blocks]),
        torch.cat([top - total for _, total, _, top in blocks]),
        torch.cat([found - total for found, total, *_ in blocks]),
    )


def log_normalizers(lm: LanguageModel, states: Tensor, checkpoint: Callable[[], None] = _silent) -> Tensor:
    """Returns log Σ exp(logit) (rows,), float32, over the vocabulary, of states (rows, hidden) after the final norm."""
    blocks = [total for _, total, *_ in _blocks(lm, states, [0] * len(states), checkpoint)]
    return torch.cat(blocks) if blocks else torch.empty(0)


@torch.inference_mode()
def _blocks(
    lm: LanguageModel,
    states: Tensor,
    targets: Sequence[int],
    checkpoint: Callable[[], None],
    *,
    likeliest: bool = False,
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Yields for `ROWS` rows at a time the target's logit, the logarithm of the sum over all words, if asked the likeliest token, and
    the highest logit; each (rows,)."""
    for start in range(0, len(targets), ROWS):
        checkpoint()
        rows = states[start : start + ROWS]
        wanted = torch.tensor(list(targets[start : start + ROWS]), device=rows.device)
        chosen = torch.zeros(len(rows), device=rows.device)
        tops, places, sums = [], [], []
        for first, logits in _words(lm, rows):
            inside = (wanted >= first) & (wanted < first + logits.shape[-1])
            chosen[inside] = logits[inside].gather(1, wanted[inside, None] - first)[:, 0]
            top, place = logits.max(-1) if likeliest else (logits.amax(-1), wanted)
            tops.append(top)
            places.append(place + first)
            # In place: a new tensor of this size for each step costs as much as the product.
            sums.append(logits.sub_(top[:, None]).exp_().sum(-1).log_().add_(top))
        highest = torch.stack(tops).max(0)
        best = torch.stack(places).gather(0, highest.indices[None])[0]
        yield chosen.cpu(), torch.stack(sums).logsumexp(0).cpu(), best.cpu(), highest.values.cpu()


def _words(lm: LanguageModel, states: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yields the logits (rows, words), float32, of one block of words after another, with its first word."""
    head: nn.Module = lm.module.get_output_embeddings()
    if not isinstance(head, nn.Linear) or head.bias is not None:
        yield 0, head_logits(lm, states)
        return
    # Contiguous rows: on a strided view torch's bfloat16 product copies the whole head once per row.
    rows = states.to(head.weight).contiguous()
    for first, part in zip(range(0, len(head.weight), WORDS), torch.split(head.weight, WORDS), strict=True):
        yield first, _capped(lm, functional.linear(rows, part).float())


def _capped(lm: LanguageModel, logits: Tensor) -> Tensor:
    """Applies the soft cap that a model may put on the logits of its output head."""
    cap = getattr(lm.config, "final_logit_softcapping", None)
    return torch.tanh(logits / cap) * cap if cap else logits

"""Decodes greedily with drafts copied from the text itself, which the model verifies in one forward pass.

Prompt lookup (Saxena 2023, transformers' `prompt_lookup_num_tokens`): speculative decoding (Leviathan et al. 2023,
arXiv:2211.17192) with a free draft. Without drafts it is plain greedy search, with or without a KV cache. Doesn't measure
time; knows no page and no sampling.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.generation.largest import argmax, largest
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import DynamicCache


def draft(ids: Sequence[int], ngram: int, most: int) -> tuple[int, ...]:
    """Drafts at most `most` tokens that followed an earlier occurrence of the last tokens of `ids`; none without one.

    Matches the first occurrence of the last `ngram` tokens, then of fewer and fewer, as transformers'
    `PromptLookupCandidateGenerator` does.
    """
    for size in range(min(ngram, len(ids) - 1), 0, -1):
        tail = list(ids[-size:])
        for start in range(len(ids) - size):
            if list(ids[start : start + size]) == tail:
                return tuple(ids[start + size : start + size + most])
    return ()


@dataclass(frozen=True)
class Choice:
    """The model's top token: its logit, and its margin over the runner-up."""

    token: int
    logit: float
    lead: float

    def spacing(self, number_type: torch.dtype) -> float:
        """Returns the spacing of adjacent numbers of a dtype at the logit's magnitude, its rounding step."""
        exponent = math.frexp(self.logit)[1] - 1 if self.logit else 0
        return float(torch.finfo(number_type).eps) * 2.0**exponent


@dataclass(frozen=True)
class Pass:
    """One forward pass: the `drafted` tokens, how many the model `accepted`, and its top token at each position.

    `choices` has one more than `accepted`: the last is the model's own next token.
    """

    drafted: tuple[int, ...]
    accepted: int
    choices: tuple[Choice, ...]

    @property
    def tokens(self) -> tuple[int, ...]:
        """The tokens that the pass appends, at least one."""
        return tuple(choice.token for choice in self.choices)


def verify(logits: Tensor, drafted: Sequence[int]) -> Pass:
    """Verifies a draft: logits (len(drafted) + 1, vocabulary) before each drafted token and after the last.

    Drafted tokens are accepted while they are the model's top tokens, so the text equals greedy search's.
    """
    choices = []
    for place, row in enumerate(logits):
        best = argmax(row)
        first, second = largest(row, 2)[0].tolist()
        choices.append(Choice(best, first, first - second))
        if place == len(drafted) or best != drafted[place]:
            break
    return Pass(tuple(drafted), len(choices) - 1, tuple(choices))


def write(
    lm: LanguageModel,
    prompt: Sequence[int],
    past: DynamicCache | None,
    *,
    max_tokens: int,
    ngram: int = 0,
    drafted: int = 0,
    rows: int = 1,
) -> Iterator[Pass]:
    """Continues `prompt` (token ids) greedily for at most `max_tokens` tokens or to an end token; yields each forward pass.

    `past`: KV cache of the prompt's first tokens, possibly empty; it is extended, and rejected drafts are removed from it, so
    every layer must include all positions (an `empty_cache()` without a config). None: no cache, each pass recomputes the
    whole text. `ngram` tokens are matched to draft `drafted` ones; 0 is plain greedy search. `rows`: a batch of that many
    equal sequences, also in `past`, for timing only.

    Raises ValueError if `past` already covers the whole prompt.
    """
    text = list(prompt)
    unread = text[past.get_seq_length() :] if past is not None else text
    if not unread:
        raise ValueError("the last token of the prompt must be read: its logits are what is asked for")
    room = max_tokens
    while room > 0:
        # The model appends its own token to the accepted ones.
        guess = _before_an_end(draft(text, ngram, min(drafted, room - 1)), lm.end_ids)
        chunk = [*(unread if past is not None else text), *guess]
        logits = lm.forward(
            torch.tensor([chunk] * rows),
            past_key_values=past,
            use_cache=past is not None,
            logits_to_keep=len(guess) + 1,
        ).logits[0]
        step = verify(logits.float().cpu(), guess)
        refused = len(guess) - step.accepted
        if past is not None and refused:
            past.crop(-refused)
        text += step.tokens
        room -= len(step.tokens)
        unread = text[-1:]
        yield step
        if step.tokens[-1] in lm.end_ids:
            return


def _before_an_end(tokens: tuple[int, ...], end_ids: frozenset[int]) -> tuple[int, ...]:
    """Truncates a draft before its first end token: only the model may end a text."""
    return next((tokens[:place] for place, token in enumerate(tokens) if token in end_ids), tokens)

"""Greedy search that drafts its next tokens from the text itself and has the model check them all in one forward pass.

Prompt lookup (Saxena 2023, transformers' `prompt_lookup_num_tokens`): speculative decoding (Leviathan et al. 2023,
arXiv:2211.17192) whose draft costs nothing. Without drafts it is plain greedy search, with a cache or without one. Knows no
clock, no page and no sampling.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from playground.generation.largest import argmax, largest
from playground.models.language_model import LanguageModel


def draft(ids: Sequence[int], ngram: int, most: int) -> tuple[int, ...]:
    """At most `most` tokens that once followed the last tokens of `ids`; none where these are new.

    Of the last `ngram` tokens, then of ever fewer, the first occurrence counts, as in transformers'
    `PromptLookupCandidateGenerator`.
    """
    for size in range(min(ngram, len(ids) - 1), 0, -1):
        tail = list(ids[-size:])
        for start in range(len(ids) - size):
            if list(ids[start : start + size]) == tail:
                return tuple(ids[start + size : start + size + most])
    return ()


@dataclass(frozen=True)
class Choice:
    """A token that the model put first: its logit, and how far the runner-up's lay below it."""

    token: int
    logit: float
    lead: float

    def spacing(self, number_type: torch.dtype) -> float:
        """The distance between neighbouring numbers of that type at the logit's size: its step of rounding."""
        exponent = math.frexp(self.logit)[1] - 1 if self.logit else 0
        return float(torch.finfo(number_type).eps) * 2.0**exponent


@dataclass(frozen=True)
class Pass:
    """One forward pass: the `drafted` tokens, how many of them the model `accepted`, and what it put first in each place.

    `choices` has one more than `accepted`: the last is the model's own token, which no draft gave.
    """

    drafted: tuple[int, ...]
    accepted: int
    choices: tuple[Choice, ...]

    @property
    def tokens(self) -> tuple[int, ...]:
        """What the pass adds to the text: at least one token."""
        return tuple(choice.token for choice in self.choices)


def verify(logits: Tensor, drafted: Sequence[int]) -> Pass:
    """What remains of a draft: logits (len(drafted) + 1, vocabulary), those before each drafted token and after the last.

    A drafted token stays while it is what the model itself puts first, so the text is greedy search's own.
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

    `past`: keys and values of the first tokens of the prompt, of none in an empty one; it is filled, and refused drafts are
    taken out again, so every layer must keep all positions (`DynamicCache()` made without a config). None: no cache, each
    pass computes the whole text anew. `ngram` tokens are looked up for `drafted` ones; 0 is plain greedy search. `rows`: so
    many equal sequences at once, which `past` holds too: a load for the clock, as their texts are the same.

    Raises ValueError where `past` already holds the whole prompt.
    """
    text = list(prompt)
    unread = text[past.get_seq_length() :] if past is not None else text
    if not unread:
        raise ValueError("the last token of the prompt must be read: its logits are what is asked for")
    room = max_tokens
    while room > 0:
        # The model adds a token of its own to what it accepts.
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
    """A draft up to its first end token: only the model may end a text."""
    return next((tokens[:place] for place, token in enumerate(tokens) if token in end_ids), tokens)

"""Decodes a request by prompt lookup and by plain greedy search in turn: drafts, passes, times, and where the texts differ.

Knows no settings and no panel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.generation.prefix_cache import Prefix
from playground.generation.prompt_lookup import Choice, Pass, write
from playground.lab.timing import Scheduled, Stopwatch, Timing
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.topics.inference.request import Request


@dataclass(frozen=True)
class Writing:
    """One way of decoding: its passes, and the seconds of each. `waited`: see `Timing`."""

    passes: tuple[Pass, ...]
    seconds: tuple[float, ...]
    waited: float | None = None

    @property
    def timing(self) -> Timing:
        """The time of a pass."""
        return Timing.of(list(self.seconds), self.waited)

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(token for step in self.passes for token in step.tokens)

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(choice for step in self.passes for choice in step.choices)

    @property
    def drafted(self) -> int:
        return sum(len(step.drafted) for step in self.passes)

    @property
    def accepted(self) -> int:
        return sum(step.accepted for step in self.passes)

    @property
    def milliseconds(self) -> float:
        """Milliseconds per token: the time of all passes over all tokens."""
        return 1e3 * sum(self.seconds) / len(self.tokens)


@dataclass(frozen=True)
class Both:
    """The same request, both ways. `number_type`: what the model computes in."""

    plain: Writing
    lookup: Writing
    number_type: torch.dtype

    @property
    def divergence(self) -> int | None:
        """The place of the first token that differs, from 0; None where none does."""
        pairs = enumerate(zip(self.plain.tokens, self.lookup.tokens, strict=False))
        return next((index for index, (one, other) in pairs if one != other), None)


def write_both(
    lm: LanguageModel, request: Request, prefix: Prefix | None, *, max_tokens: int, ngram: int, drafted: int
) -> Both:
    """Runs a pass of one way, a pass of the other, so that load falls on both alike; batch size 1, with the cache.

    Prefill isn't timed: all but the prompt's last token are read before. `drafted` tokens at most are copied for a pass.
    """
    writers: dict[bool, Iterator[Pass]] = {}
    passes: dict[bool, list[Pass]] = {False: [], True: []}
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for looking in passes:
        past = prefix.keys_and_values() if prefix is not None else empty_cache()
        unread = list(request.ids[past.get_seq_length() : -1])
        if unread:
            lm.forward(torch.tensor([unread]), past_key_values=past, use_cache=True, logits_to_keep=1)
        writers[looking] = write(
            lm, request.ids, past, max_tokens=max_tokens, ngram=ngram, drafted=drafted if looking else 0
        )
    before = Scheduled.now()
    while writers:
        for looking, writer in list(writers.items()):
            watch = Stopwatch()
            step = next(writer, None)
            if step is None:
                del writers[looking]
            else:
                passes[looking].append(step)
                seconds[looking].append(watch.seconds())
    waited = Scheduled.now().waited_since(before)
    plain, lookup = (Writing(tuple(passes[looking]), tuple(seconds[looking]), waited) for looking in (False, True))
    return Both(plain, lookup, next(lm.module.parameters()).dtype)

"""Decodes with several settings of the same weights in one batch; knows nothing of pages or panels.

The prompt is prefilled once. All rows have the same length at every step, so there is no padding and no mask, and finished
rows are removed from the batch.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from playground.generation.beam import BeamSearch
from playground.generation.constraint import Constraint, nothing_left
from playground.generation.continuation import Continuation, Ending, step_of
from playground.generation.largest import above, argmax
from playground.generation.penalties import penalty_chain, run, sampling_chain
from playground.generation.prefix_cache import Prefix
from playground.generation.settings import Decoding
from playground.generation.trace import likely, trace
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.models.stepping import Stepping, go_on

# A stop string is searched in this many last tokens; more would cost time at every step.
_STOP_TOKENS = 24


class Search(Protocol):
    """The search of one setting. It owns some rows of the batch, one at first."""

    def advance(self, logits: Tensor) -> list[tuple[int, int]]:
        """Chooses tokens from logits (rows, vocabulary); returns pairs of parent row and token, none if finished."""
        ...

    def continuation(self) -> Continuation:
        """Returns the continuation so far."""
        ...

    def candidates(self) -> list[int]:
        """Returns the tokens that the trace of the last step is about; none without a trace, or once finished."""
        ...

    def trace(self, also: Sequence[int]) -> None:
        """Adds the trace of the last step, with `also` among its candidates, where one was asked for."""
        ...


class Line:
    """Decodes one row greedily or by sampling, with its own generator and one uniform number per token."""

    def __init__(
        self,
        lm: LanguageModel,
        prompt: Sequence[int],
        decoding: Decoding,
        *,
        most: int,
        seed: int,
        end_ids: frozenset[int],
        stop: Sequence[str] = (),
        traced: bool = False,
        constraint: Constraint | None = None,
    ) -> None:
        self._lm = lm
        self._ids = list(prompt)
        self._length = len(prompt)
        self._counted_from = 0 if decoding.count_prompt else len(prompt)
        self._constraint = constraint
        held = () if constraint is None else (constraint.stage(len(prompt) - self._counted_from),)
        self._stages = (*penalty_chain(decoding), *held, *sampling_chain(decoding))
        self._sampled = decoding.strategy == "sample"
        self._narrowed = any(stage.narrows for stage in self._stages)
        self._generator = torch.Generator().manual_seed(seed)
        self._most, self._end_ids, self._stop, self._traced = most, end_ids, stop, traced
        self._now = Continuation(tuple(prompt))
        # What the trace of the last step is made from: the chain's values, the tokens considered, and the token chosen.
        self._untraced: tuple[list[Tensor], list[int], int] | None = None

    def advance(self, logits: Tensor) -> list[tuple[int, int]]:
        raw = logits[0]
        seen = self._ids[self._counted_from :]
        values = run(self._stages, raw, seen)
        kept = above(values[-1], -math.inf) if self._narrowed else None
        if kept is not None and not len(kept):
            raise nothing_left(self._constraint)
        left = values[-1] if kept is None else values[-1][kept]
        place = draw(left, self._generator) if self._sampled else argmax(left)
        token = place if kept is None else int(kept[place])
        step = step_of(self._stages, values, seen, self._counted_from, token, traced=False, raw=raw, left=left)
        self._untraced = (values, seen, token) if self._traced else None
        self._ids.append(token)
        self._now = Continuation(self._now.prompt, (*self._now.steps, step), self._ending(token))
        return [] if self._now.ending else [(0, token)]

    def continuation(self) -> Continuation:
        return self._now

    def candidates(self) -> list[int]:
        return [] if self._untraced is None else [*likely(self._untraced[0]), self._untraced[2]]

    def trace(self, also: Sequence[int]) -> None:
        if self._untraced is None:
            return
        values, seen, token = self._untraced
        found = trace(self._stages, values, seen, self._counted_from, token, also, whole=True)
        *before, last = self._now.steps
        self._now = dataclasses.replace(self._now, steps=(*before, dataclasses.replace(last, trace=found)))
        self._untraced = None

    def _ending(self, token: int) -> Ending | None:
        new = self._ids[self._length :]
        if token in self._end_ids:
            return Ending.END
        if self._stop and any(string in self._lm.decode(new[-_STOP_TOKENS:]) for string in self._stop):
            return Ending.STOP
        if self._constraint is not None and self._constraint.complete(new):
            return Ending.MATCH
        return Ending.LENGTH if len(new) >= self._most else None


def draw(logits: Tensor, generator: torch.Generator) -> int:
    """Samples an index from softmax(logits), logits (n,), by inverting the cumulative distribution.

    `torch.multinomial` draws a random number per token, 4.5 ms for 262,144; this draws one: 0.5 ms, and less after
    truncation.
    """
    numbers = logits.cpu().numpy()
    cumulative = np.exp(numbers - numbers.max()).cumsum(dtype=np.float64)
    point = torch.rand(1, generator=generator, dtype=torch.float64).item() * cumulative[-1]
    return min(int(cumulative.searchsorted(point, side="right")), len(cumulative) - 1)


def decode(
    lm: LanguageModel,
    prompt: Sequence[int],
    rows: Sequence[Decoding],
    *,
    max_tokens: int,
    seed: int | Sequence[int] = 0,
    end_ids: frozenset[int] | None = None,
    stop: Sequence[str] = (),
    traced: bool = False,
    prefix: Prefix | None = None,
    constraints: Sequence[Constraint | None] | None = None,
) -> Iterator[tuple[Continuation, ...]]:
    """Continues `prompt` (token ids) under each of `rows` in one batch; yields all continuations after each forward pass.

    The last yield has every `ending`. `seed`: one for all rows, or one each; a row's draws depend on its own seed alone.
    `end_ids`: tokens that end a row, by default the model's. `stop`: strings that end a row (not a beam search).
    `constraints`: for each row an expression that its text has to match, or None. `traced`: each step records its Trace. `prefix`: the already computed prompt; the first yield then needs no forward pass.
    Raises PlaygroundError for an empty prompt, one that fills the context window, or a step that has no token left.
    """
    if prefix is not None and (prefix.logits is None or prefix.ids != tuple(prompt)):
        raise ValueError("the prefix is another text than the prompt, or has no logits")
    room = lm.context - len(prompt)
    if not prompt or room < 1:
        raise PlaygroundError(
            Text(
                zh="提示有 {n} 个词元；应至少 1 个，且少于模型的上下文 {limit}。",
                en="The prompt has {n} tokens; it needs at least 1 and fewer than the model's context of {limit}.",
            ).format(n=len(prompt), limit=lm.context)
        )
    most = min(max_tokens, room)
    ends = lm.end_ids if end_ids is None else end_ids
    seeds = [seed] * len(rows) if isinstance(seed, int) else list(seed)
    searches: list[Search] = [
        BeamSearch(prompt, row, most=most, end_ids=ends, traced=traced, constraint=held)
        if row.strategy == "beam"
        else Line(lm, prompt, row, most=most, seed=own, end_ids=ends, stop=stop, traced=traced, constraint=held)
        for row, own, held in zip(rows, seeds, constraints or [None] * len(rows), strict=True)
    ]
    for _ in _steps(lm, prompt, searches, prefix, most):
        now = tuple(search.continuation() for search in searches)
        if most < max_tokens:
            now = tuple(_full(one) for one in now)
        yield now


def _full(one: Continuation) -> Continuation:
    """Sets the ending of a continuation that filled the context window."""
    if one.ending is not Ending.LENGTH:
        return one
    return Continuation(one.prompt, one.steps, Ending.CONTEXT, one.score, one.tree)


def _steps(
    lm: LanguageModel, prompt: Sequence[int], searches: Sequence[Search], prefix: Prefix | None, most: int
) -> Iterator[None]:
    """Runs the searches for at most `most` tokens, with one forward pass for all rows per step."""
    if prefix is not None and prefix.logits is not None:
        cache, logits = prefix.keys_and_values(), prefix.logits[None]
    else:
        cache = empty_cache(lm.config)
        out = lm.forward(torch.tensor([list(prompt)]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        logits = out.logits[:, -1]
    places: list[list[int]] = [[0]] * len(searches)
    text: Stepping | None = None
    while True:
        parents: list[int] = []
        tokens: list[int] = []
        for number, search in enumerate(searches):
            own = places[number]
            # A search's rows are adjacent. Converting to float32 one search at a time keeps them in the caches until they are used.
            moves = search.advance(logits[own[0] : own[-1] + 1].float()) if own else []
            places[number] = list(range(len(tokens), len(tokens) + len(moves)))
            parents += [own[parent] for parent, _ in moves]
            tokens += [token for _, token in moves]
        # One table shows all rows: each has the candidates of the others.
        candidates = [token for search in searches for token in search.candidates()]
        for search in searches:
            search.trace(candidates)
        yield
        if not tokens:
            return
        if text is None:
            text = go_on(lm, cache, most)
        if parents != list(range(logits.shape[0])):
            text.select(torch.tensor(parents))
        logits = text.step(torch.tensor(tokens))

"""Serves one request and times it: first token, further tokens, bytes of keys and values. Knows no settings and no panel.

Every way goes through the library's forward pass, so that turning one switch changes one thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.generation.prefix_cache import Prefix
from playground.generation.prompt_lookup import Pass, write
from playground.lab.timing import Scheduled, Stopwatch, Timing
from playground.models.key_values import empty_cache, held_bytes
from playground.models.language_model import LanguageModel
from playground.topics.inference.request import Request

if TYPE_CHECKING:
    from transformers import DynamicCache

FIRST_REPEATS = 2
# Tokens that a run without a cache may compute: some ten seconds on two cores.
UNCACHED_TOKENS = 24_000


@dataclass(frozen=True)
class Served:
    """A run so far. `rows`: equal sequences in the batch. `first`: seconds of the first pass, each time. `opening`: that pass.

    `later`: the passes after it and their seconds. `held`: bytes of keys and values. `read`: tokens prefilled. `waited`: see
    `Timing`. `cut`: the tokens after which a run without a cache was stopped, None where it wasn't.
    """

    rows: int
    first: tuple[float, ...]
    opening: Pass
    later: tuple[tuple[Pass, float], ...]
    held: int
    read: int
    waited: float | None
    cut: int | None = None

    @property
    def tokens(self) -> int:
        """Tokens of one answer."""
        return len(self.opening.tokens) + sum(len(step.tokens) for step, _ in self.later)

    @property
    def passes(self) -> int:
        return 1 + len(self.later)

    @property
    def first_timing(self) -> Timing:
        """The time of the first pass, prefill included."""
        return Timing.of(list(self.first), self.waited)

    @property
    def seconds_per_token(self) -> float | None:
        """Seconds per token of one answer, after its first pass; None where nothing came after it."""
        written = self.tokens - len(self.opening.tokens)
        return sum(seconds for _, seconds in self.later) / written if written else None

    @property
    def tokens_per_second(self) -> float:
        """Tokens a second of all answers, the first pass included."""
        return self.rows * self.tokens / (self.first_timing.median + sum(seconds for _, seconds in self.later))


def starting_cache(prefix: Prefix | None, rows: int) -> DynamicCache:
    """Makes the cache that a run starts with: an empty one, or one that holds the prefix for each row."""
    if prefix is None:
        return empty_cache()
    past = prefix.keys_and_values()
    past.batch_repeat_interleave(rows)
    return past


def serve(
    lm: LanguageModel,
    request: Request,
    *,
    cached: bool,
    prefix: Prefix | None = None,
    rows: int = 1,
    max_tokens: int,
    ngram: int = 0,
    drafted: int = 0,
) -> Iterator[Served]:
    """Decodes `rows` equal answers to the request; yields after the first token and at the end, and times what is between.

    `cached`: with a KV cache, which starts with the reused `prefix` where one is given. `drafted` tokens at most are copied by
    prompt lookup for a pass, 0 is plain greedy search.
    """
    most = max_tokens
    if not cached:
        most = min(most, max(2, UNCACHED_TOKENS // (rows * (len(request.ids) + most))))
    before = Scheduled.now()
    first = []
    for _ in range(FIRST_REPEATS):
        past = starting_cache(prefix, rows) if cached else None
        read = len(request.ids) - (past.get_seq_length() if past is not None else 0)
        steps = write(lm, request.ids, past, max_tokens=most, ngram=ngram, drafted=drafted, rows=rows)
        watch = Stopwatch()
        opening = next(steps)
        first.append(watch.seconds())

    def served(later: list[tuple[Pass, float]]) -> Served:
        held = held_bytes(past) if past is not None else 0
        waited = Scheduled.now().waited_since(before)
        cut = most if most < max_tokens else None
        return Served(rows, tuple(first), opening, tuple(later), held, read, waited, cut)

    yield served([])
    watch.lap()
    yield served([(step, watch.lap()) for step in steps])

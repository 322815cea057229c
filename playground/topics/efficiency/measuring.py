"""Prefill and decoding of several models by the clock, in turn; knows nothing of panels."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from playground.evaluation.reading import one_more_token
from playground.lab.timing import Timing, measure_in_turn
from playground.models.language_model import LanguageModel
from playground.models.operations import Work, work

# Tokens of the text that a timed prefill reads.
PREFILL_TOKENS = 256
DECODE_REPEATS = 5
PREFILL_REPEATS = 3
ROWS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Run:
    """A timed forward pass that reads or generates `tokens` tokens, and its work."""

    tokens: int
    timing: Timing
    work: Work

    @property
    def milliseconds(self) -> float:
        """Median, for each token."""
        return 1e3 * self.timing.median / self.tokens

    @property
    def operations_per_second(self) -> float:
        return self.work.operations / self.timing.median

    @property
    def bytes_per_second(self) -> float:
        return self.work.bytes_read / self.timing.median


@dataclass(frozen=True)
class Pace:
    """A prefill of the text, and a decode step after it."""

    prefill: Run
    decode: Run


def prefills(models: Sequence[LanguageModel], ids: Sequence[int]) -> dict[int, Run]:
    """Each model's prefill of the first `PREFILL_TOKENS` of `ids`, by the id of its module."""
    kept = list(ids[:PREFILL_TOKENS])
    rows = torch.tensor([kept])
    distinct = {id(lm.module): lm for lm in models}
    calls: Mapping[int, Callable[[], object]] = {
        key: functools.partial(lm.forward, rows, use_cache=False, logits_to_keep=1) for key, lm in distinct.items()
    }
    timings = measure_in_turn(calls, PREFILL_REPEATS)
    return {key: Run(len(kept), timings[key], work(lm, len(kept))) for key, lm in distinct.items()}


def decodings(models: Sequence[LanguageModel], ids: Sequence[int]) -> dict[int, Run]:
    """One more token of each model after the first `PREFILL_TOKENS` of `ids`, by the id of its module."""
    kept = list(ids[:PREFILL_TOKENS])
    distinct = {id(lm.module): lm for lm in models}
    calls = {key: one_more_token(lm, kept) for key, lm in distinct.items()}
    timings = measure_in_turn(calls, DECODE_REPEATS)
    return {key: Run(1, timings[key], work(lm, 1, len(kept))) for key, lm in distinct.items()}


def rows_at_once(lm: LanguageModel, ids: Sequence[int]) -> dict[int, Timing]:
    """A decoding step of 1, 2, 4 and 8 answers in one batch."""
    kept = list(ids[:PREFILL_TOKENS])
    return measure_in_turn({rows: one_more_token(lm, kept, rows) for rows in ROWS}, PREFILL_REPEATS)

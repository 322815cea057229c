"""Samples several continuations of one text and groups those that agree. Knows no page."""

from __future__ import annotations

import threading
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.validation import clean
from playground.language.clauses import clauses
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel

_MOST_KEPT = 16


@dataclass(frozen=True)
class Sampling:
    """What is sampled: `count` continuations of `length` tokens at most, and the distribution that each token comes from."""

    count: int
    length: int
    temperature: float
    top_p: float
    seed: int


@dataclass(frozen=True)
class Sample:
    """A continuation. `log_probability` (nats): the raw model's, at temperature 1 and without top-p. `answer`: its first clause."""

    ids: tuple[int, ...]
    text: str
    log_probability: float
    answer: str


def draw(
    lm: LanguageModel, ids: Sequence[int], sampling: Sampling, heard: Callable[[int], None] = lambda step: None
) -> tuple[Sample, ...]:
    """Samples continuations of `ids` in one batch, each with a seed of its own. Calls `heard(step)` after each token of all."""
    row = Decoding(strategy="sample", temperature=sampling.temperature, top_p=sampling.top_p)
    seeds = [sampling.seed + number for number in range(sampling.count)]
    last: tuple[Continuation, ...] = ()
    for step, now in enumerate(
        decode(lm, ids, [row] * sampling.count, max_tokens=sampling.length, seed=seeds), start=1
    ):
        last = now
        heard(step)
    return tuple(_sample(lm, one) for one in last)


def _sample(lm: LanguageModel, one: Continuation) -> Sample:
    text = clean("".join(shown_pieces(lm, one.ids)).replace("\ufffd", ""))
    return Sample(one.all_ids, text, sum(step.log_probability for step in one.steps), first_clause(text))


def first_clause(text: str) -> str:
    """Returns the first clause of a continuation, in small letters, without the spaces and marks around it; the text where it has none."""
    return next(iter(clauses(text)), text.strip()).casefold()


def shared_tokens(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two continuations share from the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def answers(samples: Sequence[Sample]) -> list[tuple[str, list[int]]]:
    """Groups samples (indices from 0) by their first clause, the largest group first, of equals the one that came first."""
    groups: dict[str, list[int]] = {}
    for number, sample in enumerate(samples):
        groups.setdefault(sample.answer, []).append(number)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))


def agreement(samples: Sequence[Sample]) -> list[float]:
    """For each length k from 1, the share (0 to 1) of samples whose first k tokens are those of the largest group."""
    longest = max((len(sample.ids) for sample in samples), default=0)
    return [
        max(Counter(sample.ids[:length] for sample in samples).values()) / len(samples)
        for length in range(1, longest + 1)
    ]


class Drawn:
    """Caches samples: they depend on the text and the settings alone, so a click elsewhere in the tree reuses them."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._models: weakref.WeakKeyDictionary[nn.Module, OrderedDict[object, tuple[Sample, ...]]] = (
            weakref.WeakKeyDictionary()
        )

    def find(self, lm: LanguageModel, ids: Sequence[int], sampling: Sampling) -> tuple[Sample, ...] | None:
        """The cached samples; None where there are none."""
        with self._lock:
            kept = self._models.get(lm.module)
            key = (tuple(ids), sampling)
            if kept is None or key not in kept:
                return None
            kept.move_to_end(key)
            return kept[key]

    def keep(self, lm: LanguageModel, ids: Sequence[int], sampling: Sampling, samples: tuple[Sample, ...]) -> None:
        """Caches samples and evicts the least recently used."""
        with self._lock:
            kept = self._models.setdefault(lm.module, OrderedDict())
            kept[tuple(ids), sampling] = samples
            while len(kept) > self._most:
                kept.popitem(last=False)


DRAWN = Drawn()


def drawn_once(
    lm: LanguageModel, ids: Sequence[int], sampling: Sampling, heard: Callable[[int], None] = lambda step: None
) -> tuple[Sample, ...]:
    """As `draw`, from the cache where it has them."""
    samples = DRAWN.find(lm, ids, sampling)
    if samples is None:
        samples = draw(lm, ids, sampling, heard)
        DRAWN.keep(lm, ids, sampling, samples)
    return samples

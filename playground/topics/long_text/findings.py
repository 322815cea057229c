"""The numbers of a run on a long text: losses by strategy, distance and position, needles, masks, bytes and cuts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.statistics import intervals
from playground.statistics.intervals import RESAMPLES, bootstrap_mean, wilson
from playground.topics.long_text.distance import Distances
from playground.topics.long_text.needle import Asked
from playground.topics.long_text.reading import Step
from playground.topics.long_text.splits import Split
from playground.topics.long_text.strategies import Plan, Scored
from playground.topics.long_text.views import Reach

# Consecutive tokens that the bootstrap resamples together: neighbours' losses aren't independent.
UNIT = 16


@dataclass(frozen=True)
class Estimate:
    """A `mean` with its 95% interval, by the bootstrap or, of few values, by Student's t. `low`, `high`: None where
    there is one unit only. `count`: of what was averaged.
    """

    mean: float
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Strategy:
    """One way of reading. `loss`: nats per scored token, with runs of 16 tokens as the bootstrap's units.
    `against_whole`: its loss minus the whole's on the same tokens, paired; None for the whole and for the cut, whose
    tokens read the same. `coverage`: share (0 to 1) of the text's tokens that it would score. `computed`: tokens
    through the layers in this run; `full`: for all of the text.
    """

    loss: Estimate
    against_whole: Estimate | None
    coverage: float
    computed: int
    full: int

    @property
    def perplexity(self) -> float:
        """exp of the loss."""
        return perplexity(self.loss.mean)


@dataclass(frozen=True)
class WithoutStart:
    """Overlapping windows with and without the start token on the same tokens. `perplexity_with`, `perplexity_without`:
    of each. `difference`: loss without it minus with it, nats, paired.
    """

    perplexity_with: float
    perplexity_without: float
    difference: Estimate


@dataclass(frozen=True)
class Distance:
    """The same tokens after `tokens` nearest ones. `loss`: nats per token. `gain`: that loss minus the loss after the
    whole text, nats, paired by runs.
    """

    tokens: int
    loss: Estimate
    gain: Estimate


@dataclass(frozen=True)
class Hits:
    """A condition over all depths and lengths: `found` by probability and `greedy` of `count` prompts, with 95% Wilson
    intervals (0 to 1), `found_interval` and `greedy_interval`; `margin`: mean nats between the answer and the best
    wrong candidate, with its t interval over the prompts; `against_literal`: the mean difference to the question in the
    needle's words, prompts of equal length and depth paired, None without such; `written`: what greedy decoding wrote
    once.
    """

    found: int
    greedy: int
    count: int
    found_interval: tuple[float, float]
    greedy_interval: tuple[float, float]
    margin: Estimate
    against_literal: Estimate | None
    written: str


@dataclass(frozen=True)
class Cell:
    """One prompt of the needle's map. `condition`: literal, reworded or distracted. `length`: of the haystack, tokens;
    `tokens`: of the prompt. `depth`: share (0 to 1) before the needle. `margin`: log p of the answer minus that of the
    likeliest wrong candidate, nats. `greedy`: whether greedy decoding begins with the answer.
    """

    condition: str
    length: int
    depth: float
    tokens: int
    margin: float
    greedy: bool


@dataclass(frozen=True)
class Cut:
    """One way of cutting. `chunks` in all; of the inner `borders` so many `in_sentences` and `in_words`. `loss`: of the
    first tokens of each chunk, nats, by chunks; None where there is one chunk only.
    """

    chunks: int
    borders: int
    in_sentences: int
    in_words: int
    loss: Estimate | None


@dataclass(frozen=True)
class KeyValues:
    """Bytes of the KV cache. `measured`: by tokens, from its tensors; `formula`: by the same tokens; `all_global`: if
    every layer kept every token. `window`: of local layers, None without any; `local_layers` of `layers`.
    """

    measured: dict[str, int]
    formula: dict[str, int]
    all_global: dict[str, int]
    window: int | None
    local_layers: int
    layers: int

    @property
    def saved(self) -> float:
        """Share (0 to 1) of bytes that the local layers save at the longest measured length."""
        last = list(self.measured)[-1]
        return 1 - self.measured[last] / self.all_global[last]


@dataclass(frozen=True)
class Measured:
    """Times of this run, seconds. `whole`: reading the text, without the output head; `half`: up to the middle (by
    chunks); `twice`: for twice the text, by count of operations; `strategies`: by name, as far as they were computed.
    """

    whole: float
    half: float
    twice: float
    strategies: dict[str, float]

    @property
    def ratio(self) -> float:
        """Seconds for the whole over seconds for its first half."""
        return self.whole / self.half


@dataclass(frozen=True)
class Findings:
    """One text of `characters` and `tokens`, start token not counted.

    `scored`: tokens scored in every strategy; `complete`: whether that is all. `window`, `stride`: as used, in tokens.
    `strategies`: "whole", "cut", "disjoint", "overlapping". `one_by_one`: tokens through the layers if the window moved
    one token at a time. `without_start`: None for a model without a start token. `distances`: by number of tokens, the
    whole text last, () for a text too short. `shared`: content words that the reworded question still shares with the
    needle. `cells`: the map; `hits`: by condition, "none" without a needle.

    `key_values`: bytes of the KV cache. `half_tokens`: at which the first half was timed. `work_ratio`: operations for
    twice the text over those for the text. `attention_share`: share (0 to 1) of attention's products in the operations
    of reading the text. `reach`: the longest distance, in tokens, that a local layer's last token could read;
    `text_reach`: that a global layer's could. `start_share`: attention (0 to 1) that the last token gives the start
    token in the global layers, mean; None without one. `by_characters`, `by_sentences`: the two cuts; `cut_difference`:
    loss at chunk starts by characters minus by sentences, nats, None with one chunk. `need_bytes`: memory by formula.
    `measured`: times in seconds.
    """

    characters: int
    tokens: int
    scored: int
    complete: bool
    window: int
    stride: int
    strategies: dict[str, Strategy]
    one_by_one: int
    without_start: WithoutStart | None
    distances: tuple[Distance, ...]
    shared: tuple[str, ...]
    cells: tuple[Cell, ...]
    hits: dict[str, Hits]
    key_values: KeyValues
    half_tokens: int
    work_ratio: float
    attention_share: float
    reach: int
    text_reach: int
    start_share: float | None
    by_characters: Cut
    by_sentences: Cut
    cut_difference: Estimate | None
    need_bytes: int
    measured: Measured

    @property
    def overlap_factor(self) -> float:
        """How many times the tokens of the whole the overlapping windows compute for all of the text."""
        return self.strategies["overlapping"].full / self.strategies["whole"].full

    @property
    def one_by_one_factor(self) -> float:
        """How many times the tokens of the whole windows one token apart compute."""
        return self.one_by_one / self.strategies["whole"].full


def perplexity(loss: float) -> float:
    """Returns exp of a loss in nats; a broken model's would overflow a float."""
    return math.exp(min(loss, 700.0))


def estimate(values: NDArray[np.float64], seed: int, count: int | None = None) -> Estimate:
    """Returns the mean of at least one value, with an interval where there are several."""
    mean = float(values.mean())
    if len(values) < 2:
        return Estimate(mean, None, None, count or len(values))
    low, high = bootstrap_mean(values, seed)
    return Estimate(mean, low, high, count or len(values))


def estimate_of_few(values: NDArray[np.float64]) -> Estimate:
    """Returns the mean of at least one value, with Student's t interval where there are several: a bootstrap's would be too narrow."""
    found = intervals.mean(values)
    return Estimate(found.value, found.low, found.high, found.count)


def units(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the means of runs of `UNIT` values; a shorter last run counts as one of them if it is half as long."""
    cut = [losses[start : start + UNIT] for start in range(0, len(losses), UNIT)]
    return np.array([part.mean() for part in cut if len(part) * 2 >= UNIT] or [losses.mean()])


def _by_tokens(losses: NDArray[np.float64], seed: int) -> Estimate:
    of_runs = estimate(units(losses), seed, len(losses))
    return Estimate(float(losses.mean()), of_runs.low, of_runs.high, len(losses))


def strategies_of(found: Mapping[str, Scored], plan: Plan, full: Mapping[str, int], seed: int) -> dict[str, Strategy]:
    """Returns every strategy's loss, and its difference to the whole's."""
    whole = found["whole"]
    return {
        name: Strategy(
            _by_tokens(one.losses, seed),
            _by_tokens(one.losses - whole.at(one.places), seed) if name in ("disjoint", "overlapping") else None,
            min(1.0, plan.window / plan.length) if name == "cut" else 1.0,
            one.computed,
            full[name],
        )
        for name, one in found.items()
    }


def without_start_of(started: Scored, bare: Scored, seed: int) -> WithoutStart:
    """Compares the same windows with and without their start token."""
    losses = started.at(bare.places)
    return WithoutStart(
        perplexity(float(losses.mean())), perplexity(float(bare.losses.mean())), _by_tokens(bare.losses - losses, seed)
    )


def distances_of(found: Distances, whole: Scored, run: int, seed: int) -> tuple[Distance, ...]:
    """Returns the loss after each number of tokens, the whole text last, and what is still to gain."""
    if not found.starts:
        return ()
    after_all = np.array([whole.at(range(start, start + run)).mean() for start in found.starts])
    levels = [(level, found.losses[row]) for row, level in enumerate(found.levels)]
    # Everything before the runs: their mean distance from the start.
    levels.append((round(float(np.mean(found.starts))), after_all))
    return tuple(
        Distance(tokens, estimate(losses, seed), estimate(losses - after_all, seed)) for tokens, losses in levels
    )


def hits_of(asked: Sequence[Asked]) -> dict[str, Hits]:
    """Returns how often the needle was found by condition, "none" without a needle."""
    groups: dict[str, list[Asked]] = {}
    for one in asked:
        groups.setdefault("none" if one.depth is None else one.condition, []).append(one)
    margins = {name: np.array([one.margin for one in group]) for name, group in groups.items()}
    return {
        name: Hits(
            sum(one.found for one in group),
            sum(one.greedy for one in group),
            len(group),
            wilson(sum(one.found for one in group), len(group)),
            wilson(sum(one.greedy for one in group), len(group)),
            estimate_of_few(margins[name]),
            estimate_of_few(margins[name] - margins["literal"]) if name in ("reworded", "distracted") else None,
            next((one.written for one in group if one.written), ""),
        )
        for name, group in groups.items()
    }


def cells_of(asked: Sequence[Asked]) -> tuple[Cell, ...]:
    """Returns the map's prompts, those with a needle."""
    return tuple(
        Cell(one.condition, one.length, one.depth, one.tokens, one.margin, one.greedy)
        for one in asked
        if one.depth is not None
    )


def cut_of(split: Split, seed: int) -> Cut:
    """Returns the numbers of a way of cutting."""
    loss = estimate(split.losses, seed) if len(split.losses) else None
    return Cut(len(split.chunks), split.borders, split.in_sentences, split.in_words, loss)


def difference_of(a: NDArray[np.float64], b: NDArray[np.float64], seed: int) -> Estimate | None:
    """Returns mean(a) − mean(b) of two sets of chunks, each resampled by itself; None where one is empty."""
    if not len(a) or not len(b):
        return None
    mean = float(a.mean() - b.mean())
    if len(a) < 2 or len(b) < 2:
        return Estimate(mean, None, None, min(len(a), len(b)))
    generator = np.random.default_rng(seed)
    drawn = [values[generator.integers(0, len(values), (RESAMPLES, len(values)))].mean(1) for values in (a, b)]
    low, high = np.percentile(drawn[0] - drawn[1], [2.5, 97.5])
    return Estimate(mean, float(low), float(high), min(len(a), len(b)))


def half_of(steps: Sequence[Step]) -> Step:
    """Returns the step nearest to half of what was read."""
    return min(steps, key=lambda step: abs(step.tokens - steps[-1].tokens / 2))


def reaches(found: Reach, full_layers: Sequence[int]) -> tuple[int, int]:
    """Returns the longest distance in tokens that a local and a global layer's last token can read."""
    local = [keys for layer, keys in enumerate(found.keys) if layer not in full_layers]
    whole = [keys for layer, keys in enumerate(found.keys) if layer in full_layers]
    return max(local or whole) - 1, max(whole or local) - 1

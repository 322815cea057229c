"""Compares mixes of two languages' reviews: by size, by temperature, UniMax, one language alone; over shares, sizes and designs.

Knows no language model: it starts from sentence vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.learning.mixing import temperature_shares, unimax_shares
from playground.statistics.intervals import bootstrap_mean
from playground.topics.multilingual.findings import Accuracy, Amount, Design, Estimate, MixResult, Sweep
from playground.topics.multilingual.training import BATCH, CHINESE, ENGLISH, Examples, Mix, Trained, train

BY_SIZE, CHOSEN, EQUAL, UNIMAX, CHINESE_ONLY, ENGLISH_ONLY = (
    "by_size", "chosen", "equal", "unimax", "chinese_only", "english_only",
)  # fmt: skip
SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
# English's part of all training examples in the learning curve; the first is the one of the question before the run.
PARTS = (0.01, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Plan:
    """What is trained and how. Counts are of training examples; `epochs` is UniMax's cap; `unimax`: it is the chosen mix."""

    chinese: int
    english: int
    temperature: float
    unimax: bool
    epochs: float
    separate: bool
    tag: bool
    steps: int
    width: int
    networks: int
    seed: int

    @property
    def draws(self) -> int:
        return self.steps * BATCH

    def shares(self, english: int | None = None) -> dict[str, float]:
        """Returns English's share of the draws by every mix, for this plan's or another number of English examples."""
        sizes = (self.chinese, self.english if english is None else english)
        unimax = float(unimax_shares(sizes, self.draws, self.epochs)[ENGLISH])
        return {
            BY_SIZE: float(temperature_shares(sizes, 1)[ENGLISH]),
            CHOSEN: unimax if self.unimax else float(temperature_shares(sizes, self.temperature)[ENGLISH]),
            EQUAL: float(temperature_shares(sizes, np.inf)[ENGLISH]),
            UNIMAX: unimax,
        }


def amounts(chinese: int, english: int, most: int) -> tuple[int, ...]:
    """Returns the numbers of English examples of the learning curve: PARTS of all examples, and this run's own number."""
    wanted = {max(2, round(chinese * part / (1 - part))) for part in PARTS}
    return tuple(sorted({min(count, most) for count in wanted} | {english}))


@dataclass
class Laboratory:
    """The examples of a run, and the means to train mixes of them. English pool: the examples that a seed chooses from."""

    plan: Plan
    examples: Examples
    held_out: Examples
    on_step: Callable[[int], None]

    def mix(self, share: float, seed: int, english: int | None = None) -> Mix:
        """Returns a training of one network: all Chinese examples, and this seed's own choice of English ones."""
        chosen = chosen_pairs(self.examples.of(ENGLISH), self.plan.english if english is None else english, seed)
        return Mix(tuple(self.examples.of(CHINESE).tolist()), chosen, share, seed)

    def seeds(self) -> range:
        # Networks of neighbouring seeds of the run are different ones.
        return range(1000 * self.plan.seed, 1000 * self.plan.seed + self.plan.networks)

    def train(self, mixes: Sequence[Mix], separate: bool | None = None, tag: bool | None = None) -> Trained:
        plan = self.plan
        return train(
            mixes,
            self.examples,
            self.held_out,
            steps=plan.steps,
            width=plan.width,
            separate=plan.separate if separate is None else separate,
            tag=plan.tag if tag is None else tag,
            on_step=self.on_step,
        )

    def accuracy(self, right: NDArray[np.bool_]) -> Accuracy:
        """Returns accuracies by language of networks that differ in the seed alone; right (networks, held-out examples)."""
        return Accuracy(*(self._estimate(right[:, self.held_out.of(language)]) for language in (CHINESE, ENGLISH)))

    def _estimate(self, right: NDArray[np.bool_]) -> Estimate:
        low, high = bootstrap_mean(right.mean(0), self.plan.seed)
        return Estimate(float(right.mean()), low, high, float(right.mean(1).std(ddof=1)), right.shape[1])

    def difference(self, right: NDArray[np.bool_], base: NDArray[np.bool_]) -> Estimate:
        """Returns the paired difference in English accuracy of two mixes, on the same held-out examples and seeds."""
        chosen = self.held_out.of(ENGLISH)
        gain = right[:, chosen].astype(float) - base[:, chosen].astype(float)
        low, high = bootstrap_mean(gain.mean(0), self.plan.seed)
        return Estimate(float(gain.mean()), low, high, float(gain.mean(1).std(ddof=1)), len(chosen))


def chosen_pairs(pool: NDArray[np.int64], count: int, seed: int) -> tuple[int, ...]:
    """Returns `count` of the pool's examples, chosen by seed in pairs of both classes; a larger choice contains a smaller one."""
    order = np.random.default_rng([seed, 1]).permutation(len(pool) // 2)
    pairs = np.stack([pool[2 * order], pool[2 * order + 1]], 1)
    return tuple(pairs.ravel()[:count].tolist())


def compare_mixes(laboratory: Laboratory) -> tuple[dict[str, MixResult], tuple[Sweep, ...]]:
    """Trains every named mix and every share of SHARES; returns the mixes, and accuracy over share in rising order."""
    plan = laboratory.plan
    named = plan.shares() | {CHINESE_ONLY: 0.0, ENGLISH_ONLY: 1.0}
    shares = sorted({*SHARES, *named.values()})
    seeds = laboratory.seeds()
    trained = laboratory.train([laboratory.mix(share, seed) for share in shares for seed in seeds])
    right = dict(zip(shares, trained.right.reshape(len(shares), plan.networks, -1), strict=True))
    counted = dict(zip(shares, trained.english_drawn.reshape(len(shares), -1).sum(1).tolist(), strict=True))
    base = right[named[BY_SIZE]]
    mixes = {
        name: MixResult(
            share=share,
            counted=counted[share] / (plan.draws * plan.networks),
            chinese_epochs=(1 - share) * plan.draws / plan.chinese,
            english_epochs=share * plan.draws / plan.english,
            accuracy=laboratory.accuracy(right[share]),
            gain=None if name == BY_SIZE else laboratory.difference(right[share], base),
        )
        for name, share in named.items()
    }
    return mixes, tuple(Sweep(share, laboratory.accuracy(right[share])) for share in shares)


def learn_from_amounts(laboratory: Laboratory, counts: Sequence[int]) -> tuple[Amount, ...]:
    """Trains mixes by size, as chosen, and in equal shares for several numbers of English examples; English accuracies."""
    plan, seeds = laboratory.plan, laboratory.seeds()
    cells = [(count, name) for count in counts for name in (BY_SIZE, CHOSEN, EQUAL)]
    mixes = [laboratory.mix(plan.shares(count)[name], seed, count) for count, name in cells for seed in seeds]
    right = laboratory.train(mixes).right.reshape(len(cells), plan.networks, -1)
    found = {cell: laboratory.accuracy(part).english for cell, part in zip(cells, right, strict=True)}
    return tuple(
        Amount(
            english=count,
            part=count / (count + plan.chinese),
            by_size=found[count, BY_SIZE],
            chosen=found[count, CHOSEN],
            equal=found[count, EQUAL],
        )
        for count in counts
    )


def compare_designs(laboratory: Laboratory) -> tuple[Design, ...]:
    """Trains the chosen mix with a shared and with separate heads, each without and with a language tag."""
    share = laboratory.plan.shares()[CHOSEN]
    mixes = [laboratory.mix(share, seed) for seed in laboratory.seeds()]
    return tuple(
        Design(separate, tag, laboratory.accuracy(laboratory.train(mixes, separate, tag).right))
        for separate in (False, True)
        for tag in (False, True)
    )


def gathered(chinese: Tensor, english: Tensor, labels: Sequence[int]) -> Examples:
    """Joins the vectors of both languages, Chinese first; labels in the same order."""
    languages = torch.tensor([CHINESE] * len(chinese) + [ENGLISH] * len(english))
    return Examples(torch.cat([chinese, english]), torch.tensor(list(labels)), languages)

"""Plans the updates of a lab and trains them: the bases first, then every update as one stack. Knows no language model and no panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from playground.learning.stack import Member, Stack
from playground.learning.training import accuracy, batches
from playground.topics.incremental.corpus import Shift, choose_pools
from playground.topics.incremental.settings import Settings
from playground.topics.incremental.updating import (
    ADAPTER,
    BATCH,
    COLD,
    CONSTANT,
    FREE,
    HEAD,
    NEVER,
    REWARMED,
    Update,
    Updated,
    follow,
    merge,
    old_rows,
)  # fmt: skip

RANKS, SHARES, RATES = (1, 2, 4), (0.05, 0.25, 0.5), (3.0,)
AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
BASE_STEPS = 120
LOOKS = 16
# The refit of the output: old examples of each class, steps and the multiple of the peak rate.
PROBE_EXAMPLES, PROBE_STEPS, PROBE_RATE = 10, 40, 3.0

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Moment:
    """Accuracies on held-out old and new data after `step` of the update (runs,); step 0 is before it."""

    step: int
    old: Tensor
    new: Tensor


@dataclass(frozen=True)
class Done:
    """All that was trained. `base`: by seed; `before`, `after`: weights by run, adapters merged; `old`, `new`: accuracies afterwards.

    `base_old`, `base_new`: of the base (seeds,). `drawn`: old and new rows that each run read (runs, 2). `probed`: accuracy on old data after
    the refit of the output (seeds,). `merged`: by amount, accuracies on old and new data (seeds,) each. `answers`: probabilities of the
    visitor's text by run (runs, outputs), of the base and of the merge for the first seed (outputs,).
    """

    updates: tuple[Update, ...]
    base: Weights
    after: Weights
    base_old: Tensor
    base_new: Tensor
    old: Tensor
    new: Tensor
    drawn: Tensor
    probed: Tensor
    merged: dict[float, tuple[Tensor, Tensor]]
    answers: Tensor
    base_answer: Tensor
    merged_answer: Tensor


def methods(settings: Settings) -> dict[str, Update]:
    """Returns the update of each method, with the first seed."""
    one = Update(FREE, settings.seed, schedule=settings.schedule, rate=float(settings.rate))
    return {
        "new": one,
        "replay": replace(one, share=settings.share),
        "again": replace(one, again=True),
        "head": replace(one, trains=HEAD),
        "adapter": replace(one, trains=ADAPTER, rank=settings.rank),
    }


def ranks(settings: Settings) -> list[Update]:
    """Returns the updates by rank of the adapter, this run's own among them."""
    one = methods(settings)["adapter"]
    return [replace(one, rank=rank) for rank in sorted({*RANKS, settings.rank})]


def shares(settings: Settings) -> list[Update]:
    """Returns the updates by replay share from 0, this run's own among them."""
    one = methods(settings)["new"]
    return [replace(one, share=share) for share in sorted({0.0, *SHARES, settings.share})]


def paces(settings: Settings) -> list[Update]:
    """Returns the updates by schedule at this run's rate, and those with other peaks."""
    one = methods(settings)["new"]
    by_schedule = [replace(one, schedule=schedule) for schedule in (REWARMED, CONSTANT, COLD)]
    others = [replace(one, schedule=REWARMED, rate=rate) for rate in RATES if rate != one.rate]
    return by_schedule + others


def amounts(settings: Settings) -> list[float]:
    """Returns the amounts of the merge, this run's own among them."""
    return sorted({*AMOUNTS, settings.merge})


def plan(settings: Settings) -> tuple[Update, ...]:
    """Returns every update once, seeds within updates."""
    wanted = [*methods(settings).values(), *ranks(settings), *shares(settings), *paces(settings)]
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return tuple(replace(one, seed=seed) for one in dict.fromkeys(wanted) for seed in seeds)


class Trainer:
    """Trains bases and updates on old and new data. `text` (1, inputs): features of the visitor's."""

    def __init__(self, settings: Settings, shift: Shift, text: Tensor) -> None:
        self.settings, self.shift, self._text = settings, shift, text
        self.seeds = tuple(range(settings.seed, settings.seed + settings.seeds))
        self._features = torch.cat([shift.old.features, shift.new.features])
        self._classes = torch.cat([shift.old.classes, shift.new.classes])
        border = len(shift.old.classes)
        own = settings.examples if not settings.lines.strip() else len(self._classes)
        self.old_pools = {seed: choose_pools(shift.old.classes, settings.examples, seed) for seed in self.seeds}
        self.new_pools = {seed: border + choose_pools(shift.new.classes, own, seed) for seed in self.seeds}
        self.closed = torch.zeros(1, len(shift.names), dtype=torch.bool)
        self.closed[:, list(shift.fresh)] = True
        self.border = border

    def train(self, tell: Callable[[], None]) -> Iterator[Moment | Done]:
        """Yields accuracies while the updates train, and at last everything."""
        base, again = self._bases(tell)
        count = len(self.seeds)
        updates = plan(self.settings)
        place = {seed: at for at, seed in enumerate(self.seeds)}
        before = {
            name: torch.stack([(again if one.again else base)[name][place[one.seed]] for one in updates])
            for name in base
        }
        model = self._model(updates, before)
        bases = self._model([Update(FREE, seed) for seed in self.seeds], base)
        base_old, base_new = self._accuracies(bases, self.closed)
        no_base = torch.tensor([one.again for one in updates])
        start_old, start_new = self._accuracies(model, None)
        # Before an update there is no output for a class that the base never saw.
        at = torch.tensor([place[one.seed] for one in updates])
        yield Moment(0, torch.where(no_base, start_old, base_old[at]), torch.where(no_base, start_new, base_new[at]))
        drawn = torch.zeros(len(updates), 2)
        steps = self.settings.steps
        for step in follow(model, self._batches(updates, steps, drawn), steps, tell):
            if step.number * LOOKS // steps > (step.number - 1) * LOOKS // steps and step.number < steps:
                yield Moment(step.number, *self._accuracies(model, None))
        old, new = self._accuracies(model, None)
        yield Moment(steps, old, new)
        after = model.merged()
        naive = {name: part[:count] for name, part in after.items()}
        merged = {}
        for amount in amounts(self.settings):
            mixed = self._model([Update(FREE, seed) for seed in self.seeds], merge(base, naive, amount))
            # At 0 it is the base, which has no output for a class that it never saw.
            merged[amount] = self._accuracies(mixed, None if amount else self.closed)
            if amount == self.settings.merge:
                merged_answer = self._answer(mixed, None if amount else self.closed)[0]
        yield Done(
            updates, base, after, base_old, base_new, old, new, drawn, self._probe(naive, tell), merged,
            self._answer(model, None), self._answer(bases, self.closed)[0], merged_answer,
        )  # fmt: skip

    def _bases(self, tell: Callable[[], None]) -> tuple[Weights, Weights]:
        """Trains for each seed a base on old data and another on all, from the same start and in one stack."""
        count = len(self.seeds)
        updates = [Update(FREE, seed, again=again) for again in (False, True) for seed in self.seeds]
        stack = self._stack(updates)
        closed = self.closed.repeat(2 * count, 1)
        closed[count:] = False
        model = Updated(stack, updates)
        pools = [self._pool(one) if one.again else self.old_pools[one.seed] for one in updates]
        drawn = batches(pools, [one.seed for one in updates], BATCH, BASE_STEPS)
        for _ in follow(
            model, ((self._features[rows], self._classes[rows]) for rows in drawn), BASE_STEPS, tell, closed
        ):
            pass
        found = model.merged()
        return {name: part[:count] for name, part in found.items()}, {
            name: part[count:] for name, part in found.items()
        }

    def _stack(self, updates: Sequence[Update]) -> Stack:
        members = [Member(one.seed, self.settings.width) for one in updates]
        return Stack(members, self._features.shape[1], len(self.shift.names))

    def _model(self, updates: Sequence[Update], weights: Weights) -> Updated:
        stack = self._stack(updates)
        stack.restore(dict(weights))
        return Updated(stack, updates).eval()

    def _pool(self, update: Update) -> Tensor:
        """Rows of old and new data together."""
        return torch.cat([self.old_pools[update.seed], self.new_pools[update.seed]])

    def _batches(self, updates: Sequence[Update], steps: int, drawn: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields features (runs, rows, inputs) and classes (runs, rows); adds to `drawn` (runs, 2) how many rows were old and new."""
        seeds = [one.seed for one in updates]
        old = batches([self.old_pools[seed] for seed in seeds], [1_000_000_000 + seed for seed in seeds], BATCH, steps)
        pools = [self._pool(one) if one.again else self.new_pools[one.seed] for one in updates]
        new = batches(pools, [2_000_000_000 + seed for seed in seeds], BATCH, steps)
        for number, (from_old, from_new) in enumerate(zip(old, new, strict=True), start=1):
            counts = torch.tensor([old_rows(one.share, number) for one in updates])
            rows = torch.where(torch.arange(BATCH) < counts[:, None], from_old, from_new)
            are_old = (rows < self.border).sum(1)
            drawn += torch.stack([are_old, BATCH - are_old], 1)
            yield self._features[rows], self._classes[rows]

    def _probe(self, tuned: Weights, tell: Callable[[], None]) -> Tensor:
        """Refits the output alone on a few old examples of each class and the new data, half of each batch each."""
        updates = [Update(HEAD, seed, rate=PROBE_RATE) for seed in self.seeds]
        model = self._model(updates, tuned)
        few = [choose_pools(self.shift.old.classes, PROBE_EXAMPLES, seed) for seed in self.seeds]
        olds = batches(few, [3_000_000_000 + seed for seed in self.seeds], BATCH // 2, PROBE_STEPS)
        news = batches([self.new_pools[seed] for seed in self.seeds], [4_000_000_000 + seed for seed in self.seeds], BATCH // 2, PROBE_STEPS)  # fmt: skip
        rows = (torch.cat(pair, 1) for pair in zip(olds, news, strict=True))
        for _ in follow(model, ((self._features[row], self._classes[row]) for row in rows), PROBE_STEPS, tell):
            pass
        return self._accuracies(model, None)[0]

    def _accuracies(self, model: Updated, closed: Tensor | None) -> tuple[Tensor, Tensor]:
        """Accuracies on held-out old and new data (runs,) each."""
        with torch.no_grad():
            old, new = (
                accuracy(self._open(model(part.features), closed), part.classes)
                for part in (self.shift.held_old, self.shift.held_new)
            )
        return old, new

    def _answer(self, model: Updated, closed: Tensor | None) -> Tensor:
        """Probabilities of the visitor's text (runs, outputs)."""
        with torch.no_grad():
            return torch.softmax(self._open(model(self._text), closed)[:, 0], -1)

    @staticmethod
    def _open(logits: Tensor, closed: Tensor | None) -> Tensor:
        return logits if closed is None else logits.masked_fill(closed[:, None], NEVER)

"""Trains runs that differ in seed, recipe and labels as one stack, and measures them after every epoch. Knows no texts and no panel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.learning.stack import Member, Stack
from playground.learning.training import accuracy, batches, cross_entropy, train

RATE = 1e-3
BATCH, MOST_STEPS = 32, 20
CLASSES = 2
# How often a drawn example is one of its variants, where there are any.
AUGMENTED = 0.75


@dataclass(frozen=True)
class Run:
    """One network's training. `chosen` (examples,): its reviews in the pool; `labels` (examples,): those that it is trained on, wrong ones among them.

    `variants` (copies, pool, hidden): features of augmented reviews, None without augmentation.
    """

    member: Member
    decay: float
    chosen: Tensor
    labels: Tensor
    variants: Tensor | None = None


@dataclass(frozen=True)
class Reviews:
    """Features (texts, hidden) and labels (texts,) that no run is trained on."""

    features: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Measured:
    """Every run (runs,) after an epoch, with dropout off: losses in nats, accuracies 0 to 1; on its own labels in training.

    `own` (runs, texts): probability that each of the visitor's texts is positive.
    """

    epoch: int
    train_loss: Tensor
    train_accuracy: Tensor
    validation_loss: Tensor
    validation_accuracy: Tensor
    held_out_loss: Tensor
    held_out_accuracy: Tensor
    norm: Tensor
    own: Tensor


def chosen_rows(pool: int, examples: int, seed: int) -> Tensor:
    """Draws `examples` of a pool whose labels alternate, in pairs of both labels, by the seed."""
    order = torch.randperm(pool // 2, generator=_drawn(seed, 1))[: examples // 2]
    return torch.stack([2 * order, 2 * order + 1], 1).flatten()


def with_noise(labels: Tensor, share: float, seed: int) -> Tensor:
    """Returns labels (examples,) of which exactly `share`, rounded, are wrong."""
    wrong = torch.randperm(len(labels), generator=_drawn(seed, 2))[: round(share * len(labels))]
    noisy = labels.clone()
    noisy[wrong] = 1 - noisy[wrong]
    return noisy


def shuffled(labels: Tensor, seed: int) -> Tensor:
    """Returns the same labels (examples,) in an order that has nothing to do with the examples. Zhang et al. 2017, arXiv:1611.03530."""
    return labels[torch.randperm(len(labels), generator=_drawn(seed, 3))]


def _drawn(seed: int, purpose: int) -> torch.Generator:
    return torch.Generator().manual_seed(8 * seed + purpose)


def steps_of(examples: int) -> tuple[int, int]:
    """Returns batch size and steps per epoch: batches of 32, larger ones where an epoch would have more than 20 steps."""
    batch = min(examples, max(BATCH, math.ceil(examples / MOST_STEPS)))
    return batch, math.ceil(examples / batch)


class Fitting:
    """A stack of runs with equally many examples. `every`: it is measured after every so many epochs and after the last."""

    def __init__(
        self, runs: Sequence[Run], pool: Tensor, validation: Reviews, held_out: Reviews, own: Tensor, every: int = 1
    ) -> None:
        self.runs, self.pool, self.validation, self.held_out, self.own = runs, pool, validation, held_out, own
        self.every = every
        self.stack = Stack([run.member for run in runs], pool.shape[1], CLASSES)
        self.chosen, self.labels = torch.stack([run.chosen for run in runs]), torch.stack([run.labels for run in runs])
        self._copies = [_drawn(run.member.seed, 4) for run in runs]

    def epochs(self, count: int, tell: Callable[[], None]) -> Iterator[Measured]:
        """Trains for `count` epochs by Adam with decoupled weight decay. `tell` is called before every step."""
        examples = self.chosen.shape[1]
        batch, steps = steps_of(examples)
        drawn = batches(
            [torch.arange(examples)] * len(self.runs), [run.member.seed for run in self.runs], batch, steps * count
        )
        decay = torch.tensor([run.decay for run in self.runs])
        for step in train(self.stack, drawn, self._loss, rate=RATE, decay=decay, tell=tell):
            epoch, within = divmod(step.number, steps)
            if not within and (epoch % self.every == 0 or epoch == count):
                yield self._measured(epoch)

    def _loss(self, batch: Tensor) -> Tensor:
        features = self.pool[self.chosen.gather(1, batch)]
        for run, (plan, generator) in enumerate(zip(self.runs, self._copies, strict=True)):
            if plan.variants is not None:
                copy = torch.randint(len(plan.variants), (batch.shape[1],), generator=generator)
                changed = torch.rand(batch.shape[1], generator=generator) < AUGMENTED
                made = plan.variants[copy, plan.chosen[batch[run]]]
                features[run] = torch.where(changed[:, None], made, features[run])
        return cross_entropy(self.stack(features), self.labels.gather(1, batch))

    @torch.no_grad()
    def _measured(self, epoch: int) -> Measured:
        train_logits = self.stack(self.pool[self.chosen])
        validation, held_out = self.stack(self.validation.features), self.stack(self.held_out.features)
        return Measured(
            epoch,
            cross_entropy(train_logits, self.labels),
            accuracy(train_logits, self.labels),
            cross_entropy(validation, self.validation.labels),
            accuracy(validation, self.validation.labels),
            cross_entropy(held_out, self.held_out.labels),
            accuracy(held_out, self.held_out.labels),
            self.stack.norms(),
            self.stack(self.own).softmax(-1)[..., 1],
        )

    @torch.no_grad()
    def held_out_with_dropout(self) -> tuple[Tensor, Tensor, Tensor]:
        """Evaluates the held-out reviews twice with dropout left on: the mistake of a forgotten eval().

        Returns loss and accuracy (runs,) of the first time, and the share of reviews whose class differs the second time (runs,).
        """
        self.stack.train()
        first, again = self.stack(self.held_out.features), self.stack(self.held_out.features)
        self.stack.eval()
        labels = self.held_out.labels
        return (
            cross_entropy(first, labels),
            accuracy(first, labels),
            (first.argmax(-1) != again.argmax(-1)).double().mean(1),
        )

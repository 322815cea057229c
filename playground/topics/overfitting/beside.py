"""Trains the experiments beside A and B: shuffled labels, and each kind of augmentation on real labels. Knows no texts and no panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.learning.stack import Member
from playground.statistics.intervals import Mean, mean
from playground.topics.overfitting.findings import Augmented, Noise, differences
from playground.topics.overfitting.fitting import Fitting, Measured, Reviews, Run, chosen_rows, shuffled

# Points of the curves over epochs.
POINTS = 8
# A training accuracy that counts as learnt by heart.
BY_HEART = 0.95


class Beside:
    """One stack: real labels, shuffled labels, then each augmentation on real labels; the same members, examples and order in each."""

    def __init__(
        self,
        members: Sequence[Member],
        decay: float,
        examples: int,
        pool: Tensor,
        labels: Tensor,
        variants: Mapping[str, Tensor],
        validation: Reviews,
        held_out: Reviews,
    ) -> None:
        self.kinds, self._count = tuple(variants), len(members)
        real, mixed, augmented = [], [], []
        for member in members:
            rows = chosen_rows(len(pool), examples, member.seed)
            real.append(Run(member, decay, rows, labels[rows]))
            mixed.append(Run(member, decay, rows, shuffled(labels[rows], member.seed)))
        for features in variants.values():
            augmented += [Run(plain.member, decay, plain.chosen, plain.labels, features) for plain in real]
        self._runs = [*real, *mixed, *augmented]
        self._parts = (pool, validation, held_out)
        self._measured: list[Measured] = []

    @property
    def examples(self) -> int:
        """Training reviews of each network."""
        return len(self._runs[0].chosen)

    def epochs(self, count: int, bench: Bench) -> Iterator[Noise]:
        """Trains for `count` epochs and yields real against shuffled labels so far, about POINTS times."""
        pool, validation, held_out = self._parts
        every = max(1, count // POINTS)
        fitting = Fitting(self._runs, pool, validation, held_out, torch.empty(0, pool.shape[1]), every)
        for now in fitting.epochs(count, bench.checkpoint):
            self._measured.append(now)
            bench.progress(
                0.65 + 0.35 * now.epoch / count,
                Text(zh="打乱的标签与各种增强：第 {n} 轮", en="shuffled labels and augmentations: epoch {n}").format(
                    n=now.epoch
                ),
            )
            yield self.noise()

    def _means(self, name: str, group: int) -> tuple[Mean, ...]:
        return tuple(mean(self._values(item, name, group)) for item in self._measured)

    def _values(self, measured: Measured, name: str, group: int) -> list[float]:
        values: Tensor = getattr(measured, name)
        return [float(value) for value in values[group * self._count : (group + 1) * self._count]]

    def noise(self) -> Noise:
        """Returns real against shuffled labels so far."""
        found = self._means("train_accuracy", 1)
        epochs = tuple(item.epoch for item in self._measured)
        return Noise(
            epochs,
            self._means("train_accuracy", 0),
            self._means("held_out_accuracy", 0),
            found,
            self._means("held_out_accuracy", 1),
            next((epoch for epoch, item in zip(epochs, found, strict=True) if item.value >= BY_HEART), None),
        )

    def none(self) -> Mean:
        """Returns held-out accuracy on real labels without augmentation, last epoch."""
        return self._means("held_out_accuracy", 0)[-1]

    def augmented(self) -> tuple[Augmented, ...]:
        """Returns what each augmentation reaches in the last epoch, paired with none."""
        last = self._measured[-1]
        names = ("held_out_accuracy", "held_out_loss")
        base = {name: self._values(last, name, 0) for name in names}
        found = []
        for group, kind in enumerate(self.kinds, start=2):
            accuracy, loss = ([*self._values(last, name, group)] for name in names)
            found.append(
                Augmented(
                    kind, mean(accuracy), differences(accuracy, base[names[0]]), differences(loss, base[names[1]])
                )
            )
        return tuple(found)

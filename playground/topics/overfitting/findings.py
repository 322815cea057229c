"""The numbers of a run: curves of A and B, where they stop, what they reach on held-out reviews, and the experiments beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from playground.statistics.intervals import Mean, mean
from playground.topics.overfitting.fitting import Measured
from playground.topics.overfitting.stopping import early_stop, turn


@dataclass(frozen=True)
class Curves:
    """Means over networks after each of `epochs`, with 95% intervals, dropout off. `train_loss`, `validation_loss`:
    nats; `train_accuracy`, `validation_accuracy`, `held_out_accuracy`: 0 to 1.

    Training figures are on a network's own examples and the labels it was given. `gap`: validation minus training loss.
    `norm`: Euclidean norm of all weights.
    """

    epochs: tuple[int, ...]
    train_loss: tuple[Mean, ...]
    validation_loss: tuple[Mean, ...]
    train_accuracy: tuple[Mean, ...]
    validation_accuracy: tuple[Mean, ...]
    held_out_accuracy: tuple[Mean, ...]
    gap: tuple[Mean, ...]
    norm: tuple[Mean, ...]


@dataclass(frozen=True)
class At:
    """One choice of weights, means over networks: `accuracy` (0 to 1) and `loss` (nats) on the held-out reviews, and
    `epoch`, the mean epoch.
    """

    epoch: Mean
    accuracy: Mean
    loss: Mean


@dataclass(frozen=True)
class Side:
    """A or B, its networks in the order of their seeds. Epochs count from 1. `curves`: by epoch.

    `turns`: where each validation loss is lowest over the whole run, `turn` their mean; `ended` and `kept`: where
    training ends, and whose weights are kept. `kept_at`, `last`, `turned`, `peeked`: held out, by the weights kept, the
    last ones, those at the lowest validation loss, and those of the epoch with the best held-out accuracy, which nobody
    may choose. `train_kept`, `train_last`: training accuracy by the weights kept and by the last ones. `stop_gain`:
    accuracy at the lowest validation loss minus that of the last epoch; `stop_loss`: the same of the loss. `peek`: best
    held-out accuracy of any epoch minus that at the lowest validation loss. `gap`: training minus held-out accuracy, as
    kept. `norm`: of the weights kept. `own`: p(positive) by the weights kept, mean over networks, of each sentence
    shown, the visitor's and its variants first.
    """

    curves: Curves
    turns: tuple[int, ...]
    ended: tuple[int, ...]
    kept: tuple[int, ...]
    turn: Mean
    kept_at: At
    last: At
    turned: At
    peeked: At
    train_kept: Mean
    train_last: Mean
    stop_gain: Mean
    stop_loss: Mean
    peek: Mean
    gap: Mean
    norm: Mean
    own: tuple[float, ...]

    @property
    def rises(self) -> bool:
        """Whether the held-out loss of the last epoch is above that at the lowest validation loss, by the whole interval."""
        return self.stop_loss.side < 0


@dataclass(frozen=True)
class Forgotten:
    """Dropout left on at evaluation, the same last weights of side `side` (A or B). `off`, `on`: held-out accuracy with
    it off and on; `loss_off`, `loss_on`: held-out loss, nats.

    `change`: accuracy with it on minus off, paired over networks; `loss_change`: the same of the loss. `flipped`: share
    of held-out reviews (0 to 1) whose class differs between two evaluations with dropout on.
    """

    side: str
    off: Mean
    on: Mean
    change: Mean
    loss_off: Mean
    loss_on: Mean
    loss_change: Mean
    flipped: Mean


@dataclass(frozen=True)
class Noise:
    """The same networks, the same reviews, once with the real labels and once with shuffled ones: accuracies after each
    of `epochs`. `real_train`, `shuffled_train`: on the training reviews with the labels given; `real_held_out`,
    `shuffled_held_out`: held out, on the real labels. `shuffled_epoch`: the first of `epochs` whose `shuffled_train` is
    0.95 or more, None without one.
    """

    epochs: tuple[int, ...]
    real_train: tuple[Mean, ...]
    real_held_out: tuple[Mean, ...]
    shuffled_train: tuple[Mean, ...]
    shuffled_held_out: tuple[Mean, ...]
    shuffled_epoch: int | None

    @property
    def memorized(self) -> float:
        """The training accuracy that shuffled labels reach in the last epoch."""
        return self.shuffled_train[-1].value

    @property
    def learnt(self) -> float:
        """The held-out accuracy after training on shuffled labels, last epoch."""
        return self.shuffled_held_out[-1].value

    @property
    def real(self) -> float:
        """The held-out accuracy after training on the real labels, last epoch."""
        return self.real_held_out[-1].value


@dataclass(frozen=True)
class Augmented:
    """A `kind` of augmentation, on real labels without noise: held-out `accuracy` in the last epoch, and its `change`
    from none, paired.

    `loss_change`: the same of the held-out loss, in nats.
    """

    kind: str
    accuracy: Mean
    change: Mean
    loss_change: Mean


@dataclass(frozen=True)
class Findings:
    """All numbers of a run. `language` of the reviews (zh or en). `epochs`, `networks`: of each side. `a`, `b`: the
    sides. `difference`: held-out accuracy of B minus A, paired over networks, each as kept; `loss_difference`: of the
    loss.

    `examples`, `beside`: training reviews of each network, and in the experiments beside; `wrong`: how many labels are
    wrong. `validation`, `held_out`: reviews in these parts. `forgotten`: dropout left on, None where neither side has
    any. `noise`: real against shuffled labels. `none`: held-out accuracy without augmentation in the experiment beside;
    `augmented`: by kind of augmentation.
    """

    language: str
    examples: int
    beside: int
    wrong: int
    validation: int
    held_out: int
    epochs: int
    networks: int
    a: Side
    b: Side
    difference: Mean
    loss_difference: Mean
    forgotten: Forgotten | None
    noise: Noise
    none: Mean
    augmented: tuple[Augmented, ...]

    @property
    def flip(self) -> Augmented:
        """The augmentation that changes the label."""
        return next(item for item in self.augmented if item.kind == "flip")

    @property
    def kept_label(self) -> tuple[Augmented, ...]:
        """The augmentations that should keep the label."""
        return tuple(item for item in self.augmented if item.kind != "flip")


@dataclass(frozen=True)
class Point:
    """A side's means after one epoch, in the order of the fields of Curves."""

    epoch: int
    means: tuple[Mean, ...]


def point(measured: Measured, runs: slice) -> Point:
    """Averages a side's runs after an epoch."""
    gap = measured.validation_loss - measured.train_loss
    values: tuple[Tensor, ...] = (
        measured.train_loss, measured.validation_loss, measured.train_accuracy, measured.validation_accuracy,
        measured.held_out_accuracy, gap, measured.norm,
    )  # fmt: skip
    return Point(measured.epoch, tuple(mean(item[runs].double().numpy()) for item in values))


def curves(points: Sequence[Point]) -> Curves:
    """Joins a side's points so far."""
    return Curves(tuple(item.epoch for item in points), *zip(*(item.means for item in points), strict=True))


def side(measured: Sequence[Measured], points: Sequence[Point], runs: slice, patience: int) -> Side:
    """Finds where each run turns and stops, and what it reaches on the held-out reviews. Every epoch must be measured."""
    count = range(*runs.indices(len(measured[0].norm)))
    losses = [[float(item.validation_loss[run]) for item in measured] for run in count]
    accuracies = [[float(item.held_out_accuracy[run]) for item in measured] for run in count]
    stops = [early_stop(each, patience) for each in losses]
    turns = [turn(each) for each in losses]
    peeked = [max(range(len(each)), key=each.__getitem__) + 1 for each in accuracies]
    kept = [stop.kept for stop in stops]
    last = [len(measured)] * len(kept)

    def values(name: str, epochs: Sequence[int]) -> list[float]:
        return [
            float(getattr(measured[epoch - 1], name)[run]) for run, epoch in zip(count, epochs, strict=True)
        ]  # fmt: skip

    def at(epochs: Sequence[int]) -> At:
        return At(mean(epochs), mean(values("held_out_accuracy", epochs)), mean(values("held_out_loss", epochs)))

    own = sum(measured[epoch - 1].own[run] for run, epoch in zip(count, kept, strict=True)) / len(kept)
    return Side(
        curves=curves(points),
        turns=tuple(turns),
        ended=tuple(stop.ended for stop in stops),
        kept=tuple(kept),
        turn=mean(turns),
        kept_at=at(kept),
        last=at(last),
        turned=at(turns),
        peeked=at(peeked),
        train_kept=mean(values("train_accuracy", kept)),
        train_last=mean(values("train_accuracy", last)),
        stop_gain=differences(values("held_out_accuracy", turns), values("held_out_accuracy", last)),
        stop_loss=differences(values("held_out_loss", turns), values("held_out_loss", last)),
        peek=differences(values("held_out_accuracy", peeked), values("held_out_accuracy", turns)),
        gap=differences(values("train_accuracy", kept), values("held_out_accuracy", kept)),
        norm=mean(values("norm", kept)),
        own=tuple(own.tolist()) if isinstance(own, Tensor) else (),
    )


def differences(ours: Sequence[float], theirs: Sequence[float]) -> Mean:
    """Averages paired differences, one per network."""
    return mean([one - other for one, other in zip(ours, theirs, strict=True)])


def compared(measured: Sequence[Measured], a: Side, b: Side, networks: int, name: str) -> Mean:
    """Returns B minus A of a measured quantity, paired over networks with the same seed, each by the weights kept."""
    ours, theirs = (
        [float(getattr(measured[epoch - 1], name)[first + run]) for run, epoch in enumerate(one.kept)]
        for one, first in ((b, networks), (a, 0))
    )
    return differences(ours, theirs)

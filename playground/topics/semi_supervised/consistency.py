"""Consistency under augmentation, as FixMatch (Sohn et al. 2020) does it: a review's own view labels its distorted view. Knows no panel.

The weak view is the review itself, the strong one has words deleted or replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from playground.lab.text import Language
from playground.language.augmentation import augment
from playground.learning.stack import Member, Stack
from playground.learning.training import batches, cross_entropy, train
from playground.topics.semi_supervised.pool import Floats, Ints, Pool, Start
from playground.topics.semi_supervised.self_training import NONE, Round
from playground.topics.semi_supervised.softmax_regression import fit

STEPS_A_ROUND, BATCH = 30, 128
# Plain gradient steps: Adam gives every direction equal weight, and from few labels that costs a tenth of accuracy.
RATE = 0.1
# One kind for each review, in turn: every kind cuts the text into words anew, which is what costs time.
STRONG = (("delete", 0.4), ("replace", 0.4))


def distort(texts: Sequence[str], language: Language, seed: int, tell: Callable[[int], None]) -> list[str]:
    """Returns a strong view of every text: words deleted in one, replaced in the next. `tell(texts done)` may raise."""
    found = []
    for number, text in enumerate(texts):
        if number % 50 == 0:
            tell(number)
        kind, share = STRONG[number % len(STRONG)]
        found.append(augment(text, language, kind=kind, share=share, seed=seed))
    return found


@dataclass(frozen=True)
class Trained:
    """A Round for each seed, and the held-out classes of a control trained without the consistency term (seeds, held out)."""

    rounds: tuple[Round, ...]
    control: Ints


def match(
    pool: Pool,
    strong: Floats,
    starts: Sequence[Start],
    *,
    threshold: float,
    rounds: int,
    weight: float,
    seed: int,
    tell: Callable[[], None],
) -> Iterator[Trained]:
    """Trains a linear classifier on from each start's labels-only weights, and its control, as one stack; yields after every STEPS_A_ROUND steps.

    `strong`: features of the strong views (pool, dimensions). Loss: cross-entropy of the labelled examples plus `weight`
    times that of the strong views against the class of their weak view, where the weak view's probability is `threshold` or more.
    """  # fmt: skip
    count, classes = len(starts), len(pool.classes)
    features = torch.from_numpy(pool.features).float()
    views = torch.from_numpy(strong).float()
    stack = Stack([Member(seed, width=0)] * 2 * count, features.shape[1], classes)
    first = torch.from_numpy(
        np.stack([fit(pool.features[start.rows], start.given, classes) for start in starts])
    ).float()
    with torch.no_grad():
        stack.out.copy_(first[:, :, :-1].transpose(1, 2).repeat(2, 1, 1))
        stack.out_bias.copy_(first[:, None, :, -1].repeat(2, 1, 1))
    rows = torch.from_numpy(np.stack([start.rows for start in starts])).repeat(2, 1)
    given = torch.from_numpy(np.stack([start.given for start in starts])).repeat(2, 1)
    weights = torch.tensor([weight] * count + [0.0] * count)
    rest = [torch.from_numpy(start.rest) for start in starts] * 2
    seeds = [seed + number for number in range(count)] * 2

    def loss(drawn: Tensor) -> Tensor:
        labelled = cross_entropy(stack(features[rows]), given)
        with torch.no_grad():
            sure, pseudo = stack(features[drawn]).softmax(-1).max(-1)
        logits = stack(views[drawn])
        each = functional.cross_entropy(logits.flatten(0, 1), pseudo.flatten(), reduction="none").view(drawn.shape)
        total: Tensor = labelled + weights * (each * (sure >= threshold)).mean(1)
        return total

    steps = train(
        stack, batches(rest, seeds, BATCH, rounds * STEPS_A_ROUND), loss, rate=RATE, decay=1 / rows.shape[1],
        optimizer="sgd", tell=tell
    )  # fmt: skip
    held_out = torch.from_numpy(pool.held_out).float()
    for step in steps:
        if step.number % STEPS_A_ROUND == 0:
            with torch.no_grad():
                answers = stack(held_out).argmax(-1).numpy()
                chances = stack(features).softmax(-1).double().numpy()
            yield Trained(
                tuple(_round(chances[run][start.rest], answers[run], threshold) for run, start in enumerate(starts)),
                answers[count:],
            )


def _round(chances: Floats, answers: Ints, threshold: float) -> Round:
    guess, confidence = chances.argmax(1), chances.max(1)
    return Round(np.where(confidence >= threshold, guess, NONE), guess, confidence, answers)

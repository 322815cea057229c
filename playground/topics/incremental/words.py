"""A vocabulary that grows: words without a row, rows at their initial value, and rows trained. Knows no panel.

A bag-of-words network: the hidden weights have a row for each word, its embedding, and a text is the sum of its words' rows over √words.
Row 0 is of every word that has no row of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.language.segmentation import segment
from playground.learning.stack import Member, Stack
from playground.learning.training import accuracy, batches
from playground.topics.incremental.corpus import Part, Shift
from playground.topics.incremental.updating import BATCH, FREE, NEVER, Update, Updated, follow

MOST_OLD, MOST_NEW, LEAST = 300, 200, 2
# Rows at the end that no text uses, as large models reserve them.
RESERVED = 1
# Bags of words need larger steps than dense features.
RATE, STEPS = 6.0, 40
UNKNOWN, RANDOM, AVERAGE = "unknown", "random", "mean"
TREATMENTS = (UNKNOWN, RANDOM, AVERAGE)


@dataclass(frozen=True)
class Grown:
    """What became of the vocabulary. Accuracies are by treatment and seed (seeds,), before and after the update.

    `old_words`, `new_words`: texts of the rows. `counts`: of each new word in the new training data. `missing`: share of the words of the
    held-out new data that have no row before. `moved`: how far each new row and the reserved one moved (rows,), mean over the seeds of RANDOM.
    `untouched`: whether the base's training left every new row exactly at its initial value.
    """

    old_words: tuple[str, ...]
    new_words: tuple[str, ...]
    counts: tuple[int, ...]
    missing: float
    old_before: dict[str, Tensor]
    new_before: dict[str, Tensor]
    old_after: dict[str, Tensor]
    new_after: dict[str, Tensor]
    moved: Tensor
    untouched: bool


def split(text: str) -> list[str]:
    """Returns the words of a text in lower case, without punctuation."""
    return [part.text.lower() for part in segment(text, "word") if part.is_content]


def count_words(texts: Sequence[Sequence[str]], vocabulary: Sequence[str], width: int) -> Tensor:
    """Returns bags (texts, width): row 0 is of unknown words, word k of the vocabulary has row k + 1; each text over √words."""
    places = {word: at for at, word in enumerate(vocabulary, start=1)}
    bags = np.zeros((len(texts), width), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text:
            bags[row, places.get(word, 0)] += 1 / math.sqrt(len(text))
    return torch.from_numpy(bags)


def grow(shift: Shift, examples: int, width: int, seeds: Sequence[int], tell: Callable[[], None]) -> Grown:
    """Trains on the old data, adds rows for the new words, trains on both parts, half of each batch old; one stack of all seeds."""
    old, new = _first(shift.old, examples), _first(shift.new, examples)
    texts = [
        [split(text) for text in part] for part in (old.texts, new.texts, shift.held_old.texts, shift.held_new.texts)
    ]
    tell()
    old_words = _frequent(texts[0], (), MOST_OLD)
    new_words = _frequent(texts[1], old_words, MOST_NEW)
    rows = 1 + len(old_words) + len(new_words) + RESERVED
    few = [count_words(part, old_words, rows) for part in texts]
    all_ = [count_words(part, old_words + new_words, rows) for part in texts]
    added = slice(1 + len(old_words), rows)
    outputs = len(shift.names)
    closed = torch.zeros(len(seeds), outputs, dtype=torch.bool)
    closed[:, list(shift.fresh)] = True
    stack = Stack([Member(seed, width) for seed in seeds], rows, outputs)
    start = stack.state()
    _learn(stack, few[0], old.classes, None, seeds, tell, closed)
    base = stack.state()
    untouched = torch.equal(base["hidden"][:, added], start["hidden"][:, added])
    held = shift.held_old.classes, shift.held_new.classes
    old_before: dict[str, Tensor] = {}
    new_before: dict[str, Tensor] = {}
    old_after: dict[str, Tensor] = {}
    new_after: dict[str, Tensor] = {}
    moved = torch.zeros(rows - added.start)
    for treatment in TREATMENTS:
        bags = few if treatment == UNKNOWN else all_
        stack.restore(base)
        if treatment == AVERAGE:
            mean = base["hidden"][:, 1 : added.start].mean(1, keepdim=True)
            stack.hidden.data[:, added] = mean
        before = stack.hidden.detach()[:, added].clone()
        old_before[treatment], new_before[treatment] = _right(stack, bags, held, closed)
        features = torch.cat([bags[0], bags[1]])
        _learn(
            stack, features, torch.cat([old.classes, new.classes]), len(bags[0]), [1000 + seed for seed in seeds], tell
        )
        old_after[treatment], new_after[treatment] = _right(stack, bags, held, None)
        if treatment == RANDOM:
            moved = (stack.hidden.detach()[:, added] - before).norm(dim=2).mean(0)
    known = {*old_words}
    unseen = [word not in known for text in texts[3] for word in text]
    counted = Counter(word for text in texts[1] for word in text)
    return Grown(
        old_words, new_words, tuple(counted[word] for word in new_words), sum(unseen) / max(1, len(unseen)),
        old_before, new_before, old_after, new_after, moved, untouched,
    )  # fmt: skip


def _first(part: Part, examples: int) -> Part:
    """The first `examples` rows of each class."""
    rows = torch.cat([torch.nonzero(part.classes == one)[:examples, 0] for one in sorted(set(part.classes.tolist()))])
    return Part(tuple(part.texts[row] for row in rows.tolist()), part.classes[rows], part.features[rows])


def _frequent(texts: Sequence[Sequence[str]], known: Sequence[str], most: int) -> tuple[str, ...]:
    counted = Counter(word for text in texts for word in text)
    without = set(known)
    return tuple(word for word, count in counted.most_common() if count >= LEAST and word not in without)[:most]


def _learn(
    stack: Stack,
    features: Tensor,
    classes: Tensor,
    border: int | None,
    seeds: Sequence[int],
    tell: Callable[[], None],
    closed: Tensor | None = None,
) -> None:
    """Trains every run on the rows; with a `border`, half of each batch is from the rows before it and half from those after."""
    every = torch.arange(len(features))
    pools = [every] if border is None else [every[:border], every[border:]]
    drawn = zip(*(batches([pool] * len(seeds), seeds, BATCH // len(pools), STEPS) for pool in pools), strict=True)
    rows = (torch.cat(parts, 1) for parts in drawn)
    model = Updated(stack, [Update(FREE, seed, rate=RATE) for seed in seeds])
    for _ in follow(model, ((features[row], classes[row]) for row in rows), STEPS, tell, closed):
        pass


def _right(stack: Stack, bags: Sequence[Tensor], held: tuple[Tensor, Tensor], closed: Tensor | None) -> list[Tensor]:
    with torch.no_grad():
        model = Updated(stack, [Update(FREE, member.seed) for member in stack.members])
        logits = [model(features) for features in bags[2:]]
        if closed is not None:
            logits = [one.masked_fill(closed[:, None], NEVER) for one in logits]
        return [accuracy(one, labels) for one, labels in zip(logits, held, strict=True)]

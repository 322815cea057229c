"""The labelled reviews of a language in three parts: for training, for validation, and held out. Knows no model.

Only the stop may be chosen on the validation part, and nothing on the held-out part.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from playground.data.reviews import Labelled, reviews
from playground.data.sets import english_reviews
from playground.lab.text import Language

CHINESE_VALIDATION, CHINESE_HELD_OUT = 300, 500
ENGLISH_VALIDATION, ENGLISH_HELD_OUT = 80, 120


@dataclass(frozen=True)
class Corpus:
    """The three parts, each alternating between the labels, so that any first n are balanced."""

    training: tuple[Labelled, ...]
    validation: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]

    def pool(self, examples: int) -> tuple[Labelled, ...]:
        """Returns the training reviews from which each network draws its own `examples`: half as many again, where there are."""
        return self.training[: examples + examples // 4 * 2]


@functools.cache
def corpus(language: Language) -> Corpus:
    """Returns the reviews of a language, in a fixed order: 9,532 Chinese ones for training, but only 280 English ones."""
    if language is Language.ZH:
        every = reviews()
        return Corpus(every.train, every.validation[:CHINESE_VALIDATION], every.held_out[:CHINESE_HELD_OUT])
    # A hash, not the file's order, which goes by label and domain.
    ordered = sorted(english_reviews(), key=lambda item: hashlib.sha256(item.text.encode()).hexdigest())
    items = _alternating([Labelled(item.text, int(item.label == "positive")) for item in ordered])
    used = ENGLISH_HELD_OUT + ENGLISH_VALIDATION
    return Corpus(items[used:], items[ENGLISH_HELD_OUT:used], items[:ENGLISH_HELD_OUT])


def _alternating(items: Sequence[Labelled]) -> tuple[Labelled, ...]:
    classes: tuple[list[Labelled], list[Labelled]] = ([], [])
    for item in items:
        classes[item.label].append(item)
    return tuple(item for pair in zip(*classes, strict=False) for item in pair)

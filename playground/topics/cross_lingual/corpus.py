"""Gathers the reviews, and keeps the states of all fixed texts by model: they depend on nothing that a visitor sets.

Knows nothing of what is computed from them.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.reviews import Labelled, reviews
from playground.data.sets import english_reviews
from playground.lab.text import Language
from playground.language.layer_states import POOLINGS, layer_states
from playground.models.language_model import LanguageModel

# Such fragments have about as many tokens as the English ones; longer ones cost more time than they add.
LONGEST_REVIEW = 24
MOST_LABELS, TESTED = 240, 100


@dataclass(frozen=True)
class LabelledReviews:
    """Reviews of one language to train on and others to test on, both balanced over the labels; in a fixed order."""

    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]


@functools.cache
def labelled_reviews(language: Language) -> LabelledReviews:
    """Returns at most 240 reviews to train on and 100 to test on. Chinese ones are fragments of at most 24 characters."""
    if language is Language.ZH:
        train, test = (
            [item for item in part if len(item.text) <= LONGEST_REVIEW]
            for part in (reviews().train, reviews().held_out)
        )
        return LabelledReviews(_balanced(train, MOST_LABELS), _balanced(test, TESTED))
    items = [Labelled(item.text, int(item.label == "positive")) for item in english_reviews()]
    order = np.random.default_rng(0).permutation(len(items))
    shuffled = [items[place] for place in order]
    test = list(_balanced(shuffled, TESTED))
    kept = set(test)
    return LabelledReviews(_balanced([item for item in shuffled if item not in kept], MOST_LABELS), tuple(test))


def _balanced(items: Sequence[Labelled], count: int) -> tuple[Labelled, ...]:
    """Takes the first of each label in turn, `count` in all."""
    by_label = [[item for item in items if item.label == label][: count // 2] for label in (0, 1)]
    return tuple(item for pair in zip(*by_label, strict=False) for item in pair)


# Keyed by the weights themselves: an entry goes when the variant does. By text: the states of each pooling (layers + 1, hidden).
_states: weakref.WeakKeyDictionary[nn.Module, dict[str, tuple[Tensor, ...]]] = weakref.WeakKeyDictionary()


def fixed_states(
    lm: LanguageModel, texts: Sequence[str], tell: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, Tensor]:
    """Returns `layer_states` of texts of the project, each computed once per model. `tell(texts done, of)`."""
    known = _states.setdefault(lm.module, {})
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        found = layer_states(lm, missing, lambda done: tell(done, len(missing)))
        known.update((text, tuple(found[pooling][row] for pooling in POOLINGS)) for row, text in enumerate(missing))
    return {pooling: torch.stack([known[text][at] for text in texts]) for at, pooling in enumerate(POOLINGS)}

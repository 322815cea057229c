"""LIME of the text on both sides, with the same samples. Knows nothing of how LIME samples or fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from playground.explanation.agreement import rank_correlation
from playground.explanation.attribution import Weights
from playground.explanation.lime_text import lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut, merge
from playground.explanation.values import Target, class_target, next_token_logits, next_token_target
from playground.lab.text import Label
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.bench.settings import Settings

# LIME needs at least twice as many samples as units.
MOST_UNITS = 40


@dataclass(frozen=True)
class Explanation:
    """One side's weights so far. `agreement`: Spearman's ρ of LIME and leave-one-out, None where there are no ranks."""

    target: Label
    parts: Removable
    weights: Weights
    agreement: float | None


def explain_both(settings: Settings, a: LanguageModel, b: LanguageModel) -> Iterator[tuple[Explanation, Explanation]]:
    """Runs LIME on A and B and yields both after each round of samples; equal weights are explained once."""
    parts = units_of(settings, a)
    targets = [target_of(settings, lm) for lm in ((a,) if a.module is b.module else (a, b))]
    alone = [leave_one_out(parts, target.value) for target in targets]
    rounds = [lime(parts, target.value, samples=settings.samples, seed=settings.seed) for target in targets]
    newest: dict[int, Explanation] = {}
    # A side that has settled keeps its last weights while the other continues.
    for found in itertools.zip_longest(*rounds):
        for side, weights in enumerate(found):
            if weights is not None:
                agreement = rank_correlation(weights.weights, alone[side].weights)
                newest[side] = Explanation(targets[side].label, parts, weights, agreement)
        yield newest[0], newest[len(targets) - 1]


def units_of(settings: Settings, lm: LanguageModel) -> Removable:
    """Returns the text's units, the same on both sides; neighbours are merged in a long text."""
    return merge(cut(settings.text, settings.unit, lm), MOST_UNITS)


def target_of(settings: Settings, lm: LanguageModel) -> Target:
    """Returns what is explained on a side."""
    if settings.explain == "positive":
        return class_target(lm, sentiment.load(), "positive")
    return next_token_target(lm, int(next_token_logits(lm, settings.text).argmax()))

"""What each unit of the two texts contributes to the probe's answer, within a budget of tokens. Knows no panel.

The methods themselves are in `explanation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from playground.explanation.attribution import Weights
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut
from playground.explanation.shapley import shapley
from playground.explanation.values import ValueFunction
from playground.models.language_model import LanguageModel

MOST_UNITS = 30
# 2^8 texts for each side; above that random orders cost less and say how sure they are.
EXACT_TO, ORDERS = 8, 8
# Tokens of perturbed texts that LIME, and that Shapley, may put through the model for a side: some seconds on two cores.
MOST_TOKENS = 24_000


def first_units(text: str, unit: str, lm: LanguageModel) -> Removable:
    """Cuts a text into units and keeps the first 30: LIME needs at least twice as many samples as units."""
    parts = cut(text, unit, lm)
    return replace(parts, names=parts.names[:MOST_UNITS], spans=parts.spans[:MOST_UNITS])


def lime_rounds(
    lm: LanguageModel, parts: Sequence[Removable], value: ValueFunction, samples: int, seed: int
) -> Iterator[list[Weights]]:
    """LIME's weights for every text, round by round; a text that has settled keeps its last weights while another continues."""
    rounds = [lime(part, value, samples=_affordable(lm, part, samples), seed=seed) for part in parts]
    latest: list[Weights] = []
    for found in zip_longest(*rounds):
        for side, weights in enumerate(found):
            if weights is not None:
                latest[side : side + 1] = [weights]
        yield list(latest)


def shapley_values(lm: LanguageModel, parts: Removable, value: ValueFunction, seed: int) -> Weights:
    """Shapley values of one text: exact for up to 8 units, else over as many random orders as the budget allows, two at least."""
    texts_an_order = 2 * (len(parts) + 1)
    orders = _affordable(lm, parts, ORDERS * texts_an_order) // texts_an_order
    return shapley(parts, value, permutations=max(2, orders), seed=seed, exact_to=EXACT_TO)


def _affordable(lm: LanguageModel, parts: Removable, samples: int) -> int:
    """As many samples as asked for, or fewer where the text is so long that they would take too many tokens."""
    tokens = len(lm.encode(parts.text)) / 2 + 5  # half of the units are out on average; the probe's frame takes five
    return min(samples, max(2 * len(parts) + 2, int(MOST_TOKENS / tokens)))

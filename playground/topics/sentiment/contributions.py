"""What each unit of the two texts contributes to the probe's answer, within a budget of tokens. Knows no panel.

The methods themselves are in `explanation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from playground.explanation.attribution import Weights
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut, merge
from playground.explanation.shapley import shapley
from playground.explanation.values import ValueFunction
from playground.models.language_model import LanguageModel

# 2^7 texts for each side; above that random orders cost less and say how sure they are.
EXACT_TO, ORDERS, LEAST_ORDERS = 7, 8, 2
# Tokens of perturbed texts that LIME, and that Shapley, may put through the model for a side: some seconds on two cores.
MOST_TOKENS = 24_000
# However long the text is, it is cut into no fewer parts.
LEAST_UNITS = 30


def units_of(text: str, unit: str, lm: LanguageModel) -> Removable:
    """Cuts a text into units; neighbours are merged where Shapley values of all of them would take too many tokens."""
    texts = MOST_TOKENS / _tokens_left(lm, text)
    return merge(cut(text, unit, lm), max(LEAST_UNITS, int(texts / (2 * LEAST_ORDERS)) - 1))


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
    """Shapley values of one text: exact for up to 7 units, else over as many random orders as the budget allows, two at least."""
    texts_an_order = 2 * (len(parts) + 1)
    orders = _affordable(lm, parts, ORDERS * texts_an_order) // texts_an_order
    return shapley(parts, value, permutations=max(LEAST_ORDERS, orders), seed=seed, exact_to=EXACT_TO)


def _affordable(lm: LanguageModel, parts: Removable, samples: int) -> int:
    """As many samples as asked for, or fewer where the text is so long that they would take too many tokens."""
    return min(samples, max(2 * len(parts) + 2, int(MOST_TOKENS / _tokens_left(lm, parts.text))))


def _tokens_left(lm: LanguageModel, text: str) -> float:
    """Tokens of an average perturbed text: half of the units are out, and the probe's frame takes five."""
    return len(lm.encode(text)) / 2 + 5

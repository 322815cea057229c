"""The work of a run by its settings: the text with units left out, and the other one. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, asks_probe, packed, tokens_of
from playground.topics.sentiment.contributions import EXACT_TO, LEAST_ORDERS, LEAST_UNITS, MOST_TOKENS, ORDERS
from playground.topics.sentiment.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, other = tokens_of(settings.text), tokens_of(settings.other or settings.text)
    weights = settings.weights
    built = 0.6 * (weights.quantization != "none" or weights.pruning != "none")
    explained = _explained(text, settings.samples) + _explained(other, settings.samples)
    # The hard sentences, by every method.
    return packed(weights.quantization, explained) + Work(seconds=2.0 + built)


def _explained(text: float, samples: float) -> Work:
    """LIME, Shapley values and leaving one out of one text: half of its units are out on average, and the budget is one for each method."""
    left = text / 2 + 5
    units = min(0.75 * text, max(LEAST_UNITS, MOST_TOKENS / left / (2 * LEAST_ORDERS)))
    lime = min(MOST_TOKENS, samples * (0.4 + 0.6 * min(1, text / 40)) * left)
    shapley = min(
        MOST_TOKENS, 2 * ORDERS * (units + 1) * left, 2**EXACT_TO * left if units <= EXACT_TO else MOST_TOKENS
    )
    texts = (lime + shapley) / left + units
    return asks_probe(texts, lime + shapley + units * text, (lime + shapley) / 2500 + 4)

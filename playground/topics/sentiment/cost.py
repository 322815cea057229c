"""The work of a run by its settings: the text with units left out, and the other one. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, asks_probe, packed, tokens_of
from playground.topics.sentiment.contributions import EXACT_TO, LEAST_ORDERS, LEAST_UNITS, MOST_TOKENS, ORDERS
from playground.topics.sentiment.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, other = tokens_of(settings.text), tokens_of(settings.other or settings.text + "not ")
    weights = settings.weights
    built = 0.6 * (weights.quantization != "none" or weights.pruning != "none")
    explained = _explained(text, settings.samples) + _explained(other, settings.samples)
    return packed(weights.quantization, explained) + Work(seconds=1.2 + built)


def _explained(text: float, samples: float) -> Work:
    """LIME, Shapley values and leaving one out of one text: half of its units are out on average, and the budget is one for each method."""
    most = MOST_TOKENS / (text / 2 + 5)
    units = min(0.63 * text, max(LEAST_UNITS, most / (2 * LEAST_ORDERS)))
    if units <= EXACT_TO:
        # Every subset, those that LIME draws among them.
        texts = 2**units
    else:
        # LIME's samples repeat each other in a short text.
        texts = min(most, samples * (0.4 + 0.6 * min(1, text / 40))) + min(most, 2 * ORDERS * (units + 1))
    texts += units
    return asks_probe(texts, texts * text / 2, texts * text / 5000 + 4)

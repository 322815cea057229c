"""The work of a run by its settings: both sides' texts and LIME's samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of, writes
from playground.topics.bench.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, sides = tokens_of(settings.text), (settings.a, settings.b)
    built = sum(side.weights.quantization != "none" or side.weights.pruning != "none" for side in sides)
    rows = [side.beams if side.strategy == "beam" else 1 for side in sides]
    # Half of a sample's units are left out on average; samples are read in batches.
    explained = 2 * reads(0.5 * settings.samples * (text + 8) + 200, settings.samples / 32 + 4)
    if settings.explain == "next":
        explained = explained + Work(scored=2 * settings.samples)
    written = sum((writes(settings.max_tokens, count, text) for count in rows), Work())
    return scores(3 * text, 3) + written + 2 * reads(text) + explained + Work(seconds=0.6 * built + 0.5)

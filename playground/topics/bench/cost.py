"""The work of a run by its settings: both sides' texts and LIME's samples. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, asks_probe, packed, reads, scores, tokens_of, writes
from playground.topics.bench.settings import Settings, Side


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    return (
        scores(3 * text, 3) + Work(seconds=0.5) + _side(settings.a, settings, text) + _side(settings.b, settings, text)
    )


def _side(side: Side, settings: Settings, text: float) -> Work:
    """Its weights, its continuation, its attention, and LIME's samples: fewer where few units settle soon."""
    weights = side.weights
    built = Work(seconds=0.6 * (weights.quantization != "none" or weights.pruning != "none"))
    rows = side.beams if side.strategy == "beam" else 1
    samples = settings.samples * (0.4 + 0.6 * min(1, text / 100))
    scored = Work(scored=samples) if settings.explain == "next" else Work()
    read = reads(text, 5) + (
        asks_probe(samples, samples * text / 2, samples / 32)
        if settings.explain == "positive"
        else reads(0.75 * samples * (text + 8), samples / 32)
    )
    return built + scored + packed(weights.quantization, read + writes(settings.max_tokens, rows, text))

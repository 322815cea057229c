"""The work of a run by its settings: the visitor's request, and what is timed. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, packed, reads, tokens_of, writes
from playground.topics.inference.serving import UNCACHED_TOKENS
from playground.topics.inference.settings import Settings
from playground.topics.inference.step_times import BATCHES, LENGTHS, POSITIONS, REPEATS


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    prompt, steps, rows = tokens_of(settings.prefix) + tokens_of(settings.text), settings.tokens, settings.batch
    if settings.cache:
        own = writes(steps, rows, prompt) + reads(rows * prompt, 2)
    else:
        own = reads(min(UNCACHED_TOKENS, steps * rows * (prompt + steps / 2)), steps + 2)
    positions = reads(REPEATS * (sum(POSITIONS) + prompt) + max(LENGTHS), 2 * REPEATS * len(POSITIONS) + 8)
    batches = Work(passes=REPEATS * len(BATCHES), tokens=prompt, scored=REPEATS * (sum(BATCHES) + rows))
    lookup = writes(2 * steps, 1, prompt)
    return packed(settings.quantization, own + lookup + positions + batches + reads(12 * prompt, 16)) + Work(
        seconds=3.0
    )

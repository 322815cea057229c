"""The work of a run by its settings: the text under each strategy, the haystacks, the chunks. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, reads_many, tokens_of, writes
from playground.topics.long_text.distance import LEVELS, MOST_RUNS, RUN
from playground.topics.long_text.needle import MOST_TOKENS, WRITTEN, lengths_of
from playground.topics.long_text.reading import AT_ONCE, CHUNK, LONGEST
from playground.topics.long_text.settings import Settings
from playground.topics.long_text.strategies import MOST_COMPUTED, MOST_SCORED, MOST_WINDOWS, WITHOUT_START

# A position's log-probability takes longer than its logits alone: they are summed in float32.
SCORED = 1.25


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    return (
        reads(text, text / CHUNK)
        + _strategies(text, settings.window, settings.stride)
        + _needle(settings)
        + reads(24 * 17, 2)
        + SCORED * Work(scored=24 * 16)
        + Work(seconds=1.0)
    )


def _strategies(text: float, window: int, stride: int) -> Work:
    """As many windows as `strategies.plan` allows; runs of tokens after `LEVELS` of tokens, as `distance.choose` does."""
    scored = min(text, MOST_SCORED)
    blocks = min(text, MOST_SCORED, MOST_WINDOWS * stride, max(1, MOST_COMPUTED // window) * stride) / stride
    apart = _batched(min(text, (blocks + 1) * window), min(window, text))
    over = _batched((blocks + WITHOUT_START) * min(window, text), min(window, text))
    levels = [level for level in LEVELS if level <= text / 2]
    far = sum((_batched(MOST_RUNS * (level + RUN), level + RUN) for level in levels), Work())
    heads = 3 * scored + min(scored, WITHOUT_START * stride) + len(levels) * MOST_RUNS * RUN
    return SCORED * Work(scored=heads) + apart + over + far


def _batched(tokens: float, one: float) -> Work:
    """Sequences of `one` token count each, `tokens` in all, as many at a time, or in as many chunks, as `reading.AT_ONCE` allows."""
    return reads(tokens, 1 + tokens / (AT_ONCE if one > LONGEST else max(one, AT_ONCE)))


def _needle(settings: Settings) -> Work:
    """At each length each depth reads the rest of the haystack again, and each of two or three questions is asked at all depths at once."""
    lengths = lengths_of(settings.longest, settings.lengths)
    haystacks = 2 if settings.distractors.strip() else 1
    asked = len(lengths) * (settings.depths * (haystacks + 1) + 1)
    batches = len(lengths) * ((haystacks + 1) * max(1, settings.depths * 5 * settings.longest / MOST_TOKENS) + 1)
    # In passes of some dozens of tokens.
    passes = 2 * len(lengths) * settings.depths * haystacks
    read = reads_many(sum(lengths) * (1 + settings.depths / 2) * haystacks, passes)
    return read + reads_many(45 * asked, 2 * batches) + Work(scored=8 * asked) + writes(WRITTEN * (haystacks + 2))

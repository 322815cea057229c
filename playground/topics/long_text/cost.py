"""The work of a run by its settings: the text under each strategy, the haystacks, the chunks. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of
from playground.topics.long_text.distance import LEVELS, MOST_RUNS, RUN
from playground.topics.long_text.settings import Settings
from playground.topics.long_text.strategies import MOST_COMPUTED, MOST_SCORED, MOST_WINDOWS


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    return (
        _strategies(text, settings.window, settings.stride)
        + _needle(settings)
        + 24 * scores(17)
        + Work(scored=300)
        + reads(3 * text, text / 128)
        + Work(seconds=1.0)
    )


def _strategies(text: float, window: int, stride: int) -> Work:
    """As many windows as `strategies.plan` allows; runs of tokens after 4 to 1024 tokens, as `distance.choose` does."""
    scored = min(text, MOST_SCORED)
    blocks = min(text, MOST_SCORED, MOST_WINDOWS * stride, max(1, MOST_COMPUTED // window) * stride) / stride
    apart = reads(min(text, (blocks + 1) * window), min(blocks + 1, 1 + text / window))
    over = reads((blocks + 3) * min(window, text), blocks + 3)
    levels = [level for level in LEVELS if level <= text / 2]
    far = MOST_RUNS * sum((2 * scores(RUN) + reads(level, 0) for level in levels), Work())
    # A position's logits and their sum in float32 take longer than a perplexity's.
    return 2.5 * Work(scored=3 * scored) + apart + over + far


def _needle(settings: Settings) -> Work:
    """Three lengths; each depth reads the rest of the haystack again, and asks in two or three ways."""
    haystacks = 2 if settings.distractors.strip() else 1
    asked = 3 * settings.depths * (haystacks + 1) + 3
    return reads(
        1.75 * settings.longest * (1 + settings.depths / 2) * haystacks, 6 * settings.depths * haystacks
    ) + asked * (reads(45, 2) + Work(scored=10))

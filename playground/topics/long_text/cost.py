"""The work of a run by its settings: the text under each strategy, and the haystacks. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of
from playground.topics.long_text.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text, window = tokens_of(settings.text), settings.window
    # As `strategies.plan` and `distance` limit them.
    blocks = min(text / settings.stride, 320 / settings.stride + 1, 8192 / window + 1, 64)
    scored = min(text, 320)
    apart = scores(min(text, blocks * window), min(blocks, text / window + 1)) + reads(
        blocks * min(window, text), blocks
    )
    far = reads(6 * 1.4 * min(text / 2, 1364) + 100, 6 * 5)
    haystacks = reads(
        1.75 * settings.longest * (settings.depths + 2), 1.75 * settings.longest / 128 * (settings.depths + 2)
    )
    asked = Work(passes=3 * 3 * (settings.depths + 1) * 4, tokens=3 * 3 * (settings.depths + 1) * 60)
    cut = scores(min(text, 24 * settings.chunk), 24)
    return (
        reads(2 * text, text / 128)
        + Work(scored=3 * scored)
        + apart
        + far
        + haystacks
        + asked
        + cut
        + Work(seconds=1.0)
    )

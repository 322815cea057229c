"""The work of a run by its settings: every layer patched at every position, heads ablated, a prompt steered. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of, writes
from playground.topics.mechanisms.ablating import DRAWS, LENGTH, PLAIN_TOKENS, ROWS
from playground.topics.mechanisms.settings import Settings
from playground.topics.mechanisms.steer import NEUTRAL, NEUTRAL_TOKENS, SHARES, TOKENS

# Of the embedded model; each position is patched after every layer at once, with the text before it read only once.
_LAYERS = 18
# What is explained is computed in float32, which takes twice as long: docs/decisions/what-is-explained-is-in-float32.md.
_PRECISE = 2
# One measurement of an ablation, on repeated tokens and on running text in both languages.
_LOSSES = Work(
    passes=2,
    tokens=ROWS * (2 * LENGTH + 1) + 2 * PLAIN_TOKENS,
    scored=ROWS * (LENGTH - 1) + 2 * (PLAIN_TOKENS - 1),
)


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    # Both texts; a whole layer patched at a time, and nothing; one place; the ablated text; the changed feature beside three others.
    others = reads((2 + _LAYERS + 1 + 1 + 1 + 4) * text, 5)
    explained = _PRECISE * (reads(_LAYERS * text**2 / 2, text) + others)
    # The whole model, the chosen heads, and others drawn at random.
    ablated = (2 + DRAWS) * _LOSSES
    steered = writes(TOKENS, 2, tokens_of(settings.prompt))
    judged = (tokens_of(settings.towards) + tokens_of(settings.away)) / 2 + 2 * NEUTRAL * NEUTRAL_TOKENS
    return explained + ablated + steered + len(SHARES) * scores(judged, 2) + Work(seconds=1.5)

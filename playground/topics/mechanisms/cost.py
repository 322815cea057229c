"""The work of a run by its settings: every layer patched at every position, heads ablated, a prompt steered. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of, writes
from playground.topics.mechanisms.settings import Settings

# Of the embedded model; each position is patched after every layer at once, with the text before it read only once.
_LAYERS = 18
# Losses with the chosen heads, with others drawn at random, and without any change, on repeated and on running text.
_ABLATED, _ABLATED_TOKENS = 6, 170
# Strengths that are tried; sentences and neutral text of each.
_STRENGTHS = 9
_STEPS = 20


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    text = tokens_of(settings.text)
    patched = reads(_LAYERS * text**2 / 2, text)
    ablated = scores(_ABLATED * _ABLATED_TOKENS, _ABLATED)
    steered = writes(2 * _STEPS, 1, tokens_of(settings.prompt))
    sentences = (tokens_of(settings.towards) + tokens_of(settings.away)) / 2
    judged = reads(_STRENGTHS * sentences, _STRENGTHS) + scores(_STRENGTHS * 48, _STRENGTHS)
    return patched + ablated + steered + judged + Work(seconds=0.5)

"""The work of a run by its settings: the text under the model, four tokenizers trained. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, scores, tokens_of
from playground.topics.chinese.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    # Five forms of the text and ten segmentations of a part of it are scored, five of these after two examples.
    forms, segmentations, examples = 5 * tokens_of(settings.text), 200, 300
    trained = 4e-4 * settings.lines + 2e-5 * settings.vocabulary
    return (
        reads(examples) + scores(forms + segmentations, 3) + Work(seconds=0.2 + trained + 0.0005 * len(settings.words))
    )

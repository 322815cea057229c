"""The work of a run by its settings: the passage's chunks, the readings, the question set. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, tokens_of, writes
from playground.topics.question_answering.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    passage, question = tokens_of(settings.passage), tokens_of(settings.question)
    readings = reads(8 * (passage + question + 300), 8) + writes(4 * 16)
    return readings + reads(2 * passage, passage / 100) + writes(2 * 12, settings.questions, 250) + Work(seconds=0.5)

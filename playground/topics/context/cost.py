"""The work of a run by its settings: answers, pieces taken out, the examples' curves. Computes nothing."""

from __future__ import annotations

from playground.lab.cost import Work, reads, reads_many, tokens_of, writes
from playground.topics.context.few_shot import counts
from playground.topics.context.position import DEPTHS
from playground.topics.context.settings import Settings


def cost(settings: Settings) -> Work:
    """Estimates the work of a run."""
    contexts = [tokens_of(side.context) for side in (settings.a, settings.b)]
    prompt = 60 + tokens_of(settings.question)
    pieces = reads(sum(min(40, context) * (context + prompt) for context in contexts), 8)
    # At every depth, and without the fact.
    depths = reads(2 * (len(DEPTHS) + 1) * settings.orders * (1 + settings.distractors) * 20, 6)
    prompts = 2 * len(counts(settings.examples)) - 1
    asked = reads_many(prompts * settings.texts * 14, prompts * settings.draws) + Work(scored=prompts * settings.texts)
    shown = asked + reads(2 * settings.draws * 12 * settings.examples, prompts * settings.draws)
    return writes(24, 1, prompt + sum(contexts)) + pieces + depths + shown + Work(seconds=1.2)

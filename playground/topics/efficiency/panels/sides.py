"""What A and B generate and attend to, beside each other."""

from __future__ import annotations

import dataclasses

from playground.explanation.attention import attention_panel
from playground.generation.continuation import Continuation
from playground.generation.panels import tokens_panel
from playground.lab.panels import SideBySide
from playground.lab.token_panels import Attention, Tokens
from playground.lab.variant import weights_in_words
from playground.models.language_model import LanguageModel
from playground.topics.efficiency.settings import Settings


def outputs(
    settings: Settings, lm_a: LanguageModel, lm_b: LanguageModel, a: Continuation, b: Continuation
) -> SideBySide[Tokens]:
    """Draws both continuations, the first difference marked on both."""
    labels = weights_in_words(settings.a), weights_in_words(settings.b)
    return SideBySide(tokens_panel(lm_a, a, b), tokens_panel(lm_b, b, a), *labels)


def attention(settings: Settings, lm_a: LanguageModel, lm_b: LanguageModel) -> SideBySide[Attention]:
    """Draws the attention of both over the text, computed once where the weights are the same."""
    of_a = attention_panel(lm_a, settings.text)
    of_b = of_a if lm_a.module is lm_b.module else attention_panel(lm_b, settings.text)
    # Both sides open the same head, or the eye would compare two different ones.
    of_b = dataclasses.replace(of_b, layer=of_a.layer, head=of_a.head)
    return SideBySide(of_a, of_b, weights_in_words(settings.a), weights_in_words(settings.b))

"""What the model's probability of a text comes to per token, word, character and byte. Knows no panel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.evaluation.overlap import units_of
from playground.evaluation.perplexity import token_log_probabilities
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Reading:
    """One text's probability, counted by several units. `bits`: −log2 p of the whole text; `tokens`, `words`, `characters`, `bytes`:
    of what has a probability; words without white space."""

    bits: float
    tokens: int
    words: int
    characters: int
    bytes: int

    def perplexity(self, count: int) -> float | None:
        """2 to the bits per unit; None where there are none, or past what a float holds."""
        return None if not count or self.bits / count > 1000 else 2.0 ** (self.bits / count)

    @property
    def by_token(self) -> float | None:
        return self.perplexity(self.tokens)

    @property
    def by_word(self) -> float | None:
        return self.perplexity(self.words)

    @property
    def by_character(self) -> float | None:
        return self.perplexity(self.characters)

    @property
    def bits_per_character(self) -> float | None:
        return self.bits / self.characters if self.characters else None

    @property
    def bits_per_byte(self) -> float:
        return self.bits / self.bytes


def read(lm: LanguageModel, text: str) -> Reading | None:
    """Reads a text with one forward pass; None where nothing of it has a probability. A model without a beginning-of-text token gives
    the first token none, so it isn't counted."""
    ids = lm.encode(text)
    if len(ids) < 2:
        return None
    bits = -float(token_log_probabilities(lm, ids).double().sum()) / math.log(2)
    scored = text if lm.tokenizer.bos_token_id is not None else lm.decode(ids[1:])
    return Reading(
        bits,
        len(ids) - 1,
        len(units_of(scored, "word")),
        len(segment(scored, "character")),
        len(scored.encode("utf-8")),
    )

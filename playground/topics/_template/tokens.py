"""Cuts a text into the model's tokens. Knows no panel."""

from __future__ import annotations

from dataclasses import dataclass

from playground.language.units import pieces
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Token:
    """A token. `id`: its number in the vocabulary. `text`: what a reader sees of it.

    A character split over several tokens is whole on the first of them; the others show "".
    """

    id: int
    text: str


def read_tokens(lm: LanguageModel, text: str) -> tuple[Token, ...]:
    """Returns the tokens that the model reads, its start token first if it has one."""
    ids = lm.encode(text)
    return tuple(Token(token, seen) for token, seen in zip(ids, pieces(lm, ids), strict=True))

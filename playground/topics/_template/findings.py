"""The numbers of a run: a text's characters and the tokens that the model reads."""

from __future__ import annotations

from dataclasses import dataclass

from playground.topics._template.tokens import Token


@dataclass(frozen=True)
class Findings:
    """`characters`: of the text, spaces included. `tokens`: what the model reads, its start token first if it has one."""

    characters: int
    tokens: tuple[Token, ...]

    @property
    def tokens_per_character(self) -> float:
        """Tokens over characters."""
        return len(self.tokens) / self.characters

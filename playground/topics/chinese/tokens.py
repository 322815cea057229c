"""Cuts a text into the model's tokens, with the bytes of each and the characters that they belong to. Knows no panel."""

from __future__ import annotations

from dataclasses import dataclass

from playground.language.units import token_bytes
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Token:
    """A token. `id`: its number in the vocabulary. `text`: what it reads as, its bytes in hexadecimal (⟨E3⟩) where it is a part of a
    character. `characters`: those that its bytes belong to. `is_bytes`: it holds no whole number of characters."""

    id: int
    text: str
    characters: str
    is_bytes: bool


def read_tokens(lm: LanguageModel, text: str) -> tuple[Token, ...]:
    """Returns the tokens of a text without the start token."""
    ids = text_ids(lm, text)
    data = token_bytes(lm, ids)
    # The character of every byte; a tokenizer that puts a space in front makes the bytes longer than the text.
    whole = b"".join(data).decode("utf-8", "replace")
    owner = [place for place, character in enumerate(whole) for _ in character.encode("utf-8")]
    tokens, start = [], 0
    for token, part in zip(ids, data, strict=True):
        places = owner[start : start + len(part)]
        start += len(part)
        covered = "".join(whole[place] for place in sorted(set(places)))
        try:
            tokens.append(Token(token, part.decode("utf-8"), covered, False))
        except UnicodeDecodeError:
            tokens.append(Token(token, hexadecimal(part), covered, True))
    return tuple(tokens)


def text_ids(lm: LanguageModel, text: str) -> list[int]:
    """Returns the ids of a text without the start token."""
    ids = lm.encode(text)
    return ids if lm.tokenizer.bos_token_id is None else ids[1:]


def hexadecimal(data: bytes) -> str:
    """Writes bytes as ⟨E3 90⟩."""
    return f"⟨{data.hex(' ').upper()}⟩"

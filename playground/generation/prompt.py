"""Tokenizes a visitor's prompt."""

from __future__ import annotations

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.language_model import LanguageModel


def read_prompt(lm: LanguageModel, text: str, most: int) -> list[int]:
    """Returns the token ids of the field `text`. A trailing space is stripped: as a separate token it is rarely followed by a word.

    Raises PlaygroundError beyond `most` tokens.
    """
    ids = lm.encode(text.rstrip(" ") or text)
    if len(ids) > most:
        raise PlaygroundError(
            Text(
                zh="“提示”有 {n} 个词元，最多 {limit} 个，请删短。",
                en="“Prompt” has {n} tokens; the limit is {limit}. Please shorten it.",
            ).format(n=len(ids), limit=most),
            "text",
        )
    return ids

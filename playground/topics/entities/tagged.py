"""Reads entities off jieba's part-of-speech tags. Knows no model."""

from __future__ import annotations

from playground.data.spans import Span
from playground.language.parts_of_speech import tag_words

_TAGS = {"nr": "person", "ns": "place", "nt": "organisation"}


def tagged_spans(text: str) -> list[Span]:
    """Returns the words that jieba tags nr (person), ns (place) or nt (organisation). It tags no words of other scripts."""
    return [
        Span(word.start, word.end, _TAGS[word.tag[:2]]) for word in tag_words(text) if word.tag[:2] in _TAGS
    ]  # fmt: skip

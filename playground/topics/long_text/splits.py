"""Cuts a text into chunks by characters and by sentences, and measures what the cut costs at a chunk's start. Knows no panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from playground.language.segmentation import segment
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.models.output_head import log_probabilities
from playground.topics.long_text.reading import start_of, states_of

# Scored characters at the start of each chunk, and chunks at most: what a text's cut costs shows there.
FIRST = 16
MOST_CHUNKS = 8


@dataclass(frozen=True)
class Split:
    """`chunks`: their texts, all of them. `in_sentences`, `in_words`: how many of the inner borders fall inside a sentence, a word.

    `losses`: by scored chunk, mean −log p of its first tokens, nats. `first`: the tokens scored of each.
    """

    chunks: tuple[str, ...]
    in_sentences: int
    in_words: int
    losses: NDArray[np.float64]
    first: int

    @property
    def borders(self) -> int:
        """Inner borders."""
        return len(self.chunks) - 1


def by_characters(text: str, size: int) -> list[str]:
    """Cuts every `size` characters, wherever that is."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def by_sentences(text: str, size: int) -> list[str]:
    """Packs whole sentences into chunks of at most `size` characters; a longer sentence is cut by characters."""
    chunks: list[str] = []
    for sentence in sentences(text):
        parts = by_characters(sentence.text, size)
        if chunks and len(parts) == 1 and len(chunks[-1]) + len(parts[0]) <= size:
            chunks[-1] += parts[0]
        else:
            chunks += parts
    return chunks


def measure(lm: LanguageModel, text: str, chunks: Sequence[str], checkpoint: Callable[[], None]) -> Split:
    """Counts the borders inside sentences and words, and scores the first tokens of each chunk but the first, read by itself."""
    starts = [0]
    for chunk in chunks:
        starts.append(starts[-1] + len(chunk))
    inner = starts[1:-1]
    of_sentences = {part.end for part in sentences(text)}
    of_words = {part.end for part in segment(text, "word")}
    encoded = [[*start_of(lm), *lm.encode(chunk, bos=False)][: FIRST + 1] for chunk in chunks[1 : 1 + MOST_CHUNKS]]
    firsts = [own for own in encoded if len(own) > 1]
    losses: list[float] = []
    if firsts:
        states = torch.cat([one[:-1] for one in states_of(lm, firsts)])
        found = log_probabilities(lm, states, [token for own in firsts for token in own[1:]], checkpoint)
        losses = [-float(part.double().mean()) for part in torch.split(found, [len(own) - 1 for own in firsts])]
    return Split(
        tuple(chunks), sum(place not in of_sentences for place in inner), sum(place not in of_words for place in inner),
        np.array(losses), FIRST,
    )  # fmt: skip

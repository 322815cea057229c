"""Turns reviews and their variants into features: mean input embeddings, standardized. Knows no labels and no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.lab.text import Language
from playground.language.augmentation import augment, flip_negation
from playground.language.sentence_vectors import average_embeddings, kept_embeddings
from playground.models.language_model import LanguageModel

FLIP = "flip"
BLOCK = 200


@dataclass(frozen=True)
class Scale:
    """Mean and deviation (hidden,) of the training pool, by which all features are standardized."""

    mean: Tensor
    deviation: Tensor

    @staticmethod
    def of(vectors: Tensor) -> Scale:
        """Measures (texts, hidden) vectors; labels aren't used, nor any text for validation or held out."""
        return Scale(vectors.mean(0), vectors.std(0).clamp(min=1e-6))

    def __call__(self, vectors: Tensor) -> Tensor:
        return (vectors - self.mean) / self.deviation


def variant(text: str, language: Language, kind: str, share: float, seed: int) -> str:
    """Returns a variant of a review: "insert", "replace" or "delete" words, or "flip" its negation, which changes the label."""
    return (
        flip_negation(text, language)
        if kind == FLIP
        else augment(text, language, kind=kind, share=share, seed=seed)
    )  # fmt: skip


def embed(lm: LanguageModel, texts: Sequence[str], tell: Callable[[int], None]) -> Tensor:
    """Returns mean input embeddings (texts, hidden) of reviews, float32, in blocks; `tell(texts)` is called after each."""
    blocks = []
    for start in range(0, len(texts), BLOCK):
        blocks.append(kept_embeddings(lm, texts[start : start + BLOCK]))
        tell(min(start + BLOCK, len(texts)))
    return torch.cat(blocks)


def variants(
    lm: LanguageModel,
    texts: Sequence[str],
    language: Language,
    kind: str,
    *,
    share: float,
    copies: int,
    seed: int,
    tell: Callable[[int], None],
) -> Tensor:
    """Returns raw mean embeddings (copies, texts, hidden) of variants of each text; a flip has one copy, as it isn't random."""
    count = 1 if kind == FLIP else copies
    made = []
    for copy in range(count):
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            made.append(
                average_embeddings(lm, [variant(text, language, kind, share, seed + copy) for text in block])
            )  # fmt: skip
            tell(copy * len(texts) + start + len(block))
    return torch.cat(made).view(count, len(texts), -1)

"""A vector for each sentence, from a causal language model that was never trained to make any; knows nothing of their use.

Jiang et al. 2023, Scaling Sentence Embeddings with Large Language Models (PromptEOL): the state with which the model is about
to name the sentence in one word.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import normalize

from playground.models.language_model import LanguageModel

BEFORE, AFTER = 'This sentence: "', '" means in one word: "'
# Of 18 layers the 16th told Chinese-English translations apart best; the last ones turn to the next token.
DEPTH = 16 / 18


def layer_of(lm: LanguageModel) -> int:
    """The layer whose states are read."""
    return max(1, round(lm.layers * DEPTH))


def sentence_vectors(lm: LanguageModel, texts: Sequence[str]) -> Tensor:
    """Raw states (texts, hidden), float32. All of them share a large common part: take it off with `centred`.

    Of a text longer than the model's context the end is left out.
    """
    return lm.last_hidden([_ids(lm, text.strip()) for text in texts], layer_of(lm))


def _ids(lm: LanguageModel, text: str) -> list[int]:
    ids = lm.encode(f"{BEFORE}{text}{AFTER}")
    if len(ids) <= lm.context:
        return ids
    after = lm.tokenizer.encode(AFTER, add_special_tokens=False)
    return [*lm.encode(f"{BEFORE}{text}")[: lm.context - len(after)], *after]


def centred(vectors: Tensor, mean: Tensor) -> Tensor:
    """Unit vectors (texts, hidden) of what is left without `mean` (hidden,), so that products are cosines.

    `mean`: of other sentences of the same language. Without this every cosine is near 1 (anisotropy).
    """
    return normalize(vectors - mean, dim=-1)

"""Computes sentence embeddings with a causal language model that wasn't trained for them.

Jiang et al. 2023, Scaling Sentence Embeddings with Large Language Models (PromptEOL): the hidden state that predicts a
one-word summary of the sentence.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language.segmentation import segment
from playground.language.units import words
from playground.models.language_model import LanguageModel

BEFORE, AFTER = 'This sentence: "', '" means in one word: "'
# Layer 16 of 18 retrieved Chinese-English translations best; the last ones specialize in predicting the next token.
DEPTH = 16 / 18
# Tokens of short sentences in a batch: in larger ones lengths differ more, and padding takes a fourth of the time.
FEW_TOKENS = 512
# Sequences from which on their common start is read by itself: a forward pass of a few tokens takes the time of about 30 tokens in a batch.
_MANY = 12
# Texts of a model whose mean embeddings are kept, at most: of 640 numbers, 21 MB.
MOST_KEPT = 8192
# Mean embeddings of texts, `average_embeddings` or `kept_embeddings`.
Embed = Callable[[LanguageModel, Sequence[str]], Tensor]

_kept: weakref.WeakKeyDictionary[nn.Module, OrderedDict[str, Tensor]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def layer_of(lm: LanguageModel) -> int:
    """Returns the layer whose states are used."""
    return max(1, round(lm.layers * DEPTH))


def sentence_vectors(lm: LanguageModel, texts: Sequence[str], *, most_tokens: int = 2048) -> Tensor:
    """Returns raw states (texts, hidden), float32. They share a large common component: subtract it with `centred`.

    A text longer than the model's context is truncated at its end. `most_tokens`: of a batch, padding included; the last digits
    depend on it.
    """
    start, sequences = _from_common_start(lm, [_ids(lm, text.strip()) for text in texts])
    return lm.last_hidden(sequences, layer_of(lm), most_tokens=most_tokens, start=start)


@dataclass(frozen=True)
class ReadSentence:
    """One sentence after a layer. `vector` (hidden,): the raw state that predicts the word that sums it up.

    `words`: its words, without punctuation where it has any; `states` (words, hidden): raw, the mean of each word's tokens.
    """

    vector: Tensor
    words: tuple[str, ...]
    states: Tensor


def read_sentences(lm: LanguageModel, texts: Sequence[str], layer: int) -> Iterator[ReadSentence]:
    """Yields vector and words of each text from one forward pass. A word has seen only the words before it (causal attention)."""
    sequences = [_ids(lm, text.strip()) for text in texts]
    first = int(lm.tokenizer.bos_token_id is not None)
    common, ends = _from_common_start(lm, sequences)
    # Of the common start no state is wanted: it is all frame.
    frame = torch.zeros(len(common), lm.hidden_size)
    for ids, read in zip(sequences, lm.token_states(ends, layer, most_tokens=FEW_TOKENS, start=common), strict=True):
        states = torch.cat([frame, read])
        inside = words(lm, ids)[first:]
        inside = inside[_words_in(BEFORE) : max(len(inside) - _words_in(AFTER), _words_in(BEFORE) + 1)]
        kept = [word for word in inside if any(part.is_content for part in segment(word.text, "word"))] or list(inside)
        yield ReadSentence(
            states[-1],
            tuple(word.text for word in kept),
            torch.stack([_mean(states, word.shares) for word in kept]),
        )


def average_embedding(lm: LanguageModel, text: str) -> Tensor:
    """Returns the mean of the input embeddings (hidden,) of a text's tokens, without the start token. No layer is run."""
    return average_embeddings(lm, [text])[0]


def average_embeddings(lm: LanguageModel, texts: Sequence[str]) -> Tensor:
    """Returns the mean input embedding of each text's tokens (texts, hidden), float32; thousands of texts a second.

    Raises ValueError for a text without a token.
    """
    table: Tensor = lm.module.get_input_embeddings().weight
    sequences = lm.encode_all(texts)
    if not all(sequences):
        raise ValueError("a text without a token")
    means = [table[torch.tensor(ids, device=table.device)].float().mean(0) for ids in sequences]
    return torch.stack(means).cpu() if means else table.new_empty(0, table.shape[1], dtype=torch.float32)


def kept_embeddings(lm: LanguageModel, texts: Sequence[str]) -> Tensor:
    """Returns `average_embeddings` of texts that every run reads again, as a corpus's: each is computed once for a model, then kept.

    Not for visitors' texts, nor of a model that is being trained. Beyond MOST_KEPT the least recently used are evicted.
    """
    with _LOCK:
        kept = _kept.setdefault(lm.module, OrderedDict())
        found = {text: kept[text] for text in texts if text in kept}
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    # Outside of the lock: two runs that ask at once both compute, and get the same numbers.
    vectors = average_embeddings(lm, missing)
    # Copies: a row of the whole would keep all of it.
    found |= {text: vector.clone() for text, vector in zip(missing, vectors, strict=True)}
    with _LOCK:
        for text, vector in found.items():
            kept[text] = vector
            kept.move_to_end(text)
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return torch.stack([found[text] for text in texts]) if texts else vectors


def readable(lm: LanguageModel, text: str, field: str, label: Text) -> str:
    """Returns the text of a control without space around it. Raises PlaygroundError, which names the control, if it has no token."""
    stripped = text.strip()
    if not lm.encode(stripped, bos=False):
        raise PlaygroundError(
            Text(
                zh="“{label}”里没有可读的词元，请写几个字。",
                en="“{label}” has no token to read: write a few words.",
            ).format(label=label),
            field,
        )
    return stripped


def _words_in(frame: str) -> int:
    """Returns how many words and marks a part of the frame has."""
    return sum(not part.text.isspace() for part in segment(frame, "word"))


def _mean(states: Tensor, shares: tuple[tuple[int, float], ...]) -> Tensor:
    """Returns the mean of the states of a unit's tokens, weighted by the share of each token that is the unit's."""
    tokens, weights = [token for token, _ in shares], torch.tensor([share for _, share in shares])
    return (states[tokens] * weights[:, None]).sum(0) / weights.sum()


def _ids(lm: LanguageModel, text: str) -> list[int]:
    ids = lm.encode(f"{BEFORE}{text}{AFTER}")
    if len(ids) <= lm.context:
        return ids
    after = lm.encode(AFTER, bos=False)
    return [*lm.encode(f"{BEFORE}{text}")[: lm.context - len(after)], *after]


def _from_common_start(lm: LanguageModel, sequences: Sequence[list[int]]) -> tuple[list[int], list[list[int]]]:
    """Splits off the frame's tokens that all sequences start with, to be read once; none of a few sequences, where it isn't faster."""
    if len(sequences) < _MANY:
        return [], list(sequences)
    together = itertools.takewhile(
        lambda tokens: len(set(tokens)) == 1, zip(lm.encode(BEFORE), *sequences, strict=False)
    )
    shared = [tokens[0] for tokens in together]
    return shared, [ids[len(shared) :] for ids in sequences]


def centred(vectors: Tensor, mean: Tensor) -> Tensor:
    """Subtracts `mean` (hidden,) and normalizes to unit vectors (texts, hidden), so that dot products are cosines.

    `mean`: of other sentences of the same language. Without centring every cosine is near 1 (anisotropy).
    """
    return normalize(vectors - mean, dim=-1)

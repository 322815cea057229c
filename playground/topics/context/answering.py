"""What a prompt's answer is, how likely any answer is after it, and how many bytes a context takes in the KV cache. Knows no panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from playground.generation.decode import decode
from playground.generation.end_marks import tokens_before_end_marks, without_end_marks
from playground.generation.scoring import after_prefix
from playground.generation.settings import Decoding
from playground.models.language_model import LanguageModel
from playground.topics.context.frames import Reader

MOST_TOKENS = 8


@dataclass(frozen=True)
class Answer:
    """Token ids that the model generates, or is asked about, and how they read."""

    ids: tuple[int, ...]
    text: str


def next_log_probabilities(lm: LanguageModel, prompts: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """Computes log-probabilities (vocabulary,) of the next token of each prompt, in one batch."""
    found = dict(after_prefix(lm, None, list(prompts.values())))
    return {side: found[place][-1] for place, side in enumerate(prompts)}


def write(lm: LanguageModel, prompt: Sequence[int]) -> Answer:
    """Generates the greedy continuation to the end of its line, without the punctuation that ends it; one token at least."""
    *_, (last,) = decode(lm, prompt, (Decoding(),), max_tokens=MOST_TOKENS, stop=("\n",))
    kept: list[int] = []
    for token in last.all_ids:
        if token in lm.end_ids or "\n" in lm.decode([token]):
            break
        kept.append(token)
    ids = _without_end_marks(lm, kept) or last.all_ids[:1]
    return Answer(ids, lm.decode(ids).strip() or "↵")


def _without_end_marks(lm: LanguageModel, ids: Sequence[int]) -> tuple[int, ...]:
    """Returns the token ids of a text without the punctuation that ends it.

    A token may hold a sign of the answer and the full stop after it ("%."): then the rest is encoded anew.
    """
    count = tokens_before_end_marks(lm, ids)
    if count is not None:
        return tuple(ids[:count])
    wanted = without_end_marks(lm.decode(ids))
    anew = tuple(lm.encode(wanted, bos=False))
    return anew if lm.decode(anew) == wanted else tuple(ids)


def held_bytes(reader: Reader, context: str) -> int:
    """Counts the bytes of the keys and values of a context's own tokens, in all layers."""
    chunks = [reader.before.ids] if reader.before else []
    kept = reader.cache.after(reader.lm, [*chunks, reader.own(context)])
    return sum(tensor.nbytes for pair in kept.layers for tensor in pair)

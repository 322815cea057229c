"""What a prompt's answer is, how likely any answer is after it, and how many bytes a context takes in the KV cache. Knows no panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from playground.generation.decode import decode
from playground.generation.prefix_cache import PrefixCache
from playground.generation.scoring import after_prefix, answer_log_probabilities
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
    while len(kept) > 1 and not _ends_in_word(lm.decode(kept)):
        kept.pop()
    ids = tuple(kept or last.all_ids[:1])
    return Answer(ids, lm.decode(ids).strip() or "↵")


def _ends_in_word(text: str) -> bool:
    # A character of which only some bytes are there yet reads as U+FFFD: no punctuation to take off.
    end = text.rstrip()[-1:]
    return end.isalnum() or end == "\ufffd"


def scores(
    lm: LanguageModel, prompts: Mapping[str, Sequence[int]], answers: Mapping[str, Answer]
) -> dict[str, dict[str, float]]:
    """Computes log p of every answer after every prompt, in nats, by prompt and answer."""
    reads = list(prompts.values())
    found = {name: answer_log_probabilities(lm, None, reads, answer.ids) for name, answer in answers.items()}
    return {side: {name: float(row[place]) for name, row in found.items()} for place, side in enumerate(prompts)}


def held_bytes(reader: Reader, context: str) -> int:
    """Counts the bytes of the keys and values of a context's own tokens, in all layers."""
    chunks = [reader.before.ids] if reader.before else []
    kept = PrefixCache().after(reader.lm, [*chunks, reader.own(context)])
    return sum(tensor.nbytes for pair in kept.layers for tensor in pair)

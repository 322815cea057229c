"""What a prompt's answer is, how likely any answer is after it, and how many bytes a context takes in the KV cache. Knows no panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex
from torch import Tensor

from playground.generation.decode import decode
from playground.generation.scoring import after_prefix
from playground.generation.settings import Decoding
from playground.models.language_model import LanguageModel
from playground.topics.context.frames import Reader

MOST_TOKENS = 8
# What ends a sentence or joins it to the next; "!" and "?" may belong to a name, and % + # * and their like to the answer.
_ENDS = frozenset(".,;:…—–。．，、；：")
# A closing mark, and what opens it. No apostrophe, which belongs to its word.
_PAIRS = {
    ")": "(",
    "]": "[",
    "}": "{",
    "）": "（",
    "】": "【",
    "》": "《",
    "〉": "〈",
    "」": "「",
    "』": "『",
    "”": "“",
}
_INITIALS = regex.compile(r"(?<![\p{L}\p{N}.])(?:\p{L}\.){2,}$")


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
    said = lm.decode(ids)
    wanted = without_end_marks(said)
    if wanted == said:
        return tuple(ids)
    for count in range(1, len(ids)):
        if lm.decode(ids[:count]).rstrip() == wanted:
            return tuple(ids[:count])
    anew = tuple(lm.encode(wanted, bos=False))
    return anew if lm.decode(anew) == wanted else tuple(ids)


def without_end_marks(text: str) -> str:
    """Cuts off what ends a sentence and is no part of the answer: "C++." is C++, "50%," is 50%, and 《书》 keeps its mark.

    A full stop stays after letters that have one each (U.S.), a closing quote or bracket where the text opens it.
    """
    rest = text.rstrip()
    while rest:
        end = rest[-1]
        if end in _ENDS:
            if end == "." and _INITIALS.search(rest):
                break
        elif end == '"':
            # Two of them are quotes, and one after a number inches.
            if rest.count(end) % 2 == 0 or rest[-2:-1].isdigit():
                break
        elif end in _PAIRS:
            if _PAIRS[end] in rest:
                break
        elif end not in _PAIRS.values():
            break
        rest = rest[:-1].rstrip()
    return rest or text


def held_bytes(reader: Reader, context: str) -> int:
    """Counts the bytes of the keys and values of a context's own tokens, in all layers."""
    chunks = [reader.before.ids] if reader.before else []
    kept = reader.cache.after(reader.lm, [*chunks, reader.own(context)])
    return sum(tensor.nbytes for pair in kept.layers for tensor in pair)

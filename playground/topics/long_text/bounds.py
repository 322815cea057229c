"""Computes the memory of a run by formula, before anything is computed, and refuses what doesn't fit. Measures nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.models.memory import available_bytes
from playground.models.output_head import ROWS, WORDS
from playground.topics.long_text.reading import CHUNK

# A run may take so much whatever the machine has: others use it too.
MOST_BYTES = 2_000_000_000
# Part of the free memory that a run may take.
SHARE = 0.5
# Copies of a haystack's cache at once: the haystack, the needle's, the question's and one row per candidate.
COPIES = 8


@dataclass(frozen=True)
class Need:
    """Bytes: keys and values of the text and of the haystack's copies, hidden states, logits, attention scores of one chunk."""

    key_values: int
    haystack: int
    hidden: int
    logits: int
    scores: int

    @property
    def total(self) -> int:
        """All of it, as if at once."""
        return self.key_values + self.haystack + self.hidden + self.logits + self.scores


def need(lm: LanguageModel, tokens: int, longest: int) -> Need:
    """Returns what a text of `tokens` and a haystack of `longest` tokens take."""
    shape = KeyValueShape.of(lm)
    size = shape.element_size
    return Need(
        key_values=2 * shape.bytes_of(tokens),
        haystack=COPIES * shape.bytes_of(longest),
        hidden=2 * tokens * lm.hidden_size * size,
        # In the model's numbers, and in float32.
        logits=ROWS * min(WORDS, lm.vocabulary) * (size + 4),
        scores=CHUNK * max(tokens, longest) * (4 * lm.heads + 1),
    )


def check(
    lm: LanguageModel, tokens: int, longest: int, free: Callable[[], int | None] = available_bytes
) -> tuple[Need, int]:
    """Returns the need and the limit in bytes. Raises PlaygroundError, with the field that takes most, if it doesn't fit."""
    if tokens > lm.context:
        raise PlaygroundError(
            Text(
                zh="“文本”有 {n} 个词元，超过模型的上下文长度 {limit}，读不了全文。请缩短文本。",
                en="“Text” has {n} tokens; the model's context holds {limit}, so it can't be read whole. Please shorten it.",
            ).format(n=tokens, limit=lm.context),
            "text",
        )
    if longest > lm.context:
        raise PlaygroundError(
            Text(
                zh="“最长干草堆”连同针和问题有 {n} 个词元，超过模型的上下文长度 {limit}，请改小。",
                en="“Longest haystack” with needle and question has {n} tokens; the model's context holds {limit}. Please lower it.",
            ).format(n=longest, limit=lm.context),
            "longest",
        )
    wanted, known = need(lm, tokens, longest), free()
    limit = MOST_BYTES if known is None else min(MOST_BYTES, int(known * SHARE))
    if wanted.total > limit:
        field = "longest" if wanted.haystack > wanted.key_values + wanted.hidden else "text"
        raise PlaygroundError(
            Text(
                zh="这次运行约需 {need} MB 内存，可用 {limit} MB。请缩短{field}，或稍后内存空出来再试。",
                en="This run needs about {need} MB of memory and may use {limit} MB. Shorten {field}, or try again when memory is free.",
            ).format(
                need=round(wanted.total / 1e6),
                limit=round(limit / 1e6),
                field=Text(zh="“最长干草堆”", en="“Longest haystack”")
                if field == "longest"
                else Text(zh="“文本”", en="“Text”"),
            ),
            field,
        )
    return wanted, limit

"""The same text in simplified, traditional and full-width forms: tokens and the model's loss. Knows no panel."""

from __future__ import annotations

import functools
import math
import unicodedata
import weakref
from dataclasses import dataclass

import opencc
from torch import nn

from playground.data.reviews import reviews
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap_mean
from playground.topics.chinese.preference import sequence_log_probability
from playground.topics.chinese.tokens import text_ids

LINES, LONGEST_LINE = 30, 20
_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalnum()}


@dataclass(frozen=True)
class Form:
    """A form of the text. `tokens` without the start token. `bits`: the model's loss of the whole text in bits."""

    text: str
    tokens: int
    bits: float


@dataclass(frozen=True)
class Gap:
    """Traditional minus simplified on `count` held-out lines: the mean of bits per character with its 95% interval, and of tokens
    per character."""

    bits: float
    low: float
    high: float
    tokens: float
    tokens_low: float
    tokens_high: float
    count: int


def variants(text: str) -> dict[str, str]:
    """Returns the text as typed and those of its other forms that differ: simplified, traditional, full width, NFKC."""
    found = {"typed": text}
    others = {
        "simplified": _converter("t2s").convert(text),
        "traditional": _converter("s2t").convert(text),
        "full_width": text.translate(_FULL),
        "nfkc": unicodedata.normalize("NFKC", text),
    }
    for name, other in others.items():
        if other not in found.values():
            found[name] = other
    return found


def measure(lm: LanguageModel, text: str) -> Form:
    """Tokenizes and scores one form."""
    ids = text_ids(lm, text)
    return Form(text, len(ids), bits(lm, ids))


def bits(lm: LanguageModel, ids: list[int]) -> float:
    """Returns −log₂ p of tokens after the start token; without a start token the first token isn't counted."""
    start = lm.tokenizer.bos_token_id
    before, scored = ([ids[0]], ids[1:]) if start is None else ([int(start)], ids)
    return -sequence_log_probability(lm, before, scored) / math.log(2) if scored else 0.0


_gaps: weakref.WeakKeyDictionary[nn.Module, Gap] = weakref.WeakKeyDictionary()


def gap(lm: LanguageModel) -> Gap:
    """Measures traditional against simplified on held-out lines; once for each variant that is cached."""
    if lm.module not in _gaps:
        lines = [item.text for item in reviews().held_out if len(item.text) <= LONGEST_LINE][:LINES]
        loss, tokens = [], []
        for line in lines:
            both = [measure(lm, form) for form in (line, _converter("s2t").convert(line))]
            loss.append((both[1].bits - both[0].bits) / len(line))
            tokens.append((both[1].tokens - both[0].tokens) / len(line))
        _gaps[lm.module] = Gap(
            sum(loss) / len(loss), *bootstrap_mean(loss, 0), sum(tokens) / len(tokens), *bootstrap_mean(tokens, 0), len(lines)
        )  # fmt: skip
    return _gaps[lm.module]


@functools.cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)

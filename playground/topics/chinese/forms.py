"""The same text in simplified, traditional and full-width forms: tokens and the model's loss. Knows no panel."""

from __future__ import annotations

import functools
import math
import unicodedata
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import opencc
from torch import nn

from playground.data.reviews import reviews
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap_mean
from playground.topics.chinese.preference import sequence_log_probabilities
from playground.topics.chinese.tokens import text_ids

LINES, LONGEST_LINE = 30, 20
_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalnum()}


@dataclass(frozen=True)
class Form:
    """A form of the text. `text`: in that form. `tokens`: how many, without the start token. `bits`: the model's loss
    of the whole text in bits.
    """

    text: str
    tokens: int
    bits: float


@dataclass(frozen=True)
class Gap:
    """Traditional minus simplified, means over `count` held-out lines with their 95% bootstrap intervals. `bits`, from
    `low` to `high`: of the loss in bits per character. `tokens`, from `tokens_low` to `tokens_high`: of tokens per
    character.
    """

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


def measure(lm: LanguageModel, texts: Sequence[str]) -> list[Form]:
    """Tokenizes and scores each form."""
    ids = [text_ids(lm, text) for text in texts]
    return [Form(text, len(own), loss) for text, own, loss in zip(texts, ids, bits(lm, ids), strict=True)]


def bits(lm: LanguageModel, texts: Sequence[list[int]]) -> list[float]:
    """Returns −log₂ p of each text's tokens after the start token; without a start token the first token isn't counted."""
    start = lm.tokenizer.bos_token_id
    split = [([ids[0]], ids[1:]) if start is None else ([int(start)], ids) for ids in texts]
    known = iter(sequence_log_probabilities(lm, [(before, scored) for before, scored in split if scored]))
    return [-next(known) / math.log(2) if scored else 0.0 for _, scored in split]


_gaps: weakref.WeakKeyDictionary[nn.Module, Gap] = weakref.WeakKeyDictionary()


def gap(lm: LanguageModel) -> Gap:
    """Measures traditional against simplified on held-out lines; once for each variant that is cached."""
    if lm.module not in _gaps:
        lines = [item.text for item in reviews().held_out if len(item.text) <= LONGEST_LINE][:LINES]
        own, other = (measure(lm, form) for form in (lines, [_converter("s2t").convert(line) for line in lines]))
        loss = [(b.bits - a.bits) / len(a.text) for a, b in zip(own, other, strict=True)]
        tokens = [(b.tokens - a.tokens) / len(a.text) for a, b in zip(own, other, strict=True)]
        _gaps[lm.module] = Gap(
            sum(loss) / len(loss), *bootstrap_mean(loss, 0), sum(tokens) / len(tokens), *bootstrap_mean(tokens, 0), len(lines)
        )  # fmt: skip
    return _gaps[lm.module]


@functools.cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)

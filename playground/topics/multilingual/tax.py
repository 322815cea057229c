"""Counts what the same meaning costs in tokens in two languages. Knows no panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.language.token_scripts import token_scripts
from playground.language.units import token_bytes
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap
from playground.topics.multilingual.findings import Cost, Tax


def cost(lm: LanguageModel, texts: Sequence[str]) -> Cost:
    """Counts characters, UTF-8 bytes and tokens of texts, without start tokens."""
    tokens = [lm.encode(text, bos=False) for text in texts]
    pieces = sum(_is_piece(data) for ids in tokens for data in token_bytes(lm, ids))
    return Cost(
        characters=sum(map(len, texts)),
        bytes=sum(len(text.encode("utf-8")) for text in texts),
        tokens=sum(map(len, tokens)),
        pieces=pieces,
    )


def _is_piece(data: bytes) -> bool:
    """Whether a token is a piece of a character: its bytes are no UTF-8 by themselves."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def scripts(lm: LanguageModel, text: str) -> dict[str, int]:
    """Counts the tokens of a text by script."""
    counts = Counter(token_scripts(lm, lm.encode(text, bos=False)))
    return {str(script): count for script, count in sorted(counts.items())}


def measure_tax(lm: LanguageModel, pairs: Sequence[tuple[str, str]], seed: int) -> Tax:
    """Compares the tokens of (Chinese, English) pairs; the premium is a ratio of sums, its interval a paired bootstrap."""
    counts = [[len(lm.encode(text, bos=False)) for text in pair] for pair in pairs]
    low, high = bootstrap(counts, _ratio, seed)
    chinese, english = (cost(lm, side) for side in zip(*pairs, strict=True))
    return Tax(len(pairs), chinese, english, _ratio(np.array(counts, dtype=np.float64)), low, high)


def _ratio(rows: NDArray[np.float64]) -> float:
    return float(rows[:, 0].sum() / rows[:, 1].sum())

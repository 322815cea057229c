"""Loads hard sentiment sentences in Chinese and English with labels, written for this project. Knows no model."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from playground.data.reviews import NEGATIVE, POSITIVE, Labelled

_FILE = Path(__file__).with_name("challenge.tsv")
_LABELS = {"negative": NEGATIVE, "positive": POSITIVE}
CATEGORIES = ("negation", "intensifier", "sarcasm", "mixed", "swapped")


@dataclass(frozen=True)
class Challenge(Labelled):
    """A labelled sentence, its language ("zh" or "en") and what makes it hard (one of CATEGORIES)."""

    language: str
    category: str


@functools.cache
def challenges() -> tuple[Challenge, ...]:
    """Returns all of them in file order."""
    rows = (line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return tuple(Challenge(text, _LABELS[label], language, category) for language, category, label, text in rows)

"""Loads English sentences with sentiment labels, written for this project and never used for training.

Knows no model.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from playground.data.reviews import NEGATIVE, POSITIVE, Labelled

_FILE = Path(__file__).with_name("english_sentences.tsv")
_LABELS = {"negative": NEGATIVE, "positive": POSITIVE}


@dataclass(frozen=True)
class EnglishSentences:
    """`choose`: 40 for model selection. `held_out`: 120 for evaluation only. Both balanced."""

    choose: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]


@functools.cache
def english_sentences() -> EnglishSentences:
    """Returns both parts in file order."""
    parts: dict[str, list[Labelled]] = {"choose": [], "held_out": []}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            part, label, _domain, text = line.split("\t")
            parts[part].append(Labelled(text, _LABELS[label]))
    return EnglishSentences(tuple(parts["choose"]), tuple(parts["held_out"]))

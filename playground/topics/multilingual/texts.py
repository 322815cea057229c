"""The labelled reviews of both languages, in parts: for training, and held out. Knows no model.

Nothing is chosen on the held-out parts. Long Chinese fragments are left out, so that both languages' are of like length.
"""

from __future__ import annotations

import functools
import hashlib

from playground.data.reviews import Labelled, alternating, reviews
from playground.data.sets import english_reviews
from playground.lab.text import Language

# Such fragments have about as many tokens as the English reviews; longer ones cost more time than they add.
LONGEST_CHINESE = 24
ENGLISH_HELD_OUT = 160


@functools.cache
def parts(language: Language) -> tuple[tuple[Labelled, ...], tuple[Labelled, ...]]:
    """Returns (training, held out), each alternating between the classes, so that any first n are balanced."""
    if language is Language.ZH:
        found = reviews()
        return tuple(
            alternating(Labelled(item.text, item.label) for item in part if len(item.text) <= LONGEST_CHINESE)
            for part in (found.train, found.held_out)
        )  # type: ignore[return-value]
    # A hash, not the file's order, which goes by domain.
    ordered = sorted(english_reviews(), key=lambda item: hashlib.sha256(item.text.encode()).hexdigest())
    every = alternating(Labelled(item.text, int(item.label == "positive")) for item in ordered)
    return every[ENGLISH_HELD_OUT:], every[:ENGLISH_HELD_OUT]

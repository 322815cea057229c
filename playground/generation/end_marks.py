"""Takes off what ends a generated answer and is no part of it: the full stop, not the sign of C++, 50% or 《书》. Scores nothing."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from playground.models.language_model import LanguageModel

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


def tokens_before_end_marks(lm: LanguageModel, ids: Sequence[int]) -> int | None:
    """Counts the first of `ids` that decode to their text without its end marks; None where a token holds a sign and a full stop ("%.")."""
    said = lm.decode(ids)
    wanted = without_end_marks(said)
    if wanted == said:
        return len(ids)
    return next((count for count in range(1, len(ids)) if lm.decode(ids[:count]).rstrip() == wanted), None)

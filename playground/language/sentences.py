"""Splits a Chinese or English text losslessly into sentences.

Rule-based: it can't distinguish an abbreviation that it doesn't list from the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from playground.language.segmentation import Segment

_CLOSING = r"[\"'”’」』）)\]》〉】]"
# Chinese punctuation always ends a sentence; Latin punctuation only before a space and a possible start of a sentence.
_END = regex.compile(
    rf"(?P<wide>[。！？｡]+{_CLOSING}*|…+(?=\s*[\p{{Lu}}\p{{Han}}“「『《]|\s*$){_CLOSING}*)"
    rf"|(?P<latin>[.!?]+{_CLOSING}*(?=\s+[\p{{Lu}}\p{{Lt}}\p{{Lo}}\p{{Nd}}\"'“‘(\[「『《]|\s*$))"
    r"|(?P<line>\n\s*)"
)
_HARD_BREAK = regex.compile(r"\n[^\S\n]*\n")
_CONTENT = regex.compile(r"[\p{L}\p{N}]")
_TITLES = frozenset(
    "mr mrs ms mx dr prof rev hon st sr jr gen col capt lt sgt gov sen rep pres messrs vs etc cf al eg ie e.g i.e fig figs eq"
    " vol nos pp approx dept est inc ltd co corp bros jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
# "no." is also a word; it is an abbreviation only before a number.
_BEFORE_NUMBERS = frozenset(("no", "p", "art", "sec", "ch"))
_LAST_WORD = regex.compile(r"([\p{L}.]+)$")


def sentences(text: str) -> list[Segment]:
    """Splits the text into sentences that joined equal it; space and closing quotes belong to the sentence before them.

    A part without letters and digits is merged into the preceding sentence.
    A single line break ends a sentence unless the sentence continues on the next line, as in hard-wrapped text.
    """
    parts: list[str] = []
    for part in _parts(text):
        if parts and not (_CONTENT.search(part) and _CONTENT.search(parts[-1])):
            parts[-1] += part
        else:
            parts.append(part)
    segments, start = [], 0
    for part in parts:
        segments.append(Segment(part, start, start + len(part), bool(_CONTENT.search(part))))
        start += len(part)
    return segments


def _parts(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if end.lastgroup == "line":
            ends = _ends_line(text, end.start(), end.end())
        else:
            ends = end.lastgroup == "wide" or not _abbreviates(text, end.start(), end.end())
        if not ends:
            continue
        place = end.end()
        while place < len(text) and text[place].isspace():
            place += 1
        if place > start:
            yield text[start:place]
            start = place
    if start < len(text):
        yield text[start:]


def _ends_line(text: str, start: int, end: int) -> bool:
    """Returns whether a line break ends a sentence: an empty line does, and a break not followed by a lower-case letter."""
    if _HARD_BREAK.match(text, start):
        return True
    before, after = text[max(0, start - 40) : start].rstrip()[-1:], text[end : end + 1]
    return not (before.isalpha() and after.islower()) and before not in (",", "，", "、", "-")


def _abbreviates(text: str, start: int, end: int) -> bool:
    """Returns whether the full stop at `start` belongs to an abbreviation or an initial."""
    if text[start:end] != ".":
        return False
    word = _LAST_WORD.search(text, max(0, start - 20), start)
    if word is None:
        return False
    name = word.group(1)
    follows = text[end : end + 40].lstrip()[:1]
    if not follows:
        return False
    if len(name) == 1 and name.isupper() and name != "I":
        return True
    return name.lower() in _TITLES or (name.lower() in _BEFORE_NUMBERS and follows.isdigit())

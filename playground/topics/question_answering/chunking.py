"""Cuts a passage into chunks, and puts the chosen ones together again. Knows no retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.language.sentences import sentences


@dataclass(frozen=True, order=True)
class Range:
    """The characters of a passage from `start` to before `end`."""

    start: int
    end: int

    def of(self, passage: str) -> str:
        """The text of the range."""
        return passage[self.start : self.end]


def sentence_ranges(passage: str) -> list[Range]:
    """Returns the sentences of a passage, each without the space around it, save those without a letter or digit."""
    return [_trimmed(passage, part.start, part.end) for part in sentences(passage) if part.is_content]


def by_sentences(passage: str, size: int, overlap: int) -> list[Range]:
    """Cuts into chunks of `size` sentences, of which the first `overlap` are also the last of the chunk before."""
    parts = sentence_ranges(passage)
    step = size - overlap
    if step < 1:
        raise ValueError("chunks overlap by fewer sentences than they have")
    starts = range(0, max(len(parts) - overlap, 1), step)
    return [Range(parts[at].start, parts[min(at + size, len(parts)) - 1].end) for at in starts] if parts else []


def by_characters(passage: str, size: int) -> list[Range]:
    """Cuts every `size` characters, wherever that is; chunks without a letter or digit are left out."""
    cut = [_trimmed(passage, at, min(at + size, len(passage))) for at in range(0, len(passage), size)]
    return [one for one in cut if any(map(str.isalnum, one.of(passage)))]


def _trimmed(passage: str, start: int, end: int) -> Range:
    text = passage[start:end]
    return Range(start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip()))


def union(ranges: Sequence[Range]) -> list[Range]:
    """Joins ranges that overlap or touch, in the passage's order."""
    found: list[Range] = []
    for one in sorted(ranges):
        if found and one.start <= found[-1].end:
            found[-1] = Range(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def read_together(passage: str, ranges: Sequence[Range]) -> str:
    """Writes ranges in the passage's order, as they are in the passage where only white space is between two. Other gaps become a space,
    or nothing between characters of a script that has none."""
    text, last = "", 0
    for one in union(ranges):
        own, between = one.of(passage).strip(), passage[last : one.start]
        if text and own:
            whole = last and not between.strip() and passage[last - 1 : last].strip()
            text += between if whole else "" if not (text[-1].isascii() or own[0].isascii()) else " "
        text += own
        last = one.end
    return text


def without(ranges: Sequence[Range], removed: Range) -> list[Range]:
    """Takes a range out of others."""
    found = []
    for one in ranges:
        before, after = Range(one.start, min(one.end, removed.start)), Range(max(one.start, removed.end), one.end)
        found += [part for part in (before, after) if part.start < part.end]
    return found

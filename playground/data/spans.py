"""Holds a text with the named entities in it, as character ranges. Knows no model and no corpus."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("person", "place", "organisation")


@dataclass(frozen=True, order=True)
class Span:
    """An entity: characters `start` to `end` (exclusive) of a text, and its kind, one of KINDS."""

    start: int
    end: int
    kind: str

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Returns whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Labelled:
    """A text and its entities in order, none of which overlap."""

    text: str
    spans: tuple[Span, ...]

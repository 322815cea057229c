"""Segments a text into removable units; knows nothing of what is computed from the perturbed texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from playground.lab.text import Text
from playground.language.segmentation import content, segment
from playground.models.language_model import LanguageModel

Masks = npt.NDArray[np.bool_]

# Space, tab, no-break space and the ideographic space.
_SPACES = " \t\u00a0\u3000"
# A word after one of these has no space of its own before it: an opening bracket or quotation mark, or white space.
_OPENS = regex.compile(r"[\s\p{Ps}\p{Pi}]")


@dataclass(frozen=True)
class Removable:
    """`names[i]` is the unit `text[spans[i][0]:spans[i][1]]`; the span includes the spaces before the unit.

    Text between the spans (punctuation, line breaks) is never removed, but for a space that nothing precedes any more.
    `note`: what a reader must know of the units, such as that neighbours were merged.
    """

    text: str
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    note: Text | None = None

    def __len__(self) -> int:
        return len(self.names)

    def keep(self, mask: npt.ArrayLike) -> str:
        """Returns the text with only the units where `mask` (units,) is true, and what is between units.

        The result is what somebody would type who left the units out: it neither starts nor ends with white space that parted a
        removed unit from the rest, and a bracket isn't followed by such a space.
        """
        kept = ""
        end, removed = 0, False
        for (start, stop), stays in zip(self.spans, np.asarray(mask, bool), strict=True):
            between, unit = self.text[end:start], self.text[start:stop]
            kept, removed = _append(kept, between, removed)
            if stays:
                kept, removed = _append(kept, unit, removed)
            else:
                removed = True
            end = stop
        rest = self.text[end:]
        return kept.rstrip() if removed and not rest else _append(kept, rest, removed)[0]

    def texts(self, masks: npt.NDArray[np.bool_]) -> list[str]:
        """Applies `keep` to every row of masks (rows, units)."""
        return [self.keep(mask) for mask in masks]

    def shares(self, lm: LanguageModel) -> npt.NDArray[np.float64]:
        """Returns the share of each token that belongs to each unit: (tokens, units), rows sum to at most 1."""
        ids, offsets = lm.encode_with_offsets(self.text)
        shares = np.zeros((len(ids), len(self)))
        for token, (start, end) in enumerate(offsets):
            for unit, (first, last) in enumerate(self.spans):
                inside = min(end, last) - max(start, first)
                if inside > 0:
                    shares[token, unit] = inside / (end - start)
        return shares


def _append(kept: str, text: str, removed: bool) -> tuple[str, bool]:
    """Appends to a kept text. `removed`: whether a unit was removed in between; returned as whether one still was."""
    if removed:
        if not kept:
            text = text.lstrip()
        elif text[:1] in _SPACES and _OPENS.match(kept.rstrip("\"'")[-1:] or " "):
            text = text.lstrip(_SPACES)
    return kept + text, removed and not text


def cut(text: str, unit: str, lm: LanguageModel | None = None) -> Removable:
    """Segments a text into removable words, characters or tokens: those with letters or digits, or if none, all but spaces."""
    parts = content(segment(text, unit, lm))
    spans: list[tuple[int, int]] = []
    for part in parts:
        # A word is removed with the spaces before it, so that the perturbed text has no double spaces.
        start = _before_spaces(text, part.start, spans[-1][1] if spans else 0)
        spans.append((start, part.end))
    return Removable(text, tuple(part.text.strip() or part.text for part in parts), tuple(spans))


def cut_at_spaces(text: str) -> Removable:
    """Splits a text only at white space: a Chinese sentence is one unit."""
    names, spans, end = text.split(), [], 0
    for name in names:
        start = text.index(name, end)
        spans.append((_before_spaces(text, start, end), start + len(name)))
        end = start + len(name)
    return Removable(text, tuple(names), tuple(spans))


def merge(parts: Removable, most: int) -> Removable:
    """Joins neighbouring units, as evenly as can be, until at most `most` are left: no part of the text goes unexplained."""
    if len(parts) <= most:
        return parts
    groups = np.array_split(np.arange(len(parts)), most)
    spans = tuple((parts.spans[int(group[0])][0], parts.spans[int(group[-1])][1]) for group in groups)
    note = Text(
        zh="文本有 {all} 个单元，相邻的合并成 {most} 组，覆盖全文。",
        en="The text has {all} units; neighbours are merged into {most} groups, which cover all of it.",
    ).format(all=len(parts), most=most)
    return Removable(parts.text, tuple(parts.text[start:end].strip() for start, end in spans), spans, note)


def _before_spaces(text: str, start: int, least: int) -> int:
    """Returns where the run of spaces that ends at `start` begins, `least` at the lowest."""
    while start > least and text[start - 1] in _SPACES:
        start -= 1
    return start

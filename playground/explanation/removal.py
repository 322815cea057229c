"""Segments a text into removable units; knows nothing of what is computed from the perturbed texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.language.segmentation import content, segment
from playground.models.language_model import LanguageModel

Masks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Removable:
    """`names[i]` is the unit `text[spans[i][0]:spans[i][1]]`; the span includes one space before the unit.

    Text between the spans (punctuation, spaces) is never removed.
    """

    text: str
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.names)

    def keep(self, mask: npt.ArrayLike) -> str:
        """Returns the text with only the units where `mask` (units,) is true, and everything between units."""
        kept: list[str] = []
        end = 0
        for (start, stop), stays in zip(self.spans, np.asarray(mask, bool), strict=True):
            kept.append(self.text[end : stop if stays else start])
            end = stop
        return "".join(kept) + self.text[end:]

    def texts(self, masks: npt.NDArray[np.bool_]) -> list[str]:
        """Applies `keep` to every row of masks (rows, units)."""
        return [self.keep(mask) for mask in masks]

    def shares(self, lm: LanguageModel) -> npt.NDArray[np.float64]:
        """Returns the share of each token that belongs to each unit: (tokens, units), rows sum to at most 1."""
        encoding = lm.tokenizer(self.text, add_special_tokens=False, return_offsets_mapping=True)
        shares = np.zeros((len(encoding["input_ids"]), len(self)))
        for token, (start, end) in enumerate(encoding["offset_mapping"]):
            for unit, (first, last) in enumerate(self.spans):
                inside = min(end, last) - max(start, first)
                if inside > 0:
                    shares[token, unit] = inside / (end - start)
        return shares


def cut(text: str, unit: str, lm: LanguageModel | None = None) -> Removable:
    """Segments a text into removable words, characters or tokens: those with letters or digits, or if none, all but spaces."""
    parts = content(segment(text, unit, lm))
    spans: list[tuple[int, int]] = []
    for part in parts:
        before = part.start - 1
        taken = spans and spans[-1][1] > before
        # A word is removed with the space before it, so that the perturbed text has no double spaces.
        spans.append((before if before >= 0 and text[before] == " " and not taken else part.start, part.end))
    return Removable(text, tuple(part.text.strip() or part.text for part in parts), tuple(spans))


def cut_at_spaces(text: str) -> Removable:
    """Splits a text only at white space: a Chinese sentence is one unit."""
    names, spans, start = text.split(), [], 0
    for name in names:
        start = text.index(name, start)
        spans.append((start, start + len(name)))
        start += len(name)
    return Removable(text, tuple(names), tuple(spans))

"""A text cut into units that can be taken out of it; knows nothing of what is computed from the texts that remain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.language.segmentation import content, segment
from playground.models.language_model import LanguageModel

Masks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Removable:
    """`names[i]` is the unit `text[spans[i][0]:spans[i][1]]`; the span takes in one space before the unit.

    What lies between the spans (punctuation, spaces) is never taken out.
    """

    text: str
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.names)

    def keep(self, mask: npt.ArrayLike) -> str:
        """The text with the units where `mask` (units,) is true, and everything between them."""
        kept: list[str] = []
        end = 0
        for (start, stop), stays in zip(self.spans, np.asarray(mask, bool), strict=True):
            kept.append(self.text[end : stop if stays else start])
            end = stop
        return "".join(kept) + self.text[end:]

    def texts(self, masks: npt.NDArray[np.bool_]) -> list[str]:
        """`keep` of every row of masks (rows, units)."""
        return [self.keep(mask) for mask in masks]

    def shares(self, lm: LanguageModel) -> npt.NDArray[np.float64]:
        """Which share of each of the text's tokens belongs to which unit: (tokens, units), rows add up to 1 or less."""
        encoding = lm.tokenizer(self.text, add_special_tokens=False, return_offsets_mapping=True)
        shares = np.zeros((len(encoding["input_ids"]), len(self)))
        for token, (start, end) in enumerate(encoding["offset_mapping"]):
            for unit, (first, last) in enumerate(self.spans):
                inside = min(end, last) - max(start, first)
                if inside > 0:
                    shares[token, unit] = inside / (end - start)
        return shares


def cut(text: str, unit: str, lm: LanguageModel | None = None) -> Removable:
    """A text in words, characters or tokens that can be taken out: those with letters or digits, or else whatever is seen."""
    parts = content(segment(text, unit, lm))
    spans: list[tuple[int, int]] = []
    for part in parts:
        before = part.start - 1
        taken = spans and spans[-1][1] > before
        # A word leaves with the space before it, so that what remains reads as if it had never been there.
        spans.append((before if before >= 0 and text[before] == " " and not taken else part.start, part.end))
    return Removable(text, tuple(part.text.strip() or part.text for part in parts), tuple(spans))


def cut_at_spaces(text: str) -> Removable:
    """A text cut where it has white space and nowhere else: a Chinese sentence is one unit."""
    names, spans, start = text.split(), [], 0
    for name in names:
        start = text.index(name, start)
        spans.append((start, start + len(name)))
        start += len(name)
    return Removable(text, tuple(names), tuple(spans))

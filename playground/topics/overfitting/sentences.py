"""Makes the sentences that are shown: the visitor's and two training reviews, each with its variants. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.data.reviews import Labelled
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.topics.overfitting.features import FLIP, variant

SHOWN = ("insert", "replace", "delete", FLIP)


@dataclass(frozen=True)
class Sentence:
    """A sentence. `number`: 0 for the visitor's, from 1 for training reviews; `kind`: the augmentation, "none" for the sentence itself.

    `label`: a review's label, None for the visitor's own; a variant is trained on with the same label.
    """

    number: int
    kind: str
    text: str
    label: int | None
    changed: bool


def sentences_of(
    own: str, reviews: Sequence[Labelled], language: Language, share: float, seed: int
) -> tuple[Sentence, ...]:
    """Returns every sentence followed by one variant of each kind; the visitor's in the language of its script."""
    found = []
    items = [(own.strip(), main_language(own), None), *((item.text, language, item.label) for item in reviews)]
    for number, (text, spoken, label) in enumerate(items):
        found.append(Sentence(number, "none", text, label, False))
        for kind in SHOWN:
            made = variant(text, spoken, kind, share, seed)
            found.append(Sentence(number, kind, made, label, made != text))
    return tuple(found)

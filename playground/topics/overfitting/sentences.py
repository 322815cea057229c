"""Makes the sentences that are shown: the visitor's and two training reviews, each with its variants. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.data.reviews import Labelled
from playground.lab.text import Language
from playground.language.augmentation import flip_negation
from playground.language.scripts import main_language
from playground.topics.overfitting.features import FLIP, variant

# Lengths in characters of the training reviews that are shown: they say something, and fit into a row.
SHORTEST, LONGEST = 10, 70
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
    language: Language


def worth_showing(reviews: Sequence[Labelled], language: Language) -> tuple[Labelled, ...]:
    """Returns the first review of each label that is short and has a negation to take out; fewer if there is none."""
    found = []
    for label in (0, 1):
        fitting = (item for item in reviews if item.label == label and SHORTEST <= len(item.text) <= LONGEST)
        found += [item for item in fitting if len(flip_negation(item.text, language)) < len(item.text)][:1]
    return tuple(found)


def sentences_of(
    own: str, reviews: Sequence[Labelled], language: Language, share: float, seed: int
) -> tuple[Sentence, ...]:
    """Returns every sentence followed by one variant of each kind; the visitor's in the language of its script."""
    found = []
    items = [(own.strip(), main_language(own), None), *((item.text, language, item.label) for item in reviews)]
    for number, (text, spoken, label) in enumerate(items):
        found.append(Sentence(number, "none", text, label, False, spoken))
        for kind in SHOWN:
            made = variant(text, spoken, kind, share, seed)
            found.append(Sentence(number, kind, made, label, made != text, spoken))
    return tuple(found)

"""Reads the labelled reviews with a known domain, in both languages, in two parts: for training, and held out. Knows no model.

Nothing may be chosen on the held-out part. The Chinese reviews are those of `reviews` whose domain `domains` tells from their
words, split anew, since the parts there hold too few books; the English ones are the project's own.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from playground.data.domains import Domain, domain
from playground.data.reviews import alternating, reviews, start
from playground.data.sets import english_reviews
from playground.lab.text import Language

# Of each domain and label: 40 of a hundred Chinese reviews of books, the fewest, and 30 of 80 English ones.
HELD_OUT = {Language.ZH: 40, Language.EN: 30}


@dataclass(frozen=True)
class DomainReview:
    """A review fragment. `label`: 0 negative, 1 positive. `domain`: what it is about."""

    text: str
    label: int
    domain: Domain


@dataclass(frozen=True)
class DomainReviews:
    """The two parts. In each the labels alternate, so that any first n are balanced over them; no text is in both."""

    training: tuple[DomainReview, ...]
    held_out: tuple[DomainReview, ...]

    def about(self, wanted: Domain) -> DomainReviews:
        """Returns the reviews of one domain, balanced over the labels."""
        return DomainReviews(
            *(alternating(item for item in part if item.domain == wanted) for part in (self.training, self.held_out))
        )


@functools.cache
def domain_reviews(language: Language) -> DomainReviews:
    """Splits a language's reviews of known domain, in a fixed order, with as many held out of every domain and label.

    No held-out Chinese fragment starts like one for training: such are near-duplicates with another end.
    """
    cells: dict[tuple[str, int], dict[str, list[DomainReview]]] = defaultdict(lambda: defaultdict(list))
    # A hash, not the files' order, which goes by label and domain.
    for item in sorted(_all(language), key=lambda item: _digest(item.text)):
        cells[item.domain, item.label][start(item.text)].append(item)
    training, held_out = [], []
    for groups in cells.values():
        alike = list(groups.values())
        held_out += [group[0] for group in alike[: HELD_OUT[language]]]
        training += [item for group in alike[HELD_OUT[language] :] for item in group]
    ordered = (sorted(part, key=lambda item: _digest(item.text)) for part in (training, held_out))
    return DomainReviews(*map(alternating, ordered))


def _all(language: Language) -> Iterable[DomainReview]:
    if language is Language.EN:
        return [DomainReview(item.text, int(item.label == "positive"), item.domain) for item in english_reviews()]  # type: ignore[arg-type]
    parts = reviews()
    every = (*parts.held_out, *parts.validation, *parts.train)
    return [DomainReview(item.text, item.label, about) for item in every if (about := domain(item.text))]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

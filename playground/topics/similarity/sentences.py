"""The sentences that scores are measured on, in Chinese or English: the project's own sets and, for neighbours, further texts. Knows no model."""

from __future__ import annotations

import functools

from playground.data import sets
from playground.data.reviews import reviews
from playground.lab.text import Language
from playground.language import sentences as splitting

# Of the 150 translations as many as random pairs and means need; the others are further down in the pool.
_TRANSLATIONS = 80


@functools.cache
def background(language: Language) -> tuple[str, ...]:
    """Returns sentences of which no two say the same: of any two the similarity is that of a random pair."""
    found = [pair.first for pair in sets.pairs(language)] + [item.text for item in sets.contrasts(language)]
    if language in sets.languages_of("translations"):
        found += _translations(language)[:_TRANSLATIONS]
    return tuple(dict.fromkeys(found))


def _translations(language: Language) -> list[str]:
    return [pair[list(Language).index(language)] for pair in sets.translations()]


@functools.cache
def judged(language: Language) -> tuple[str, ...]:
    """Returns the background, and the other sentences of the pairs and of the challenge set."""
    found = [*background(language), *(pair.second for pair in sets.pairs(language))]
    for item in sets.contrasts(language):
        found += [item.paraphrase, item.changed]
    return tuple(dict.fromkeys(found))


@functools.cache
def reworded(language: Language) -> tuple[str, ...]:
    """Returns the challenge set's controls. They are no part of the pool: near copies among the sentences would change who is a neighbour."""
    return tuple(dict.fromkeys(item.reworded for item in sets.contrasts(language)))


@functools.cache
def pool(language: Language) -> tuple[str, ...]:
    """Returns the judged sentences, then translations, sentences of the project's documents, passages and examples, then reviews."""
    documents = [item.text for item in sets.documents(language)] + [item.passage for item in sets.questions(language)]
    found = [
        *judged(language),
        *_translations(language),
        *(part.text.strip() for text in documents for part in splitting.sentences(text)),
    ]
    found += [item.text for item in sets.examples(language)]
    if language is Language.ZH:
        found += [item.text for item in reviews().held_out]
    elif language in sets.languages_of("reviews"):
        found += [item.text for item in sets.english_reviews()]
    return tuple(dict.fromkeys(found))

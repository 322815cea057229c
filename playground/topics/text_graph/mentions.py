"""Finds the words of a text that become nodes, sentence by sentence.

Rule-based: jieba's tags for Chinese, stop words and capitals for English. It resolves no coreference ("she") and merges no aliases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from playground.language.parts_of_speech import Tagged, tag_words
from playground.language.sentences import sentences

# jieba (ICTCLAS): person, place, organisation, other proper noun.
NAMES = ("nr", "ns", "nt", "nz")
# Nouns of every kind, and verbs used as nouns.
NOUNS = ("n", "vn")
# Directions and bare measures that jieba calls nouns.
_NO_NOUNS = frozenset("时候 有人 东西 事情 样子".split())


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence and its words with their parts of speech."""

    text: str
    words: tuple[Tagged, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence and the nodes mentioned in it, once each, in order of appearance."""

    text: str
    words: tuple[str, ...]


def tagged_sentences(text: str) -> tuple[TaggedSentence, ...]:
    """Returns the text's sentences with their words tagged."""
    return tuple(
        TaggedSentence(part.text.strip(), tuple(tag_words(part.text))) for part in sentences(text) if part.is_content
    )


def read(parts: Sequence[TaggedSentence], nodes: str, past: int) -> tuple[Sentence, ...]:
    """Returns the sentences with their nodes: "keywords" (nouns; in English words that aren't stop words) or "entities" (names).

    The nodes of the first `past` sentences depend on no later one: which English words are names is decided there by those sentences alone, and
    afterwards by the whole text.
    """
    capitals = _names_in_english(parts[:past]), _names_in_english(parts)

    def found(number: int, tagged: Sequence[Tagged]) -> list[str]:
        return _entities(tagged, capitals[number >= past]) if nodes == "entities" else _keywords(tagged)

    return tuple(
        Sentence(part.text, tuple(dict.fromkeys(found(number, part.words)))) for number, part in enumerate(parts)
    )


def mentioned(said: Iterable[Sentence]) -> Counter[str]:
    """Counts in how many sentences each node is mentioned; equal counts keep the order of first appearance."""
    return Counter(word for sentence in said for word in sentence.words)


def _keywords(tagged: Sequence[Tagged]) -> list[str]:
    return [
        word.text.lower()
        for word in tagged
        if (word.tag == "eng" and len(word.text) > 2 and _plain(word.text) not in ENGLISH_STOP_WORDS)
        or (word.tag.startswith(NOUNS) and len(word.text) > 1 and word.text not in _NO_NOUNS)
    ]


def _plain(word: str) -> str:
    return word.lower().removesuffix("'s").removesuffix("’s")


def _entities(tagged: Sequence[Tagged], capitals: frozenset[str]) -> list[str]:
    """Chinese words tagged as names; runs of English words that begin with a capital, joined ("Mary Ann")."""
    found: list[str] = []
    run: list[str] = []
    for word in [*tagged, Tagged("", 0, 0, "x")]:
        if word.tag == "eng" and word.text[0].isupper() and _plain(word.text) in capitals:
            run.append(word.text.removesuffix("'s").removesuffix("’s"))
            continue
        if run and not (word.tag == "x" and word.text.isspace()):
            found.append(" ".join(run))
            run = []
        if word.tag.startswith(NAMES) and len(word.text) > 1:
            found.append(word.text)
    return found


def _names_in_english(parts: Iterable[TaggedSentence]) -> frozenset[str]:
    """The English words that have a capital wherever they occur, and are no stop word: a capital at a sentence's start proves nothing."""
    capital: set[str] = set()
    small: set[str] = set()
    for part in parts:
        for word in part.words:
            if word.tag == "eng":
                (capital if word.text[0].isupper() else small).add(_plain(word.text))
    return frozenset(capital - small - ENGLISH_STOP_WORDS)

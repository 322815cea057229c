"""Tags words with their part of speech, and selects content words; knows no model.

Chinese is tagged by jieba (ICTCLAS tags: nr person, ns place, nt organisation, m number, …), which was trained on newspapers
of the nineties and errs on new names. Words of other scripts are all tagged "eng"; a list gives English function words.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from playground.language.segmentation import chinese_tokenizer, segment

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

_HAN = regex.compile(r"(?:\p{Han}\p{M}*)+")
_LETTERS = regex.compile(r"\p{L}")
# Particles, prepositions, conjunctions, pronouns, adverbs, directions, interjections, affixes, measure words, punctuation.
_FUNCTION_TAGS = ("u", "p", "c", "r", "d", "f", "y", "e", "o", "k", "h", "q", "x", "zg", "ng")
# Tagged as verbs, but as frequent as function words.
_LIGHT_WORDS = frozenset("是 有 没有 会 能 要 来 去 说 到 把 被 让 人".split())
_LOADING = threading.Lock()


@dataclass(frozen=True)
class Tagged:
    """A word, `text[start:end]`, with its tag; "eng" for a word of letters, "m" for a number, "x" for anything else."""

    text: str
    start: int
    end: int
    tag: str


@functools.cache
def _load() -> POSTokenizer:
    # Importing its tables takes half a second, so this waits until a text is tagged. The import has read the tags of the whole dictionary
    # into the module's own tagger; a new one would read them again.
    from jieba import posseg

    posseg.dt.tokenizer = chinese_tokenizer()
    return posseg.dt


def tag_words(text: str) -> list[Tagged]:
    """Tags the text's words in order; joined they equal the text. The first call takes a second."""
    tagged: list[Tagged] = []
    place = 0
    for run in _HAN.finditer(text):
        tagged += _others(text, place, run.start())
        tagged += _chinese(run.group(), run.start())
        place = run.end()
    return tagged + _others(text, place, len(text))


def _chinese(run: str, start: int) -> list[Tagged]:
    with _LOADING:
        tokenizer = _load()
    pairs = [(pair.word, pair.flag) for pair in tokenizer.cut(run)]
    if "".join(word for word, _ in pairs) != run:
        pairs = [(run, "n")]
    words = []
    for word, tag in pairs:
        words.append(Tagged(word, start, start + len(word), tag))
        start += len(word)
    return words


def _others(text: str, start: int, end: int) -> list[Tagged]:
    return [
        Tagged(part.text, start + part.start, start + part.end,
               ("eng" if _LETTERS.search(part.text) else "m") if part.is_content else "x")
        for part in segment(text[start:end], "word")
    ]  # fmt: skip


def content_words(text: str) -> list[str]:
    """Returns the content words in lower case: no particles, prepositions, pronouns, measure words, stop words."""
    return [word.text.lower() for word in tag_words(text) if _carries_content(word)]


def last_content_word(text: str) -> Tagged | None:
    """Returns the text's last content word; None where it has none."""
    return next((word for word in reversed(tag_words(text)) if _carries_content(word)), None)


def _carries_content(word: Tagged) -> bool:
    if word.tag == "eng":
        return word.text.lower() not in ENGLISH_STOP_WORDS
    return not word.tag.startswith(_FUNCTION_TAGS) and word.text not in _LIGHT_WORDS

"""The first noun of a text. Chinese words by jieba's parts of speech; English ones by a list of common nouns. Knows no model.

The list is short: a noun that it lacks is passed over, and an English word that is a noun only at times counts as one where an
article or the like is up to two words before it.
"""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playground.language.segmentation import chinese_tokenizer

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

_RUNS = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+(?:['’][A-Za-z]+)?")
_BEFORE_A_NOUN = frozenset(
    "a an the this that these those my your his her its our their some any no every each one two three".split()
)
_LOADING = threading.Lock()


@dataclass(frozen=True)
class Noun:
    """`text[start:end]` of the text it was found in."""

    text: str
    start: int
    end: int


def first_noun(text: str) -> Noun | None:
    """The first noun, None where none is found."""
    before: list[str] = []
    for run in _RUNS.finditer(text):
        if run.group()[0] > "\u2fff":
            start = run.start()
            for word, flag in _tagged(run.group()):
                if flag.startswith("n"):
                    return Noun(word, start, start + len(word))
                start += len(word)
            before = []
            continue
        word = run.group().casefold()
        if _is_noun(word) and (_BEFORE_A_NOUN & set(before[-2:])):
            return Noun(run.group(), run.start(), run.end())
        before.append(word)
    return None


def _is_noun(word: str) -> bool:
    listed = _english()
    return word in listed or any(
        word.endswith(ending) and word[: -len(ending)] + rest in listed
        for ending, rest in (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"))
    )


@functools.cache
def _english() -> frozenset[str]:
    lines = (Path(__file__).parent / "nouns_en.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _tagged(run: str) -> list[tuple[str, str]]:
    with _LOADING:  # jieba reads its dictionary of tags at the first use, and says nothing of threads
        return [(pair.word, pair.flag) for pair in _tagger().cut(run)]


@functools.cache
def _tagger() -> POSTokenizer:
    # Importing its tables takes a third of a second.
    from jieba.posseg import POSTokenizer

    return POSTokenizer(chinese_tokenizer())

"""Segments a text losslessly into words, characters or model tokens.

jieba segments Chinese; words of other scripts and numbers are one segment; spaces, punctuation and emoji are separate.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jieba
import regex

if TYPE_CHECKING:
    from playground.models.language_model import LanguageModel

UNITS = ("word", "character", "token")

# A letter or digit with its combining marks; words of Indic scripts and Persian contain zero-width joiners.
_LETTER = r"(?:(?!\p{Han})[\p{L}\p{N}][\p{M}\u200c\u200d]*)"
_PARTS = regex.compile(
    rf"(?P<han>(?:\p{{Han}}\p{{M}}*)+)"
    rf"|(?P<word>{_LETTER}+(?:(?:['’\-]|(?<=\p{{Nd}})[.,:](?=\p{{Nd}})){_LETTER}+)*(?:(?<=\p{{Nd}})%)?)"
    r"|(?P<space> +|[^\S ]+)"
    r"|(?P<other>\X)"
)
_CONTENT = regex.compile(r"[\p{L}\p{N}]")
_GRAPHEME = regex.compile(r"\X")
_MARKS = regex.compile(r"[\p{M}\u200c\u200d]+")
_LOADING = threading.Lock()


@dataclass(frozen=True)
class Segment:
    """A segment of a text, `text[start:end]`. `is_content`: it contains a letter or digit, unlike space, punctuation or emoji."""

    text: str
    start: int
    end: int
    is_content: bool


def segment(text: str, unit: str, lm: LanguageModel | None = None) -> list[Segment]:
    """Segments the text by a unit ("word", "character" or "token"); joined the segments equal the text.

    Characters are extended grapheme clusters (UAX 29). Tokens are those of `lm`; tokens that share a character form one
    segment.
    """
    if unit == "word":
        parts: Iterable[str] = _words(text)
    elif unit == "character":
        parts = _GRAPHEME.findall(text)
    elif unit == "token":
        if lm is None:
            raise ValueError("tokens are a model's: lm is needed")
        parts = _token_texts(text, lm)
    else:
        raise ValueError(f"no unit {unit!r}; there are {UNITS}")
    return list(_placed(parts))


def content(segments: Iterable[Segment]) -> list[Segment]:
    """Returns the content segments, or all but spaces if there are none (only emoji, for example)."""
    segments = list(segments)
    return [part for part in segments if part.is_content] or [part for part in segments if not part.text.isspace()]


@functools.cache
def _load() -> jieba.Tokenizer:
    # Filled here, not by `initialize`, which logs to stderr and trusts a pickle-like file in a folder shared by all users.
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def chinese_tokenizer() -> jieba.Tokenizer:
    """Returns a shared jieba tokenizer with its default dictionary: don't add words to it. The first call takes half a second."""
    with _LOADING:
        return _load()


def _words(text: str) -> Iterator[str]:
    for part in _PARTS.finditer(text):
        if part.lastgroup == "han":
            yield from _chinese_words(part.group())
        else:
            yield part.group()


def _chinese_words(run: str) -> list[str]:
    words: list[str] = []
    for word in chinese_tokenizer().cut(run):
        # jieba splits before an unknown combining mark, which belongs to the preceding character.
        if words and _MARKS.match(word):
            words[-1] += word
        else:
            words.append(word)
    return words if "".join(words) == run else _GRAPHEME.findall(run)


def _token_texts(text: str, lm: LanguageModel) -> list[str]:
    _, offsets = lm.encode_with_offsets(text)
    starts = sorted({0, *(start for start, end in offsets if start < end)})
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if start < end]


def _placed(parts: Iterable[str]) -> Iterator[Segment]:
    start = 0
    for part in parts:
        yield Segment(part, start, start + len(part), bool(_CONTENT.search(part)))
        start += len(part)

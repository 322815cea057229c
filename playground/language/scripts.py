"""Decides whether to process a text as Chinese or as English, and which script a token is written in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import regex

from playground.lab.text import Language, Text

LANGUAGE_NAMES: Mapping[str, Text] = {
    Language.ZH: Text(zh="中文", en="Chinese"),
    Language.EN: Text(zh="英文", en="English"),
}
_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"(?:(?!\p{Han})\p{L})+")


def main_language(text: str) -> Language:
    """Returns Chinese if there are at least as many Han characters as words in other scripts, else English."""
    return Language.ZH if len(_HAN.findall(text)) >= max(1, len(_WORD.findall(text))) else Language.EN


class Script(StrEnum):
    """What a token's letters say of its language. A script isn't a language: French is Latin too, and kanji are Han."""

    HAN = "han"
    LATIN = "latin"
    OTHER = "other"
    NEITHER = "neither"


SCRIPTS = tuple(Script)
# Whole-string patterns: a vocabulary of 262,144 tokens is sorted in a second.
_HAN_ONLY = regex.compile(r"[^\p{L}]*(?:\p{Han}[^\p{L}]*)+")
_LATIN_ONLY = regex.compile(r"[^\p{L}]*(?:\p{Latin}[^\p{L}]*){2,}")
_NEITHER = regex.compile(r"[^\p{L}]*(?:\p{Latin}[^\p{L}]*)?")


def script_of(text: str) -> Script:
    """Returns the script of a token's letters.

    HAN: Han only. LATIN: two or more Latin letters only. OTHER: letters of another script, or of several. NEITHER: no letter
    (digits, punctuation, spaces, U+FFFD of a piece of a character), or one Latin letter, which every language uses.
    """
    if text.isascii() and text.isalpha():
        return Script.LATIN if len(text) > 1 else Script.NEITHER
    if _LATIN_ONLY.fullmatch(text):
        return Script.LATIN
    if _HAN_ONLY.fullmatch(text):
        return Script.HAN
    return Script.NEITHER if _NEITHER.fullmatch(text) else Script.OTHER

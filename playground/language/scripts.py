"""Whether a text is Chinese or English enough to be treated as such; knows nothing else of languages."""

from __future__ import annotations

import regex

from playground.lab.text import Language

_HAN = regex.compile(r"\p{Han}")
_WORD = regex.compile(r"(?:(?!\p{Han})\p{L})+")


def main_language(text: str) -> Language:
    """Chinese where Han characters are at least as many as words of other letters, else English."""
    return Language.ZH if len(_HAN.findall(text)) >= max(1, len(_WORD.findall(text))) else Language.EN

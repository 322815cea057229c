"""Splits a Chinese or English text into clauses at punctuation. Knows no grammar: a clause without a mark before it isn't found."""

from __future__ import annotations

import regex

from playground.language.sentences import sentences

# Inside a sentence: a mark, unless it belongs to a number (1,000), a time (8:30) or an address (https://a.b/c,d).
_MARK = regex.compile(
    r"\w+://[\x21-\x7e]*[\w/](*SKIP)(*FAIL)"
    r"|[，；、—…\n]+|\.{3,}|\s[-–]+\s"
    r"|(?<!\p{Nd})[,;:：]+|[,;:：]+(?!\p{Nd})"
    r"|[。！？｡!?]+(?=[”’\"'」』）)》〉]*\p{Han})"
)
_END = regex.compile(r"[\s。！？｡!?…]+$|(?<!\.\p{L})\.+\s*$")
_CONTENT = regex.compile(r"[\p{L}\p{N}]")
_PAIRS = tuple(zip("“‘「『（(《〈【[", "”’」』）)》〉】]", strict=True))


def clauses(text: str) -> list[str]:
    """Returns the clauses that have a letter or digit, without space and marks around them, and without half of a pair of quotes.

    A sentence's end ends a clause; so does a comma, semicolon, colon, dash, ellipsis or line break inside a sentence.
    """
    parts = (part for sentence in sentences(text) for part in _MARK.split(sentence.text))
    return [_bare(part) for part in parts if _CONTENT.search(part)]


def _bare(clause: str) -> str:
    before = None
    while before != clause:
        before = clause
        clause = _END.sub("", clause.strip())
        for opening, closing in _PAIRS:
            if clause.startswith(closing) or (clause.startswith(opening) and closing not in clause):
                clause = clause[1:]
            elif clause.endswith(opening) or (clause.endswith(closing) and opening not in clause):
                clause = clause[:-1]
        if clause.count('"') % 2:
            clause = clause.removeprefix('"') if clause.startswith('"') else clause.removesuffix('"')
    return clause

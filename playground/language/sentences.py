"""Splits a Chinese or English text losslessly into sentences.

sentencex (Wikimedia) knows abbreviations, initials, addresses and decimals. Added here: line breaks, list markers, quotations
of several sentences, and half-width full stops in Chinese. It knows no grammar: "Plan B. We go" and "John B. Wells" look alike.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex
import sentencex

from playground.language.segmentation import Segment

_HARD_BREAK = regex.compile(r"\n[^\S\n]*\n")
_LINE_BREAK = regex.compile(r"\n\s*")
_CONTENT = regex.compile(r"[\p{L}\p{N}]")
# sentencex keeps a quotation or a bracket whole, however many sentences it holds.
_QUOTED = regex.compile(r"“([^“”]+)”|\"([^\"\n]+)\"|「([^「」]+)」|『([^『』]+)』|\(([^()]+)\)|（([^（）]+)）")
_AFTER_BRACKET = regex.compile(r"(?<=[.!?]\)) +(?=\p{Lu})")
# "划船.孩子们", "开会.9:00", "iPhone 15.他": a full stop typed without a space. "1.苹果" at a sentence's start is an item of a list.
_HALF_WIDTH = regex.compile(
    r"(?<=\p{Han}[\"”’）)]?)\.(?=[\p{Han}\p{Nd}])|(?<=\p{L} ?\p{Nd}{1,9}(?:\.\p{Nd}{1,9})?)\.(?=\p{Han})"
)
_MARKER = regex.compile(r"\s*(?:[(（\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)）\]](?=\s|\p{Han}|$)|[-*•·]\s)\s*")
_CONTINUES = regex.compile(r"[,;:，；：、）)」』”’》〉】]")
_AFTER_TITLE = regex.compile(r"[》〉]$")
# “快跑！”他喊道。: the speaker belongs to the quotation before.
_SPEAKER = regex.compile(r"\p{Han}{0,5}[说道问喊叫答](?:道|着)?[，。！：,.!:]")
_AFTER_QUOTATION = regex.compile(r"[”」』\"]$")
_HAN = regex.compile(r"\p{Han}")
# Abbreviations that sentencex lacks: titles, and words that end nothing before a number or a small letter.
_TITLES = frozenset(("Ms", "Mx"))
_SHORTENED = frozenset("approx ch ed eds eq eqs est excl figs incl max misc resp temp tel trans vol".split())
_ORDINARY = regex.compile(r"[\p{Nd}\p{Ll}(]")
# Enough context beside a place to recognise an abbreviation or a speaker.
_NEAR = 40
_LAST_WORD = regex.compile(r"(?<!\p{L})(\p{L}+)\.\s*$")


def sentences(text: str) -> list[Segment]:
    """Splits the text into sentences that joined equal it; space and closing quotes belong to the sentence before them.

    A part without letters and digits is merged into the preceding sentence, the number of a list's item into the item.
    A single line break ends a sentence unless the sentence continues on the next line, as in hard-wrapped text.
    """
    parts: list[str] = []
    for part in _parts(text):
        if parts and (_MARKER.fullmatch(parts[-1]) or not (_CONTENT.search(part) and _CONTENT.search(parts[-1]))):
            parts[-1] += part
        else:
            parts.append(part)
    segments, start = [], 0
    for part in parts:
        segments.append(Segment(part, start, start + len(part), bool(_CONTENT.search(part))))
        start += len(part)
    return segments


def _parts(text: str) -> Iterator[str]:
    start = 0
    for end in _ends(text):
        if not _continues(text[start:end], text[end : end + _NEAR]):
            yield text[start:end]
            start = end
    if start < len(text):
        yield text[start:]


def _ends(text: str) -> Iterator[int]:
    """Yields in their order the places where a rule ends a sentence, each after the space that follows it."""
    place = 0
    for line, offset in _lines(text):
        # sentencex takes an item of a list for one sentence, however many it holds.
        marker = _MARKER.match(line)
        begin = marker.end() if marker else 0
        ends = {*_library_ends(line[begin:]), *_ends_in_quotations(line[begin:])}
        ends |= {found.end() for pattern in (_HALF_WIDTH, _AFTER_BRACKET) for found in pattern.finditer(line[begin:])}
        for end in sorted(ends | {len(line) - begin}):
            if offset + begin + end > place:
                place = offset + begin + end
                while place < len(text) and text[place].isspace():
                    place += 1
                yield place


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Yields the lines, each with where it begins; lines of hard-wrapped text are one."""
    start = 0
    for found in _LINE_BREAK.finditer(text):
        before = text[max(start, found.start() - _NEAR) : found.start()].rstrip()
        if _HARD_BREAK.match(text, found.start()) or _ends_line(before, text[found.end() : found.end() + _NEAR]):
            yield text[start : found.end()], start
            start = found.end()
    if start < len(text):
        yield text[start:], start


def _library_ends(text: str) -> Iterator[int]:
    """Yields where sentencex ends a sentence. Its rules for English hold for Chinese punctuation too."""
    end = 0
    for part in sentencex.segment("en", text):
        end += len(part)
        yield end


def _ends_in_quotations(text: str) -> Iterator[int]:
    for quoted in _QUOTED.finditer(text):
        group = quoted.lastindex or 0
        *inner, _ = [0, *_library_ends(quoted.group(group))]
        yield from (quoted.start(group) + end for end in inner[1:])


def _ends_line(line: str, following: str) -> bool:
    """Returns whether a single line break between `line` and `following` ends a sentence."""
    before, after = line[-1:], following[:1]
    if before == "." and after.isalpha():
        # "Mr.", "e.g.": sentencex recognises an abbreviation by what follows it on the same line.
        return len(line) + 1 in _library_ends(f"{line} {following}")
    return not (before.isalpha() and after.islower()) and before not in (",", "，", "、", "-")


def _continues(before: str, after: str) -> bool:
    """Returns whether the sentence continues after `before`, where a rule has ended it."""
    if "\n" in before[len(before.rstrip()) :]:
        return False
    if _CONTINUES.match(after) or (_AFTER_TITLE.search(before) and _HAN.match(after)):
        return True
    if _AFTER_QUOTATION.search(before) and _SPEAKER.match(after):
        return True
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    name = word.group(1)
    return name in _TITLES or (name.lower() in _SHORTENED and _ORDINARY.match(after) is not None)

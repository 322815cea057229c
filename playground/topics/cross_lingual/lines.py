"""Reads a visitor's lines: sentences of either language, or pairs of translations. Knows no model."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.language.scripts import main_language

MOST_SENTENCES = 24
LONGEST = 300
_BETWEEN = regex.compile(r"\s*[|｜\t]\s*")
_CONTENT = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the visitor's, the language it is treated as, and the index of its translation among them, if given."""

    text: str
    language: Language
    partner: int | None = None


def read_lines(text: str) -> tuple[Sentence, ...]:
    """Returns the sentences of lines "sentence" or "sentence | translation" (also a tab or ｜), in order, repeated lines once.

    Raises PlaygroundError, with the field `text`, if a line can't be used; the message says which and why.
    """
    found: list[Sentence] = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip(" \r\u3000")
        if not line.strip() or line in seen:
            continue
        seen.add(line)
        parts = [part.strip() for part in _BETWEEN.split(line.strip()) if part.strip()]
        _check(number, parts)
        languages = [main_language(part) for part in parts]
        if len(parts) == 2 and languages[0] is languages[1]:
            raise _refused(number, Text(zh="两边是同一种语言，应为一句中文、一句英文", en="both sides are in the same language; write one Chinese and one English sentence"))  # fmt: skip
        place = len(found)
        for side, (part, language) in enumerate(zip(parts, languages, strict=True)):
            found.append(Sentence(part, language, place + 1 - side if len(parts) == 2 else None))
    if not found:
        raise PlaygroundError(
            Text(zh="“你的句子”是空的，请写至少一句。", en="“Your sentences” is empty: write at least one."), "text"
        )
    if len(found) > MOST_SENTENCES:
        raise PlaygroundError(
            Text(
                zh="“你的句子”共 {count} 句，最多 {most} 句（一对算两句），请删去一些。",
                en="“Your sentences” has {count} sentences; at most {most} are taken (a pair is two). Remove some.",
            ).format(count=len(found), most=MOST_SENTENCES),
            "text",
        )
    return tuple(found)


def _check(number: int, parts: list[str]) -> None:
    if len(parts) > 2:
        raise _refused(number, Text(zh="竖线把它分成了两部分以上，一行只能写一句或一对", en="it has more than two parts; a line is one sentence or one pair"))  # fmt: skip
    if not parts or not all(_CONTENT.search(part) for part in parts):
        raise _refused(number, Text(zh="没有文字，请写一句话", en="it has no words; write a sentence"))
    if any(len(part) > LONGEST for part in parts):
        raise _refused(number, Text(zh="太长，每句最多 {most} 个字符，请拆成几行", en="it is too long; a sentence has at most {most} characters, so split it into lines").format(most=LONGEST))  # fmt: skip


def _refused(number: int, reason: Text) -> PlaygroundError:
    return PlaygroundError(
        Text(zh="“你的句子”第 {number} 行用不了：{reason}。", en="“Your sentences”, line {number} can't be used: {reason}.").format(
            number=number, reason=reason
        ),
        "text",
    )  # fmt: skip

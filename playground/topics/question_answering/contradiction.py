"""Says something else in place of an answer, so that a passage contradicts it: another number, name, place or thing.

Longpre et al. 2021, Entity-Based Knowledge Conflicts in Question Answering. By rules: what it puts in is of the right kind more often
than not, and needn't be likely. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from playground.lab.text import Language
from playground.language.scripts import main_language

_DIGITS = str.maketrans("123456789", "456789231")
_CHINESE = str.maketrans("一二两三四五六七八九", "四五五六七八九二三一")
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBER = regex.compile(rf"\b(?:{'|'.join([*_WORDS, *_TENS])})\b", regex.IGNORECASE)
_NUMERAL = regex.compile(r"[一二两三四五六七八九十百千万]")
# By what the question asks for, told by its words; the last kind is for any other question. Two each, should one be in the passage.
_KINDS: dict[Language, tuple[tuple[str, tuple[str, str]], ...]] = {
    Language.ZH: (
        ("谁|叫什么|哪位|什么人", ("周宁", "何一帆")),
        ("为什么|原因|怎么会", ("停电了", "路被封了")),
        ("颜色", ("紫色", "橙色")),
        ("哪里|哪儿|在哪|哪个港|什么地方", ("北郊的仓库", "西山")),
        ("星期|周几|哪天|什么时候|几点", ("周六清晨", "下周三")),
        ("", ("一把雨伞", "木箱")),
    ),
    Language.EN: (
        (r"\bwho\b|\bwhom\b|\bname\b|\bcalled\b", ("Rosa Lind", "Ivo Marsh")),
        (r"\bwhy\b|\breason\b", ("the power had failed", "the road was closed")),
        (r"\bcolou?r\b", ("purple", "orange")),
        (r"\bwhere\b|\bwhich (?:town|city|place|country)\b", ("the northern warehouse", "Westhill")),
        (r"\bwhen\b|\bwhich day\b|\bwhat day\b", ("Saturday morning", "next Thursday")),
        ("", ("an umbrella", "a wooden crate")),
    ),
}


def other_answer(question: str, answer: str, passage: str) -> str:
    """Returns something that isn't the answer and isn't in the passage, of the kind that the question asks for."""
    changed = _other_number(answer)
    if changed != answer:
        return changed
    language = main_language(answer) if any(map(str.isalpha, answer)) else main_language(question)
    asked = question.casefold()
    options = next(two for cue, two in _KINDS[main_language(question)] if not cue or regex.search(cue, asked))
    if language is not main_language(question):
        options = _KINDS[language][-1][1]
    return next((one for one in options if one not in passage), options[0])


def _other_number(answer: str) -> str:
    """Changes every number of an answer, in figures or words, to another."""
    changed = answer.translate(_DIGITS)
    if _NUMERAL.search(answer) and len(_NUMERAL.findall(answer)) * 3 >= len(answer):
        changed = changed.translate(_CHINESE)
    return str(_NUMBER.sub(_other_word, changed))


def _other_word(found: regex.Match[str]) -> str:
    word = found.group().lower()
    known: Sequence[str] = _WORDS if word in _WORDS else _TENS
    other = known[(known.index(word) + 3) % len(known)]
    return other.capitalize() if found.group()[0].isupper() else other


def contradicted(text: str, said: str, other: str) -> str:
    """Puts `other` in place of every occurrence of what is said, whatever its case."""
    return str(regex.sub(regex.escape(said), lambda found: other, text, flags=regex.IGNORECASE))

"""Makes minimal edits of a sentence by rule, in Chinese or English: a word moved, a negation, another number, a synonym. Knows no metric.

Rules, not grammar: a result may be clumsy, and is always shown. What a rule can't do in a text it leaves out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import regex

from playground.lab.text import Language, Text
from playground.language.parts_of_speech import Tagged, tag_words
from playground.language.scripts import main_language
from playground.language.segmentation import Segment, segment

KINDS = ("moved", "synonym", "negation", "number")
_TIMES_ZH = frozenset(
    "昨天 今天 明天 昨晚 今晚 前天 后天 现在 刚才 最近 早上 上午 中午 下午 晚上 去年 今年 明年 上周 这周 下周".split()
)
_TIMES_EN = frozenset("yesterday today tomorrow now recently tonight finally suddenly usually sometimes".split())
_DIGITS_ZH = "一二三四五六七八九"
_NUMBERS_EN = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand".split()
)
_NEGATIONS_ZH = regex.compile("没有(?=\\p{Han})|没(?=\\p{Han})|并不|不(?!过|仅|但|管|论|如|同|久|少|断)")
_NEGATED_EN = regex.compile(
    r"\b(is|are|was|were|does|do|did|would|could|should|has|have|had|ca|wo)n['’]t\b", regex.IGNORECASE
)
_NOT_EN = regex.compile(r"\b(?:can)?not\b ?|\bnever\b ?", regex.IGNORECASE)
_HELPERS_EN = regex.compile(r"\b(?:is|are|was|were|am|will|would|can|could|should|must|might|may)\b", regex.IGNORECASE)
_SYNONYMS = Path(__file__).with_name("synonyms.tsv")


@dataclass(frozen=True)
class Edit:
    """An edited text. `kind`: one of KINDS. `done`: what was changed, in words. `keeps_meaning`: whether it should mean the same;
    None where the rule can't know."""

    kind: str
    text: str
    done: Text
    keeps_meaning: bool | None


def edits(text: str) -> tuple[Edit, ...]:
    """Returns the edits that can be made of a text, in the order of KINDS, without those that leave it as it was."""
    language = main_language(text)
    made = (move(text, language), synonym(text, language), negate(text, language), other_number(text, language))
    return tuple(edit for edit in made if edit is not None and edit.text != text)


def move(text: str, language: Language) -> Edit | None:
    """Moves a word that may be elsewhere: an adverb of time goes to the start, or from the start behind the next word (Chinese) or to
    the end (English). A text without one has its first two neighbouring words of content swapped."""
    words = [part for part in segment(text, "word") if part.is_content]
    times = _TIMES_ZH if language is Language.ZH else _TIMES_EN
    found = next((index for index, word in enumerate(words) if word.text.lower() in times), None)
    if found is None or len(words) < 3:
        return _swap_neighbours(text, words)
    word = words[found]
    if found > 0:
        order = [word, *words[:found], *words[found + 1 :]]
    elif language is Language.ZH:
        order = [words[1], word, *words[2:]]
    else:
        order = [*words[1:], word]
    return Edit("moved", _reordered(text, words, order), _done("挪动“{word}”", "“{word}” moved", word=word.text), True)


def _swap_neighbours(text: str, words: list[Segment]) -> Edit | None:
    for index in range(len(words) - 1):
        first, second = words[index], words[index + 1]
        if text[first.end : second.start].strip() or first.text == second.text:
            continue
        order = [*words[:index], second, first, *words[index + 2 :]]
        return Edit(
            "moved", _reordered(text, words, order),
            _done("“{a}”与“{b}”对调", "“{a}” and “{b}” swapped", a=first.text, b=second.text), None,
        )  # fmt: skip
    return None


def _reordered(text: str, words: list[Segment], order: list[Segment]) -> str:
    """Puts words into the places of others; what is between stays. The capital of a sentence stays at its start."""
    new = [word.text for word in order]
    first = words[0].text
    if words[0].start == 0 and first[:1].isupper() and first[1:] == first[1:].lower() and order[0] is not words[0]:
        moved = next(index for index, word in enumerate(order) if word is words[0])
        new[moved] = first if first == "I" else first.lower()
        new[0] = new[0][:1].upper() + new[0][1:]
    pieces, end = [], 0
    for place, word in zip(words, new, strict=True):
        pieces += [text[end : place.start], word]
        end = place.end
    return "".join([*pieces, text[end:]])


def synonym(text: str, language: Language) -> Edit | None:
    """Replaces the first word that the list of synonyms has."""
    known = synonyms(language)
    for word in segment(text, "word"):
        other = known.get(word.text.lower())
        if other:
            new = other[:1].upper() + other[1:] if word.text[:1].isupper() else other
            return Edit("synonym", _put(text, word.start, word.end, new), _replaced(word.text, new), True)
    return None


def negate(text: str, language: Language) -> Edit | None:
    """Takes the first negation out; without one puts 没有 or 不 before the first Chinese verb (and drops its 了), or "not" after the first
    English auxiliary, else "It is not true that" in front."""
    return _negate_chinese(text) if language is Language.ZH else _negate_english(text)


def _negate_chinese(text: str) -> Edit | None:
    if found := _NEGATIONS_ZH.search(text):
        return Edit(
            "negation",
            _put(text, found.start(), found.end(), ""),
            _done("去掉“{word}”", "“{word}” removed", word=found.group()),
            False,
        )
    words = tag_words(text)
    place = next((index for index, word in enumerate(words) if _is_verb(word)), None)
    if place is None:
        return None
    verb = words[place]
    done = place + 1 < len(words) and words[place + 1].text == "了"
    inserted = "没有" if done else "不"
    end = words[place + 1].end if done else verb.end
    return Edit(
        "negation", _put(text, verb.start, end, inserted + verb.text),
        _done("“{word}”前加“{not_}”", "“{not_}” put before “{word}”", word=verb.text, not_=inserted), False,
    )  # fmt: skip


def _is_verb(word: Tagged) -> bool:
    return word.tag in ("v", "vi", "vg") or word.text in ("是", "能", "会", "可以")


def _negate_english(text: str) -> Edit | None:
    if found := _NEGATED_EN.search(text):
        helper = {"ca": "can", "wo": "will"}.get(found[1].lower(), found[1])
        return Edit("negation", _put(text, found.start(), found.end(), helper), _replaced(found.group(), helper), False)
    if found := _NOT_EN.search(text):
        kept = "can " if found.group().lower().startswith("can") else ""
        return Edit(
            "negation", _put(text, found.start(), found.end(), kept), _done("去掉“{word}”", "“{word}” removed", word=found.group().strip()), False,
        )  # fmt: skip
    if found := _HELPERS_EN.search(text):
        return Edit(
            "negation", _put(text, found.end(), found.end(), " not"),
            _done("“{word}”后加“not”", "“not” put after “{word}”", word=found.group()), False,
        )  # fmt: skip
    if not any(part.is_content for part in segment(text, "word")):
        return None
    lowered = text if regex.match(r"I\b|\p{Lu}{2}", text) else text[:1].lower() + text[1:]
    return Edit(
        "negation", "It is not true that " + lowered,
        _done("句首加“{word}”", "“{word}” put in front", word="It is not true that"), False,
    )  # fmt: skip


def other_number(text: str, language: Language) -> Edit | None:
    """Changes the first number: a digit to the next one (9 to 1), a written one to another of the list."""
    if found := regex.search(r"\p{Nd}+", text):
        last = (int(found.group()[-1]) % 9) + 1
        new = found.group()[:-1] + str(last)
        return Edit("number", _put(text, found.start(), found.end(), new), _replaced(found.group(), new), False)
    if language is Language.ZH:
        for word in tag_words(text):
            if word.tag.startswith("m") and (found := regex.search(f"[{_DIGITS_ZH}两]", word.text)):
                index = _DIGITS_ZH.find(found.group().replace("两", "二"))
                new = _DIGITS_ZH[(index + 2) % len(_DIGITS_ZH)]
                start = word.start + found.start()
                return Edit("number", _put(text, start, start + 1, new), _replaced(found.group(), new), False)
        return None
    for part in segment(text, "word"):
        if part.text.lower() in _NUMBERS_EN:
            new = _NUMBERS_EN[(_NUMBERS_EN.index(part.text.lower()) + 2) % len(_NUMBERS_EN)]
            new = new.capitalize() if part.text[:1].isupper() else new
            return Edit("number", _put(text, part.start, part.end, new), _replaced(part.text, new), False)
    return None


@functools.cache
def synonyms(language: Language) -> dict[str, str]:
    """Maps each word of the list to its synonym, both ways."""
    lines = _SYNONYMS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t")[1:] for line in lines if line.startswith(f"{language}\t")]
    both: dict[str, str] = {}
    for word, other in [*pairs, *((second, first) for first, second in pairs)]:
        both.setdefault(word, other)
    return both


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _replaced(old: str, new: str) -> Text:
    return _done("“{old}”换成“{new}”", "“{old}” replaced by “{new}”", old=old, new=new)


def _done(zh: str, en: str, **words: str) -> Text:
    return Text(zh, en).format(**words)

"""Finds names and numbers in a summary and looks them up in its source; knows no model.

What it can't know: whether a name of the source is put into the right relation, whether two spellings mean one
person, and names that its rules miss: jieba's tags for Chinese, capitals for English.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from string import ascii_letters

import regex
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from playground.lab.text import Language
from playground.language.parts_of_speech import tag_words
from playground.language.scripts import main_language
from playground.language.sentences import sentences

# jieba's tags of names: persons (nr; nrt and nrfg written in another script), places, organisations.
_NAME_TAGS = ("nrt", "nrfg", "ns", "nt")
# jieba also tags many a common noun (明白, 藏书) as a person: one is believed when it begins with a usual surname.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万钱严赖覃洪武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄"
    "聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶"
)
_NUMERALS = "零〇一二两三四五六七八九十百千万亿"
_NUMBER = regex.compile(
    rf"(?P<percent>百分之[{_NUMERALS}点]+)|(?P<digits>\d+(?:[.,:]\d+)*(?:[%％]|[十百千万亿]+| (?:thousand|million|billion)\b)?)"
    rf"|(?P<chinese>[{_NUMERALS}]{{2,}}(?:点[{_NUMERALS}]+)?|[{_NUMERALS}]点[{_NUMERALS}]{{2,}})"
)
# Runs of numerals that are words: in case, by all means, one by one.
_NO_NUMBERS = frozenset(("万一", "千万", "一一", "一二", "万万", "百万", "亿万"))
# The number of a list's item counts nothing.
_ITEM = regex.compile(r"\s*[(（]?\d{1,3}[.)）、](?!\d)")
_OPENING = regex.compile(rf"(?:{_ITEM.pattern}|\s*[-*•·]\s)?[\s\"'“‘(\[]*")
# Chinese and Japanese put no space between their own letters and Latin ones: 昨天OpenAI发布.
_LETTER = r"(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])\p{L})"
_BEFORE, _AFTER = rf"(?<!{_LETTER}|\p{{Nd}})", rf"(?!{_LETTER}|\p{{Nd}})"
# A capitalised word without its possessive ending; it may hold hyphens and apostrophes, and a small letter or two before (iPhone).
_CAPITAL = (
    rf"\p{{Ll}}{{0,2}}\p{{Lu}}(?:{_LETTER}|[\p{{M}}\p{{Nd}}]|[.\-](?={_LETTER}|\p{{Nd}})|['’](?!s\b)(?={_LETTER}))*"
)
_NAME = regex.compile(rf"{_BEFORE}{_CAPITAL}(?:(?: (?:of|de|da|van|von|der|&))? {_CAPITAL})*")
# A capital or a digit after the first letter: OpenAI, NASA, GPT-4.
_INNER_CAPITAL = regex.compile(r".+[\p{Lu}\p{Nd}]")
_PIECE = regex.compile(r"\p{Nd}+|(?:(?!\p{Nd})[\p{L}\p{M}])+")
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ENGLISH_NUMBERS = {word: str(value) for value, word in enumerate(_SMALL.split())} | {
    word: str(10 * value)
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_DIGIT = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_THOUSANDS = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}


@dataclass(frozen=True)
class Mention:
    """A name or a number, `text[start:end]`; `supported`: the source has it too."""

    text: str
    start: int
    end: int
    is_number: bool
    supported: bool


def mentions(summary: str, source: str) -> list[Mention]:
    """Finds the names and numbers of a summary in their order and looks each up in the source.

    Numbers are compared by value, in digits or in Chinese numerals, and English ones up to ninety in words; names by their letters and digits, however these are
    spaced and hyphenated.
    """
    found = sorted({*_numbers(summary), *_chinese_names(summary), *_english_names(summary, source)})
    apart: list[tuple[int, int, bool]] = []
    for start, end, is_number in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end, is_number))
    known = {value_of(source[start:end]) for start, end, _ in _numbers(source)}
    folded = _fold(source)
    known |= {value for word, value in _ENGLISH_NUMBERS.items() if regex.search(rf"\b{word}\b", folded)}
    return [
        Mention(text, start, end, is_number, value_of(text) in known if is_number else _has(folded, text))
        for start, end, is_number in apart
        for text in [summary[start:end]]
    ]


def _numbers(text: str) -> Iterator[tuple[int, int, bool]]:
    items = {
        sentence.start + len(one.group().rstrip(".)）、"))
        for sentence in sentences(text)
        if (one := _ITEM.match(sentence.text))
    }
    for found in _NUMBER.finditer(text):
        if found.group() not in _NO_NUMBERS and found.end() not in items:
            yield found.start(), found.end(), True


def _chinese_names(text: str) -> Iterator[tuple[int, int, bool]]:
    for word in tag_words(text):
        person = word.tag.startswith("nr") and word.text[0] in _SURNAMES
        if len(word.text) > 1 and (person or word.tag.startswith(_NAME_TAGS)):
            yield word.start, word.end, False


def _english_names(text: str, source: str) -> Iterator[tuple[int, int, bool]]:
    """Yields runs of capitalised words. The first word of an English sentence is capitalised anyway: alone it counts only if it also
    has a capital inside a sentence elsewhere, or one inside itself, and a run without that loses it."""
    inside = set(_inner_names(text)) | set(_inner_names(source))
    for sentence in sentences(text):
        first = _first_word(sentence.text) if _is_english(sentence.text) else -1
        for found in _NAME.finditer(sentence.text):
            start, name = found.start(), found.group()
            head, _, rest = name.partition(" ")
            if start == first and head not in inside and not _INNER_CAPITAL.match(head):
                start, name = start + len(head) + 1, rest
            if name and name.lower() not in ENGLISH_STOP_WORDS:
                yield sentence.start + start, sentence.start + start + len(name), False


def _first_word(sentence: str) -> int:
    """Returns where the first word begins, after the number or bullet of a list's item and opening quotes."""
    opening = _OPENING.match(sentence)
    return opening.end() if opening else 0


def _is_english(sentence: str) -> bool:
    return main_language(sentence) is Language.EN


def _inner_names(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        for found in _NAME.finditer(sentence.text):
            if found.start() > _first_word(sentence.text):
                yield from found.group().split()


def value_of(number: str) -> str:
    """Normalizes a number: "四万三千", "4.3万", "43,000" and "43000.0" are alike, and so are "百分之七" and "7%"."""
    number = unicodedata.normalize("NFKC", number)
    if number.startswith("百分之"):
        return f"{value_of(number.removeprefix('百分之'))}%"
    if number[0] not in _NUMERALS:
        return _digits_value(number.replace(",", ""))
    whole, _, decimals = number.partition("点")
    value = _chinese_value(whole)
    return f"{value}.{''.join(str(_DIGIT.get(one, '')) for one in decimals)}" if decimals else str(value)


def _digits_value(number: str) -> str:
    digits = number.rstrip("%" + _NUMERALS + ascii_letters + " ")
    unit = number.removeprefix(digits).strip()
    times = _chinese_value(unit) if unit and unit[0] in _UNIT else _THOUSANDS.get(unit, 1)
    try:
        value = f"{(Decimal(digits) * times).normalize():f}"
    except InvalidOperation:  # a time or a version: 8:30, 1.2.3
        return number
    return f"{value}%" if unit == "%" else value


def _chinese_value(numerals: str) -> int:
    if not any(one in _UNIT for one in numerals):
        return int("".join(str(_DIGIT[one]) for one in numerals))
    total = section = digit = 0
    for one in numerals:
        if one in _DIGIT:
            digit = _DIGIT[one]
        elif _UNIT[one] < 10_000:
            section += max(digit, 1) * _UNIT[one]
            digit = 0
        elif one == "万":
            total += (section + digit or 1) * _UNIT[one]
            section = digit = 0
        else:
            total = (total + section + digit or 1) * _UNIT[one]
            section = digit = 0
    return total + section + digit


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _has(source: str, name: str) -> bool:
    """Whether the folded source has the name; where that is of letters, as whole words, be it spelt GPT-4, GPT 4 or GPT4."""
    if regex.search(r"\p{Han}", name):
        return _fold(name) in source
    # A space may be where a small letter meets a capital, or a letter a digit: Open AI.
    apart = regex.sub(r"(?<=\p{Ll})(?=\p{Lu})", " ", unicodedata.normalize("NFKC", name))
    pieces = _PIECE.findall(apart.casefold())
    spelt = r"[\s.\p{Pd}'’·]*".join(map(regex.escape, pieces))
    after = _AFTER if name[-1:].isdigit() else rf"(?!{_LETTER})"
    return regex.search(f"{_BEFORE}{spelt}{after}", source) is not None

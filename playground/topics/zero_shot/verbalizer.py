"""Reads the visitor's labels and labelled texts. Knows no model and no template.

A verbalizer maps each class to the words that stand for it in a prompt (Schick and Schütze 2021).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NoReturn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

LEAST_LABELS, MOST_LABELS, MOST_WORDS = 2, 8, 12
LONGEST_LABEL, LONGEST_TEXT = 40, 200
LEAST_TEXTS, MOST_TEXTS = 8, 80
SEPARATORS = ("\t", "：", ":", "，", ",", "；", ";", "|")
_LINE_ENDS = re.compile(r"\r\n|\r|\u2028|\u2029|\x85")
_LABEL_HEADERS = frozenset("label class category 标签 类别 分类".split())
_TEXT_HEADERS = frozenset("text sentence content 文本 内容 句子".split())
_HEADERS = _LABEL_HEADERS | _TEXT_HEADERS
_QUOTES = {'"': '"', "“": "”", "「": "」"}


@dataclass(frozen=True)
class Verbalizer:
    """The classes by name, and each one's words; a class without words of its own is its name."""

    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def all_words(self) -> tuple[str, ...]:
        """Every word, in the order of the classes."""
        return tuple(word for own in self.words for word in own)

    @property
    def owners(self) -> tuple[int, ...]:
        """The class of every word, in the same order."""
        return tuple(place for place, own in enumerate(self.words) for _ in own)

    @property
    def first_words(self) -> tuple[str, ...]:
        """The first word of every class."""
        return tuple(own[0] for own in self.words)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Texts:
    """Texts with their classes (indices of the verbalizer's names), −1 without one.

    `other`: lines left out because their label isn't among the classes. `repeated`: lines left out because the text came before.
    """

    texts: tuple[str, ...]
    classes: tuple[int, ...]
    other: int
    repeated: int

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def labelled(self) -> bool:
        """Whether the classes are known."""
        return bool(self.classes) and self.classes[0] >= 0


def read_labels(pasted: str) -> Verbalizer:
    """Reads one class a line: its name, or “name = word | word”. Raises PlaygroundError, field `labels`, that says the way out."""
    names: list[str] = []
    words: list[tuple[str, ...]] = []
    seen: dict[str, int] = {}
    used: dict[str, int] = {}
    lines = [line for line in _lines(pasted) if line.strip()]
    if len(lines) < LEAST_LABELS:
        _refuse(
            "labels",
            "“标签”只有 {n} 个，至少要 {least} 个：每行写一个，例如第一行“体育”，第二行“天气”。",
            "“Labels” has {n}; it takes {least} or more: write one a line, for example “sports” and on the next line “weather”.",
            n=len(lines), least=LEAST_LABELS,
        )  # fmt: skip
    if len(lines) > MOST_LABELS:
        _refuse("labels", "“标签”有 {n} 行，最多 {most} 行：每行一个标签，请删去一些。",
                "“Labels” has {n} lines; the limit is {most}, one label a line. Remove some.", n=len(lines), most=MOST_LABELS)  # fmt: skip
    for number, line in enumerate(lines, 1):
        name, equals, rest = line.replace("＝", "=").replace("｜", "|").partition("=")
        name = _tidy(name)
        own = tuple(_tidy(word) for word in rest.split("|")) if equals else (name,)
        for part in (name, *own):
            if not part:
                _refuse("labels", "“标签”第 {n} 行缺了类名或词，请写成“类名”或“类名 = 词 | 词”。",
                        "Line {n} of “Labels” lacks a name or a word: write “name” or “name = word | word”.", n=number)  # fmt: skip
            if len(part) > LONGEST_LABEL:
                _refuse(
                    "labels",
                    "“标签”第 {n} 行的标签有 {found} 个字符，最多 {most} 个：标签是模型要生成的一两个词，不是一段文本。",
                    "The label in line {n} of “Labels” has {found} characters, {most} at most: a label is a word or two for the model to"
                    " generate, not a text.",
                    n=number, found=len(part), most=LONGEST_LABEL,
                )  # fmt: skip
        for key, before, what in ((_key(name), seen, name), *((_key(word), used, word) for word in own)):
            if key in before:
                _refuse("labels", "“标签”第 {n} 行的“{what}”在第 {first} 行已经有了：请删去一个，或换一个词。",
                        "“{what}” in line {n} of “Labels” is in line {first} already: remove one, or choose another word.",
                        n=number, what=what, first=before[key])  # fmt: skip
            before[key] = number
        names.append(name)
        words.append(own)
    if sum(map(len, words)) > MOST_WORDS:
        _refuse("labels", "“标签”一共有 {n} 个词，最多 {most} 个，请删去一些。",
                "“Labels” has {n} words in all; the limit is {most}. Remove some.", n=sum(map(len, words)), most=MOST_WORDS)  # fmt: skip
    return Verbalizer(tuple(names), tuple(words))


def read_texts(pasted: str, names: Sequence[str]) -> Texts:
    """Reads one text a line, its label in front or, as in many CSV files, at the end; a first line that names these two columns is left
    out, one that names more is refused. When no label is among `names`, the texts are kept without classes.

    Raises PlaygroundError, field `texts`, that says where the fault is and the way out.
    """
    lines = [(number, line) for number, line in enumerate(_lines(pasted), 1) if line.strip()]
    places = {_key(name): place for place, name in enumerate(names)}
    if lines:
        _check_columns(lines[0][1], places)
    # Every separator with the label on either side: the cut that fits most lines, of equal ones that with most known labels, then with fewest.
    cuts = [
        [(number, *_split(line, separator, last=last)) for number, line in lines]
        for separator in SEPARATORS
        for last in (False, True)
    ]
    cut = min(
        cuts,
        key=lambda rows: (
            len(_missing(rows)),
            -sum(_key(label) in places for _, label, _ in rows),
            len({_key(label) for _, label, _ in rows}),
        ),
    )
    if len(cut) > 1 and _key(cut[0][1]) not in places and _is_header(cut[0]):
        del cut[0]
    if len(cut) > MOST_TEXTS:
        _refuse("texts", "“带标签的文本”有 {n} 行，最多 {most} 行：每行要在许多模板下各读一次，请删去一些。",
                "“Labelled texts” has {n} lines; the limit is {most}, since each is read under many templates. Remove some.",
                n=len(cut), most=MOST_TEXTS)  # fmt: skip
    missing = _missing(cut)
    if missing:
        _refuse(
            "texts",
            "“带标签的文本”第 {n} 行分不出标签和文本。请一行一条：标签、制表符或冒号、文本；各行用同一种分隔符。",
            "Line {n} of “Labelled texts” can't be split into label and text. Write one a line: label, tab or colon, text, with the same"
            " separator throughout.",
            n=missing[0],
        )  # fmt: skip
    rows: dict[str, int] = {}
    repeated = 0
    for number, label, text in cut:
        if len(text) > LONGEST_TEXT:
            _refuse("texts", "“带标签的文本”第 {n} 行有 {found} 个字符，最多 {most} 个，请删短。",
                    "The text in line {n} of “Labelled texts” has {found} characters; the limit is {most}. Please shorten it.",
                    n=number, found=len(text), most=LONGEST_TEXT)  # fmt: skip
        repeated += text in rows
        rows.setdefault(text, places.get(_key(label), -1))
    known = {text: place for text, place in rows.items() if place >= 0}
    kept, other = (known, len(rows) - len(known)) if known else (rows, 0)
    if len(kept) < LEAST_TEXTS:
        _refuse(
            "texts",
            "“带标签的文本”里能用的只有 {n} 条，至少要 {least} 条：检查各行的标签是否就是“标签”里的类名（“=”左边）。",
            "“Labelled texts” has {n} that can be used, {least} are needed: are their labels the names in “Labels” (left of “=”)?",
            n=len(kept), least=LEAST_TEXTS,
        )  # fmt: skip
    return Texts(tuple(kept), tuple(kept.values()), other, repeated)


def _lines(pasted: str) -> list[str]:
    return _LINE_ENDS.sub("\n", pasted.removeprefix("\ufeff")).split("\n")


def _split(line: str, separator: str, *, last: bool) -> tuple[str, str]:
    """Returns label and text, the label at the line's end if `last`; "" for what isn't there."""
    if last:
        text, _, label = line.rpartition(separator)
    else:
        label, _, text = line.partition(separator)
    return _tidy(label), _tidy(text)


def _missing(rows: Sequence[tuple[int, str, str]]) -> list[int]:
    return [number for number, label, text in rows if not label or not text]


def _is_header(row: tuple[int, str, str]) -> bool:
    _, label, text = row
    return _key(label) in _HEADERS and _key(text) in _HEADERS


def _check_columns(line: str, places: Container[str]) -> None:
    """Refuses a header of more columns than label and text, such as id,text,label: the others would become part of the text."""
    for separator in SEPARATORS:
        cells = [_tidy(cell) for cell in line.split(separator)]
        keys = [_key(cell) for cell in cells]
        if len(keys) < 3 or keys[0] in places or keys[-1] in places:
            continue
        if not _LABEL_HEADERS.isdisjoint(keys) and not _TEXT_HEADERS.isdisjoint(keys):
            _refuse(
                "texts",
                "“带标签的文本”的表头有 {n} 列（{columns}），这里只读标签和文本两列。请删去其余的列。",
                "The header of “Labelled texts” names {n} columns ({columns}); a label and a text are read. Remove the other columns.",
                n=len(keys), columns=Text("、".join(cells), ", ".join(cells)),
            )  # fmt: skip


def _tidy(cell: str) -> str:
    """Takes off space around a cell and the quotation marks that enclose it, as in CSV."""
    cell = " ".join(cell.split())
    if len(cell) > 1 and _QUOTES.get(cell[0]) == cell[-1]:
        cell = cell[1:-1].replace('""', '"').strip()
    return cell


def _key(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold()


def _refuse(field: str, zh: str, en: str, **values: object) -> NoReturn:
    raise PlaygroundError(Text(zh, en).format(**values), field)

"""Reads pasted lines of label and text, and cuts them into folds. Knows no method.

Label and text are separated by a tab, comma, semicolon, colon or bar, or their full-width forms; cells may be quoted as in CSV, in
which case a text may have line breaks; a header may name the columns.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FIELD = "lines"
LEAST_LINES, MOST_LINES, MOST_CLASSES = 8, 2000, 20
LONGEST_LABEL, LONGEST_TEXT = 40, 400
SEPARATORS = ("\t", ",", "，", ";", "；", "|", ":", "：")
_LABEL_NAMES = frozenset("label class category target tag intent y 标签 类别 分类 类 意图".split())
_TEXT_NAMES = frozenset("text sentence content message utterance document x 文本 内容 句子 正文 消息 评论".split())
_FASTTEXT = re.compile(r"^__label__(\S+)[ \t]+", re.MULTILINE)
_NO_CONTENT = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class LabelledLines:
    """The lines that are used: `texts`, `labels` (indices of `classes`) and `numbers`, each line's place among those pasted, from 1.

    `classes`: names by falling number of lines. `groups`: equal for texts that differ in case, space and punctuation at most.
    `repeated`: lines left out because the same label and text came before. `single`: classes left out because they have one line.
    `cut`: texts of which only the first 400 characters are read.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    numbers: tuple[int, ...]
    classes: tuple[str, ...]
    groups: tuple[int, ...]
    repeated: int
    single: tuple[str, ...]
    cut: int

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def counts(self) -> tuple[int, ...]:
        """Lines of every class."""
        found = Counter(self.labels)
        return tuple(found[place] for place in range(len(self.classes)))

    @property
    def disputed(self) -> tuple[int, ...]:
        """Indices of lines whose text comes again with another label."""
        by_group: dict[int, set[int]] = {}
        for group, label in zip(self.groups, self.labels, strict=True):
            by_group.setdefault(group, set()).add(label)
        return tuple(index for index, group in enumerate(self.groups) if len(by_group[group]) > 1)


@dataclass(frozen=True)
class _Cut:
    """The lines cut at one separator, label on one side: (line number, label, text). `missing`: numbers of lines without both."""

    rows: tuple[tuple[int, str, str], ...]
    missing: tuple[int, ...]

    @property
    def cost(self) -> tuple[int, bool, bool, int]:
        """Smaller is likelier to be what was meant: labels come again, are few, short, and more than one."""
        labels = {label for _, label, _ in self.rows}
        unlikely = len(labels) > min(MOST_CLASSES, len(self.rows) / 2) or any(
            len(name) > LONGEST_LABEL for name in labels
        )
        return len(self.missing), unlikely, len(labels) < 2, len(labels)


def read_lines(pasted: str) -> LabelledLines:
    """Reads pasted lines. Raises PlaygroundError, field `lines`, that says where the fault is and the way out."""
    pasted = _FASTTEXT.sub(r"\1\t", re.sub(r"\r\n|\r|\u2028|\u2029|\x85", "\n", pasted.removeprefix("\ufeff")))
    cuts = [found for separator in SEPARATORS for found in _cuts(pasted, separator)]
    best = min(cuts, key=lambda one: one.cost)
    if best.missing:
        _refuse(
            "“带标签的行”第 {n} 行分不出标签和文本。请一行一条：先写标签，再写制表符或逗号，再写文本；各行用同一种分隔符。",
            "Line {n} of “Labelled lines” can't be split into label and text. Write one example a line: the label, a tab or comma, the"
            " text, with the same separator throughout.",
            n=best.missing[0],
        )
    if len(best.rows) > MOST_LINES:
        _refuse("“带标签的行”有 {n} 条，最多 {most} 条，请删去一些。", "“Labelled lines” has {n} examples; the limit is {most}. Remove some.",
                n=len(best.rows), most=MOST_LINES)  # fmt: skip
    for number, label, _ in best.rows:
        if len(label) > LONGEST_LABEL:
            _refuse(
                "“带标签的行”第 {n} 行的标签有 {found} 个字符，最多 {most} 个；是不是把文本当成了标签？标签写在前面。",
                "The label in line {n} of “Labelled lines” has {found} characters, {most} at most: is it a text? The label comes first.",
                n=number, found=len(label), most=LONGEST_LABEL,
            )  # fmt: skip
    return _tidy(best.rows)


def _cuts(pasted: str, separator: str) -> list[_Cut]:
    records = _records(pasted, separator)
    named = _named(records)
    if named is not None:
        label, text, width = named
        good = [(n, row[label].strip(), row[text]) for n, row in records[1:] if len(row) == width]
        return [_checked(good, [n for n, row in records[1:] if len(row) != width])]
    found = []
    for last in (False, True):
        rows = [
            (n, row[-1].strip(), separator.join(row[:-1])) if last else (n, row[0].strip(), separator.join(row[1:]))
            for n, row in records
            if len(row) > 1
        ]
        found.append(_checked(rows, [n for n, row in records if len(row) < 2]))
    return found


def _records(pasted: str, separator: str) -> list[tuple[int, list[str]]]:
    """Cuts the lines at every separator outside quotes, blank lines left out; each with the number of its first line, from 1."""
    plain = [(n, line) for n, line in enumerate(pasted.split("\n"), 1) if line.strip()]
    if '"' in pasted:
        reader = csv.reader(io.StringIO(pasted), delimiter=separator, skipinitialspace=True, strict=True)
        quoted, before = [], 0
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    quoted.append((before + 1, row))
                before = reader.line_num
        except csv.Error:
            # A quotation mark that is part of a text: the lines are taken as they are.
            return [(n, line.split(separator)) for n, line in plain]
        if all(len(row) > 1 for _, row in quoted):
            return quoted
    return [(n, line.split(separator)) for n, line in plain]


def _named(records: Sequence[tuple[int, list[str]]]) -> tuple[int, int, int] | None:
    """Returns the places of label and text, and the number of columns, if the first record is a header."""
    if len(records) < 2:
        return None
    header = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in records[0][1]]
    label = [place for place, name in enumerate(header) if name in _LABEL_NAMES]
    text = [place for place, name in enumerate(header) if name in _TEXT_NAMES]
    return (label[0], text[0], len(header)) if len(label) == len(text) == 1 else None


def _checked(rows: Sequence[tuple[int, str, str]], missing: Sequence[int]) -> _Cut:
    good = [(n, " ".join(label.split()), " ".join(text.split())) for n, label, text in rows]
    blank = [n for n, label, text in good if not label or not text]
    return _Cut(tuple(row for row in good if row[1] and row[2]), tuple(sorted([*missing, *blank])))


def _tidy(rows: Sequence[tuple[int, str, str]]) -> LabelledLines:
    """Takes spellings of one label together, leaves out repeats and classes of one line, and orders the classes."""
    spelling: dict[str, str] = {}
    for _, label, _ in rows:
        spelling.setdefault(unicodedata.normalize("NFKC", label).casefold(), label)
    if len(spelling) > MOST_CLASSES:
        _refuse("“带标签的行”里有 {n} 种标签，最多 {most} 种；是不是把文本当成了标签？标签写在前面。",
                "“Labelled lines” has {n} different labels, {most} at most: are texts among them? The label comes first.",
                n=len(spelling), most=MOST_CLASSES)  # fmt: skip
    if len(spelling) < 2:
        _refuse("“带标签的行”里只有一种标签“{label}”，分类至少要有两种。",
                "“Labelled lines” has a single label, “{label}”; classification needs two at least.",
                label=next(iter(spelling.values()), "–"))  # fmt: skip
    # Of one label and text the first line is kept.
    unique: dict[tuple[str, str], int] = {}
    for number, label, text in rows:
        unique.setdefault((spelling[unicodedata.normalize("NFKC", label).casefold()], text[:LONGEST_TEXT]), number)
    counts = Counter(label for label, _ in unique)
    kept = [(number, label, text) for (label, text), number in unique.items() if counts[label] > 1]
    single = tuple(label for label, count in counts.items() if count == 1)
    classes = tuple(label for label, count in counts.most_common() if count > 1)
    if len(classes) < 2 or len(kept) < LEAST_LINES:
        _refuse(
            "“带标签的行”去掉重复的行和只有一行的类之后，剩 {n} 行、{classes} 类；至少要有 {least} 行、2 类，每类两行以上。",
            "Without repeated lines and classes of one line, “Labelled lines” has {n} lines in {classes} classes; it needs {least} lines"
            " and 2 classes of two lines or more.",
            n=len(kept), classes=len(classes), least=LEAST_LINES,
        )  # fmt: skip
    contents: dict[str, int] = {}
    places = {label: place for place, label in enumerate(classes)}
    return LabelledLines(
        texts=tuple(text for _, _, text in kept),
        labels=tuple(places[label] for _, label, _ in kept),
        numbers=tuple(number for number, _, _ in kept),
        classes=classes,
        groups=tuple(contents.setdefault(_content(text), len(contents)) for _, _, text in kept),
        repeated=len(rows) - len(unique),
        single=single,
        cut=sum(len(text) > LONGEST_TEXT for _, _, text in rows),
    )


def _content(text: str) -> str:
    """What makes two texts duplicates: neither case, space nor punctuation; a text of nothing else is itself."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _NO_CONTENT.sub("", plain) or plain


def deal_folds(lines: LabelledLines, folds: int, seed: int) -> NDArray[np.int64]:
    """Returns each line's fold (lines,), 0 to folds − 1, or fewer folds where no class has as many lines.

    Stratified: a class's groups are dealt to the folds in turn, so that folds have as many of each class as can be. Grouped:
    duplicates go to the same fold, or a test line would have been seen in training.
    """
    random = np.random.default_rng([seed, 0])
    groups = np.asarray(lines.groups)
    first = {int(group): int(index) for index, group in reversed(list(enumerate(groups)))}
    by_class: dict[int, list[int]] = {}
    for group, index in sorted(first.items()):
        by_class.setdefault(lines.labels[index], []).append(group)
    folds = max(2, min(folds, max(map(len, by_class.values()))))
    fold_of: dict[int, int] = {}
    for label in sorted(by_class):
        for group in random.permutation(by_class[label]):
            # Counted on from the class before, so that small classes don't all fill the first folds.
            fold_of[int(group)] = len(fold_of) % folds
    return np.array([fold_of[int(group)] for group in groups], dtype=np.int64)


def _refuse(zh: str, en: str, **values: object) -> NoReturn:
    raise PlaygroundError(Text(zh, en).format(**values), FIELD)

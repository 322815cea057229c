"""Reads the visitor's own new data: one `label<TAB>text` a line. Knows no model and no network."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import NoReturn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FIELD = "lines"
LEAST_LINES, MOST_LINES, LEAST_OF_A_LABEL, MOST_NEW_LABELS = 6, 200, 3, 3
LONGEST_LABEL, LONGEST_TEXT = 30, 400
# Of a label's lines every third is held out.
EVERY = 3
_ENDS = re.compile(r"\r\n|[\r\n\u2028\u2029\x85]")


@dataclass(frozen=True)
class NewLines:
    """`rows`: (class, text, held out), in the order of the lines. `names`: of all classes, the base's first, then the lines' new labels.

    `repeated`: lines left out because the same label and text came before.
    """

    rows: tuple[tuple[int, str, bool], ...]
    names: tuple[str, ...]
    repeated: int


def read_new_lines(pasted: str, known: tuple[str, ...], spoken: dict[str, str]) -> NewLines:
    """Reads lines whose labels are the base's classes or at most three new ones.

    `known`: the base's class names; `spoken`: other words for them, in lower case. Raises PlaygroundError, field `lines`, with the number of
    the line at fault and the way out.
    """
    names = list(known)
    seen: dict[str, tuple[int, int]] = {}
    found: list[tuple[int, str]] = []
    repeated = 0
    for number, line in enumerate(_ENDS.split(pasted.removeprefix("\ufeff")), start=1):
        if not line.strip():
            continue
        label, text = _split(number, line)
        name = spoken.get(label.lower(), label)
        if name not in names:
            names.append(name)
        if len(names) - len(known) > MOST_NEW_LABELS:
            _refuse(
                "“新数据”第 {n} 行是第 {found} 个模型没有的标签（“{label}”），最多 {most} 个；已有的类：{known}。标签写在制表符前面。",
                "Line {n} of “New data” has new label number {found} (“{label}”); at most {most} are possible besides the model's own classes: {known}."
                " The label comes before the tab.",
                n=number, found=len(names) - len(known), label=label, most=MOST_NEW_LABELS, known=", ".join(known),
            )  # fmt: skip
        at, key = names.index(name), " ".join(text.lower().split())
        if key in seen:
            if seen[key][1] != at:
                _refuse(
                    "“新数据”第 {n} 行与第 {first} 行文本相同而标签不同，请留下一行。",
                    "Lines {first} and {n} of “New data” have one text and two labels: keep one of them.",
                    n=number, first=seen[key][0],
                )  # fmt: skip
            repeated += 1
            continue
        seen[key] = number, at
        found.append((at, text))
    _check_counts(found, names)
    return NewLines(tuple(_held_out(found)), tuple(names), repeated)


def _split(number: int, line: str) -> tuple[str, str]:
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) != 2:
        _refuse(
            "“新数据”第 {n} 行有 {found} 个制表符，应当正好一个：标签、制表符、文本（不要用逗号或引号分列）。",
            "Line {n} of “New data” has {found} tabs and needs exactly one: label, tab, text (no commas or quotes between columns).",
            n=number, found=len(parts) - 1,
        )  # fmt: skip
    label, text = parts
    if not label or not text:
        _refuse(
            "“新数据”第 {n} 行缺标签或文本，请补上或删去这一行。",
            "Line {n} of “New data” lacks its label or its text: add it, or remove the line.",
            n=number,
        )
    sizes = (
        (Text(zh="标签", en="label"), len(label), LONGEST_LABEL),
        (Text(zh="文本", en="text"), len(text), LONGEST_TEXT),
    )
    for name, size, most in sizes:
        if size > most:
            _refuse(
                "“新数据”第 {n} 行的{name}有 {found} 个字符，最多 {most} 个，请缩短。",
                "The {name} in line {n} of “New data” has {found} characters, {most} at most: shorten it.",
                n=number, name=name, found=size, most=most,
            )  # fmt: skip
    return label, text


def _check_counts(found: list[tuple[int, str]], names: list[str]) -> None:
    if not LEAST_LINES <= len(found) <= MOST_LINES:
        _refuse(
            "“新数据”有 {n} 条不同的行，应在 {low} 到 {high} 条之间；留空则用自带的新数据。",
            "“New data” has {n} different lines, and needs {low} to {high}; leave it empty for the built-in new data.",
            n=len(found), low=LEAST_LINES, high=MOST_LINES,
        )  # fmt: skip
    for at, count in Counter(at for at, _ in found).items():
        if count < LEAST_OF_A_LABEL:
            _refuse(
                "“新数据”里标签“{label}”只有 {n} 行，至少要 {least} 行（其中三分之一留出来测）。",
                "“New data” has {n} of label “{label}”, and needs {least} lines or more of each (a third is held out).",
                n=count, label=names[at], least=LEAST_OF_A_LABEL,
            )  # fmt: skip


def _held_out(found: list[tuple[int, str]]) -> list[tuple[int, str, bool]]:
    counts: Counter[int] = Counter()
    rows = []
    for at, text in found:
        counts[at] += 1
        rows.append((at, text, counts[at] % EVERY == 0))
    return rows


def _refuse(zh: str, en: str, **values: object) -> NoReturn:
    raise PlaygroundError(Text(zh=zh, en=en).format(**values), field=FIELD)

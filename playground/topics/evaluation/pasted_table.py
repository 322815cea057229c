"""Reads a pasted table of labels: gold, prediction A, prediction B, and A's confidence. Knows no metric.

Columns may be separated by tabs, commas, semicolons or their full-width forms, and quoted; a header row in Chinese or English
names them, without one they are taken in this order.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Label, Text

SEPARATORS: dict[str, Label] = {
    "\t": Text(zh="制表符", en="tab"),
    ";": Text(zh="分号", en="semicolon"),
    "；": Text(zh="全角分号", en="full-width semicolon"),
    ",": Text(zh="逗号", en="comma"),
    "，": Text(zh="全角逗号", en="full-width comma"),
}
LEAST_ROWS = 4
MOST_ROWS = 2000
MOST_CLASSES = 12
FIELD = "table"
_NAMES = {
    "gold": "gold label truth target y_true reference answer 标准答案 真值 真实 真实标签 标签 标注 金标 参考 答案 正确答案",
    "a": "a pred_a prediction_a prediction predicted model_a system_a y_pred 预测a 模型a 系统a 甲 预测 a预测",
    "b": "b pred_b prediction_b model_b system_b baseline 预测b 模型b 系统b 乙 b预测",
    "confidence": "p prob prob_a p_a probability confidence confidence_a score 概率 置信度 a概率 a置信度 概率a 置信度a a的置信度",
}
_COLUMN_OF = {name: column for column, names in _NAMES.items() for name in names.split()}


@dataclass(frozen=True)
class Labelled:
    """A table as read: `gold`, `a`, `b` (empty without the column) and `confidence` (0 to 1, of A's answers; empty likewise).

    `separator`: one of SEPARATORS. `header`: whether the first row was one.
    """

    gold: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    confidence: tuple[float, ...]
    separator: str
    header: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """Every label of the table, sorted."""
        return tuple(sorted({*self.gold, *self.a, *self.b}))


def read_table(text: str) -> Labelled:
    """Reads a table. Raises PlaygroundError, field `table`, that names row and fault."""
    lines = [line for line in re.split(r"\r\n|\r|\n|\u2028", text.removeprefix("\ufeff")) if line.strip()]
    separator, rows = _rows(lines)
    header = [_COLUMN_OF.get(_plain(cell).lower().replace(" ", "_").replace("-", "_")) for cell in rows[0]]
    # A label may be called like a column: a header's name doesn't come again below it.
    named = "gold" in header and rows[0][header.index("gold")] not in {row[header.index("gold")] for row in rows[1:]}
    if named:
        places = {column: place for place, column in reversed(list(enumerate(header))) if column}
        if "a" not in places:
            _refuse("表头里有标准答案一列，却没有预测 A 一列（如“预测A”或 a）。",
                    "The header has a gold column and none for prediction A (such as a or pred_a).")  # fmt: skip
        rows = rows[1:]
    else:
        places = dict(zip(("gold", "a", "b", "confidence"), range(len(rows[0])), strict=False))
    if not LEAST_ROWS <= len(rows) <= MOST_ROWS:
        _refuse("标注表有 {n} 行数据，应为 {low} 到 {high} 行。", "Rows of data in the table: {n}; it needs {low} to {high}.",
                n=len(rows), low=LEAST_ROWS, high=MOST_ROWS)  # fmt: skip
    columns = {column: [_plain(row[place]) for row in rows] for column, place in places.items()}
    for column in ("gold", "a", "b"):
        for number, cell in enumerate(columns.get(column, []), 1 + named):
            if not cell:
                _refuse(
                    "标注表第 {n} 行有空的标签，请补上。",
                    "Row {n} of the table has an empty label: fill it in.",
                    n=number,
                )
    read = Labelled(
        tuple(columns["gold"]), tuple(columns["a"]), tuple(columns.get("b", ())),
        tuple(_confidence(cell, number) for number, cell in enumerate(columns.get("confidence", []), 1 + named)),
        separator, named,
    )  # fmt: skip
    if len(read.classes) > MOST_CLASSES:
        _refuse("标注表里有 {n} 种标签，最多 {most} 种；是不是把文本列当成了标签？",
                "The table has {n} different labels, {most} at most: is a column of texts among them?",
                n=len(read.classes), most=MOST_CLASSES)  # fmt: skip
    return read


def _rows(lines: list[str]) -> tuple[str, list[list[str]]]:
    """Cuts the lines at the separator that gives every row the same number of columns, the largest."""
    best: tuple[int, str, list[list[str]]] | None = None
    uneven: tuple[int, int, int] | None = None
    for separator in SEPARATORS:
        rows = [list(row) for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
        counts = [len(row) for row in rows]
        if min(counts, default=0) >= 2 and len(set(counts)) == 1:
            if best is None or counts[0] > best[0]:
                best = counts[0], separator, rows
        elif counts and counts[0] >= 2 and uneven is None:
            odd = next(index for index, count in enumerate(counts) if count != counts[0])
            uneven = odd + 1, counts[odd], counts[0]
    if best is not None:
        return best[1], best[2]
    if uneven is not None:
        _refuse("标注表第 {n} 行有 {found} 列，第一行有 {first} 列；含分隔符的内容请加引号。",
                "Row {n} of the table has {found} columns, the first row has {first}: quote what contains the separator.",
                n=uneven[0], found=uneven[1], first=uneven[2])  # fmt: skip
    return _refuse("标注表至少要有两列（标准答案、预测 A），用制表符、逗号或分号隔开。",
            "The table needs at least two columns (gold, prediction A), separated by tabs, commas or semicolons.")  # fmt: skip


def _plain(cell: str) -> str:
    """Takes out space, curly quotes around a cell and the width of characters, so that Ａ and A are one label."""
    return unicodedata.normalize("NFKC", cell.strip().strip("“”")).strip()


def _confidence(cell: str, row: int) -> float:
    try:
        value = float(cell.removesuffix("%")) / (100 if cell.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        _refuse("标注表第 {n} 行的概率是“{cell}”，应为 0 到 1 的数或百分数。",
                "The probability in row {n} of the table is “{cell}”; it must be a number from 0 to 1 or a percentage.",
                n=row, cell=cell[:20])  # fmt: skip
    return value


def _refuse(zh: str, en: str, **values: object) -> NoReturn:
    raise PlaygroundError(Text(zh, en).format(**values), FIELD)

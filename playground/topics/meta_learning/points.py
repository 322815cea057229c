"""Reads the visitor's points, one “x y” a line. Knows no network."""

from __future__ import annotations

import re
import unicodedata

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.topics.meta_learning.sines import REACH

FIELD = "points"
LEAST, MOST = 2, 10
HIGHEST = 10.0
Points = tuple[tuple[float, float], ...]


def read_points(text: str) -> Points:
    """Reads from 2 to 10 points with x from −5 to 5 and y from −10 to 10; a line holds x and y, apart by space, comma or tab.

    Raises PlaygroundError, field `points`, that names the line and how to correct it.
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("、", ",")
    lines = [(at, line.strip()) for at, line in enumerate(plain.splitlines(), 1) if line.strip()]
    found: list[tuple[float, float]] = []
    for at, line in lines:
        cells = [cell.strip("\"' ()") for cell in re.split(r"[\s,;]+", line.strip("\"' (),;"))]
        try:
            numbers = [float(cell) for cell in cells]
        except ValueError:
            numbers = []
        if len(numbers) != 2:
            _refuse("第 {at} 行“{line}”不是一个点：每行写 x 和 y 两个数，例如 1.5 2 或 1.5,2。",
                    "line {at}, “{line}”, is no point: write two numbers a line, x and y, such as 1.5 2 or 1.5,2.", at=at, line=line[:30])  # fmt: skip
        x, y = numbers
        if not (abs(x) <= REACH and abs(y) <= HIGHEST):
            _refuse("第 {at} 行“{line}”超出范围：x 在 −{x} 到 {x} 之间，y 在 −{y} 到 {y} 之间。",
                    "line {at}, “{line}”, is out of bounds: x is from −{x} to {x}, y from −{y} to {y}.",
                    at=at, line=line[:30], x=f"{REACH:g}", y=f"{HIGHEST:g}")  # fmt: skip
        if any(x == other for other, _ in found):
            _refuse("x = {x} 出现了两次（第 {at} 行）：一个 x 只能有一个 y，请改一个。",
                    "x = {x} comes twice (line {at}): a function has one y for an x, so change one of them.", x=f"{x:g}", at=at)  # fmt: skip
        found.append((x, y))
    if not LEAST <= len(found) <= MOST:
        _refuse("有 {n} 个点，应有 {least} 到 {most} 个，每行一个，例如 1.5 2。",
                "there are {n} points; give from {least} to {most}, one a line, such as 1.5 2.", n=len(found), least=LEAST, most=MOST)  # fmt: skip
    return tuple(found)


def _refuse(zh: str, en: str, **values: object) -> None:
    raise PlaygroundError(Text(zh="“你的点”：" + zh, en="“Your points”: " + en).format(**values), FIELD)

"""Reads a pasted table of numbers, with or without dates and a header, to an equally spaced series. Knows no method."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from playground.data.series import MOST_VALUES, SEASONS, Series, find_season
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FIELD = "pasted"
LEAST_VALUES = 30
SEPARATORS = ("\t", ";", "；", "|", ",", "，")
_MISSING = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "--", "—", "无", "缺失", "空", "."])
_DATE = re.compile(r"^\d{4}(?:\D\d{1,2}){0,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$")
_QUARTER = re.compile(r"^(\d{4})\s*-?\s*[Qq季]\s*第?([1-4])(?:季度?)?$|^(\d{4})年?第?([1-4一二三四])季度?$")
# The median days between dates, at least: the step that they have.
_STEPS = ((300, "Y"), (80, "Q"), (26, "M"), (6.5, "W"), (0.9, "D"), (0.03, "h"))


def read_series(text: str, column: str = "") -> Series:
    """Reads numbers separated by lines, or a table's column. `column`: its name or number from 1, by default the first of numbers.

    Dates, where a column has them, decide order and step: unsorted ones are sorted, several values of one date are averaged, and
    dates left out are filled in by a straight line, as are missing values. Longer series are cut to the newest `MOST_VALUES`.
    Raises PlaygroundError, field `pasted` or `column`, that says what is wrong and how to correct it.
    """
    rows = _rows(text)
    if len(rows) == 1 and len(rows[0]) > 2:
        rows = [[cell] for cell in rows[0]]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    rows = [(row + [""] * width)[:width] for row in rows]
    dated = _dates_in(rows)
    header = rows[0] if _is_header(rows, dated) else None
    body = rows[1:] if header else rows
    if not body:
        _refuse(
            "除表头外没有数据，请至少贴 {least} 个数。",
            "There is nothing below the header: paste at least {least} numbers.",
            least=LEAST_VALUES,
        )
    place = _place(body, header, column, dated)
    numbers = [_number(row[place], at) for at, row in enumerate(body, 1 + (header is not None))]
    notes: list[Text] = []
    known = sum(not math.isnan(number) for number in numbers)
    if known < LEAST_VALUES:
        _refuse("只读到 {n} 个数，至少要 {least} 个：回测要留出训练段和多个起点。",
                "Only {n} numbers were read; at least {least} are needed, for training and for several origins.", n=known, least=LEAST_VALUES)  # fmt: skip
    step, first, last = "", "", ""
    if dated is not None and dated != place:
        numbers, step, first, last = _by_date([row[dated] for row in body], numbers, notes)
    numbers = _filled(numbers, notes)
    if len(numbers) > MOST_VALUES:
        notes.append(
            Text(zh="共 {n} 个值，只用最新的 {most} 个", en="of {n} values the newest {most} are used").format(
                n=len(numbers), most=MOST_VALUES
            )
        )
        numbers, first = numbers[-MOST_VALUES:], ""
    if max(numbers) - min(numbers) <= 1e-12 * max(1.0, abs(max(numbers)), abs(min(numbers))):
        _refuse(
            "所有的值都相等，没有可预测的东西；请贴一个有变化的序列。",
            "All values are equal, so there is nothing to forecast: paste a series that varies.",
        )
    found = Series(tuple(numbers), 1, step, first, last, tuple(notes))
    season = SEASONS[step] if step and step != "Y" else find_season(found.values)
    return replace(found, season=season if 3 * season <= len(numbers) else 1)


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in re.split(r"\r\n|\r|\n|\u2028", text.removeprefix("\ufeff")) if line.strip()]
    if not lines:
        _refuse("还没有数据：每行一个数，或从表格里复制两列（日期、数值）。",
                "There are no data yet: one number a line, or two columns (date, value) copied from a spreadsheet.")  # fmt: skip
    best: tuple[int, int, list[list[str]]] = (0, 1, [[_plain(line.strip().strip('"'))] for line in lines])
    for rank, separator in enumerate(SEPARATORS):
        rows = [[_plain(cell) for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
        width, alike = Counter(map(len, rows)).most_common(1)[0]
        # "1,234" a line is a number with its thousands, not two columns.
        grouped = separator == "," and all(
            re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", line.strip().strip('"')) for line in lines
        )
        if width > 1 and alike > 0.8 * len(rows) and not grouped and (alike, -rank) > (best[0], best[1]):
            best = (alike, -rank, rows)
    if best[0] == 0 and len(lines) == 1:
        return [[_plain(cell)] for cell in re.split(r"[\s,，;；、]+", lines[0]) if cell]
    return best[2]


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell.strip().strip("“”")).strip()


def _parse(cell: str) -> float | None:
    """Parses a cell: its number, NaN for a missing value, None for text."""
    if cell.lower() in _MISSING:
        return math.nan
    plain = cell.replace("−", "-").removesuffix("%").removesuffix("℃").lstrip("¥$€£")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", plain)
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e15 else math.nan


def _number(cell: str, row: int) -> float:
    value = _parse(cell)
    if value is None:
        _refuse("第 {row} 行的“{cell}”不是数；缺失值请留空或写 NaN。",
                "“{cell}” in row {row} is not a number; leave a missing value blank or write NaN.", row=row, cell=cell[:20])  # fmt: skip
    return value


def _is_date(cell: str) -> bool:
    plain = cell.replace("年", "-").replace("月", "-").replace("日", "").rstrip("-")
    return bool(_QUARTER.match(cell)) or (
        bool(_DATE.match(plain)) and not (plain.isdigit() and not 1500 <= int(plain) <= 2500)
    )


def _dates_in(rows: list[list[str]]) -> int | None:
    """Finds the first column that holds dates below the first row; a single column holds values."""
    for place in range(len(rows[0]) if len(rows[0]) > 1 else 0):
        cells = [row[place] for row in rows[1:]]
        if cells and all(map(_is_date, cells)):
            return place
    return None


def _is_header(rows: list[list[str]], dated: int | None) -> bool:
    return all(_parse(cell) is None or cell == "" for place, cell in enumerate(rows[0]) if place != dated) and (
        dated is None
        or not _is_date(rows[0][dated])
        or any(cell for place, cell in enumerate(rows[0]) if place != dated)
    )


def _place(body: list[list[str]], header: list[str] | None, column: str, dated: int | None) -> int:
    asked = _plain(column)
    width = len(body[0])
    if asked:
        if header and asked.lower() in [name.lower() for name in header]:
            return [name.lower() for name in header].index(asked.lower())
        if asked.isdigit() and 1 <= int(asked) <= width:
            return int(asked) - 1
        names = "、".join(header) if header else f"1–{width}"
        raise PlaygroundError(
            Text(
                zh="表里没有“{asked}”这一列；可填：{names}。",
                en="The table has no column “{asked}”; there is: {names}.",
            ).format(asked=asked[:30], names=names[:200]),
            "column",
        )
    for place in range(width):
        numbers = [_parse(row[place]) for row in body]
        if place != dated and None not in numbers and any(number == number for number in numbers):
            return place
    mostly = [
        place
        for place in range(width)
        if place != dated and sum(_parse(row[place]) is not None for row in body) > len(body) / 2
    ]
    if mostly:
        return mostly[0]
    return _refuse(
        "没有一列是数。请贴一列数值，可另有一列日期。",
        "No column holds numbers: paste a column of values, with a column of dates if you like.",
    )


def _by_date(cells: list[str], numbers: list[float], notes: list[Text]) -> tuple[list[float], str, str, str]:
    """Orders values by date and puts them on an even grid of periods, missing where a date is left out."""
    import pandas

    when: Any = pandas.DatetimeIndex([_timestamp(cell, at) for at, cell in enumerate(cells, 1)])
    if not when.is_monotonic_increasing:
        notes.append(Text(zh="日期没有排好序，已按日期排序", en="dates were not in order and were sorted"))
    distinct = when.unique().sort_values()
    if len(distinct) < 3:
        _refuse(
            "不同的日期只有 {n} 个，不成序列。",
            "There are only {n} different dates, which is no series.",
            n=len(distinct),
        )
    days = float(np.median(np.diff(distinct.to_numpy()) / np.timedelta64(1, "D")))
    step = next((name for least, name in _STEPS if days >= least), "")
    if step == "D" and not (distinct.dayofweek >= 5).any() and len(distinct) > 10:
        step = "B"
    repeated = len(when) - len(distinct)
    if repeated:
        notes.append(Text(zh="重复的日期 {n} 个，取平均", en="{n} repeated dates, averaged").format(n=repeated))
    data = pandas.Series(numbers, index=when).groupby(level=0).mean().sort_index()
    if not step:
        return list(map(float, data)), "", str(distinct[0]), str(distinct[-1])
    by_period = data.groupby(_periods(data.index, step)).mean()
    grid = range(int(by_period.index[0]), int(by_period.index[-1]) + 1)
    if len(grid) > 2 * len(by_period) + 2:
        _refuse("日期之间的空缺比数据还多，请换成更粗的间隔（如按月汇总），或只贴数值一列。",
                "More dates are left out than there are: aggregate to a coarser step, such as months, or paste the values alone.")  # fmt: skip
    if len(grid) > len(by_period):
        notes.append(
            Text(zh="缺了 {n} 个日期，已补上", en="{n} dates left out were filled in").format(
                n=len(grid) - len(by_period)
            )
        )
    form = {"Y": "%Y", "Q": "%Y-%m", "M": "%Y-%m", "h": "%Y-%m-%d %H:%M"}.get(step, "%Y-%m-%d")
    return list(map(float, by_period.reindex(grid))), step, distinct[0].strftime(form), distinct[-1].strftime(form)


def _periods(index: Any, step: str) -> Any:
    """Numbers periods one after another."""
    if step in "YQM":
        months = index.year * 12 + index.month - 1
        return months // {"Y": 12, "Q": 3, "M": 1}[step]
    if step == "h":
        return (index - index[0]).total_seconds() // 3600
    days = (index.normalize() - index[0].normalize()).days
    if step == "W":
        return (days + 3) // 7
    if step == "B":
        return np.busday_count(np.datetime64(index[0].date()), index.to_numpy().astype("datetime64[D]"))
    return days


def _timestamp(cell: str, row: int) -> Any:
    import pandas

    quarter = _QUARTER.match(cell)
    if quarter:
        year, number = quarter[1] or quarter[3], quarter[2] or quarter[4]
        return pandas.Timestamp(int(year), 3 * int({"一": 1, "二": 2, "三": 3, "四": 4}.get(number, number)) - 2, 1)
    plain = cell.replace("年", "-").replace("月", "-").replace("日", "").rstrip("-").replace("/", "-").replace(".", "-")
    parts = [int(part) for part in re.split(r"[-T :]+", plain) if part]
    try:
        return pandas.Timestamp(*[*parts, 1, 1][: max(3, len(parts))])
    except (ValueError, OverflowError):
        return _refuse("第 {row} 个日期“{cell}”不存在，请改成 2024-01-31 这样的写法。",
                       "Date {row}, “{cell}”, doesn't exist: write it like 2024-01-31.", row=row, cell=cell[:20])  # fmt: skip


def _filled(numbers: list[float], notes: list[Text]) -> list[float]:
    """Fills inner gaps by straight lines and cuts those at the ends."""
    array = np.asarray(numbers, dtype=float)
    known = np.flatnonzero(~np.isnan(array))
    array = array[known[0] : known[-1] + 1]
    missing = np.isnan(array)
    if missing.mean() > 0.3:
        _refuse("{share} 的值缺失，补出来的就不是数据了；请先清理，缺失应在三成以下。",
                "{share} of the values are missing: filled in, they would be no data. Clean it first; at most 30% may be missing.",
                share=f"{missing.mean():.0%}")  # fmt: skip
    if missing.any():
        notes.append(
            Text(zh="缺失值 {n} 个，按直线补上", en="{n} missing values, filled in by straight lines").format(
                n=int(missing.sum())
            )
        )
        at = np.arange(len(array))
        array[missing] = np.interp(at[missing], at[~missing], array[~missing])
    return array.tolist()


def _refuse(zh: str, en: str, **values: object) -> NoReturn:
    raise PlaygroundError(Text(zh, en).format(**values), FIELD)

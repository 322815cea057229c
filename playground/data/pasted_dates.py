"""Reads dates as people write them in a pasted table, and puts the values beside them on an even grid. Knows no header and no number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FIELD = "pasted"
_DATE = re.compile(r"^\d{4}(?:\D\d{1,2}){0,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$")
_QUARTER = re.compile(r"^(\d{4})\s*-?\s*[Qq季]\s*第?([1-4])(?:季度?)?$|^(\d{4})年?第?([1-4一二三四])季度?$")
# What is rewritten: 31.01.2024 and 1/31/2024, with a time or without; 20240131 and 202401; a time's fraction and zone.
_YEAR_LAST = re.compile(r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})((?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?)$")
_COMPACT = re.compile(r"^(1[5-9]\d\d|2[0-4]\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$")
_ZONED = re.compile(
    r"^(\d{4}\D\d{1,2}\D\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?(?: ?(?:Z|UTC|[-+]\d{2}:?\d{2}))?$"
)
_MONTH = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"  # fmt: skip
_LIKE_A_DATE = re.compile(rf"^\d{{1,4}}[-/. ]\d{{1,2}}[-/. ]\d{{1,4}}(?!\d)|^(?=.*\d).*\b(?:{_MONTH})\b", re.IGNORECASE)
# At most this share of a column of dates may be blank or words, such as a row of totals.
UNDATED = 0.1
# The median days between dates, at least: the step that they have.
_STEPS = ((300, "Y"), (80, "Q"), (26, "M"), (6.5, "W"), (0.9, "D"), (0.03, "h"))


def year_first(cells: list[str]) -> list[str]:
    """Rewrites a column's dates, nearly all below its first cell, that begin with the year only after this: 31.01.2024 and 1/31/2024,
    where it is certain which number is the day, and 20240131. A time's zone is dropped: the times are taken as they are on the clock.
    """
    cells = [_ZONED.sub(r"\1", cell) for cell in cells]
    found = [_YEAR_LAST.match(cell) for cell in cells]
    if _mostly(found):
        day_first = _day_first([one for one in found if one])
        if day_first is not None:
            day, month = (1, 3) if day_first else (3, 1)
            cells = [f"{one[4]}-{one[month]}-{one[day]}{one[5]}" if one else cell for one, cell in zip(found, cells, strict=True)]  # fmt: skip
    found = [_COMPACT.match(cell) for cell in cells]
    if _mostly(found):
        cells = ["-".join(filter(None, one.groups())) if one else cell for one, cell in zip(found, cells, strict=True)]
    return cells


def _mostly(found: Sequence[object]) -> bool:
    """Whether nearly all of a column but its first cell, which may be its name, was found."""
    return sum(map(bool, found[1:])) >= max(1.0, (1 - UNDATED) * (len(found) - 1))


def _day_first(dates: Sequence[re.Match[str]]) -> bool | None:
    """Whether the day comes before the month, or None if that can't be told.

    A number above 12 is a day. So is the one that never changes, as in 1/1/2024, 2/1/2024, 3/1/2024, where dates are distinct and without
    a time: by the hour or several times a day, the month doesn't change either. With points the day is first.
    """
    first, second = ({int(one[place]) for one in dates} for place in (1, 3))
    if max(first) > 12 or max(second) > 12:
        return None if min(max(first), max(second)) > 12 else max(first) > 12
    if dates[0][2] == ".":
        return True
    certain = not any(one[5] for one in dates) and len({one[0] for one in dates}) == len(dates)
    return len(first) == 1 if certain and 1 in (len(first), len(second)) else None


def is_date(cell: str) -> bool:
    """Whether a cell is a date that begins with its year, a year or a quarter."""
    plain = cell.replace("年", "-").replace("月", "-").replace("日", "").rstrip("-")
    if _QUARTER.match(cell):
        return True
    year, _, month = plain.partition(".")
    if year.isdigit() and (month.isdigit() or not month):
        # A plain number: 2024 and 2024.01 are dates, 1234.56 isn't.
        return bool(_DATE.match(plain)) and 1500 <= int(year) <= 2500 and (not month or 1 <= int(month) <= 12)
    return bool(_DATE.match(plain))


def find_dates(rows: list[list[str]]) -> int | None:
    """Finds the first column that holds dates below the first row, but for a few blank cells or words; a single column holds values."""
    for place in range(len(rows[0]) if len(rows[0]) > 1 else 0):
        cells = [row[place] for row in rows]
        dates = [is_date(cell) for cell in cells]
        others = [cell for cell, dated in zip(cells[1:], dates[1:], strict=True) if not dated]
        if _mostly(dates) and not any(re.fullmatch(r"[-+]?[\d.,]+%?", cell) for cell in others):
            return place
    return None


def looks_dated(cells: Sequence[str]) -> bool:
    """Whether a column, below its first cell, looks like dates to a reader, whether or not they can be read here."""
    return _mostly([_LIKE_A_DATE.search(cell) for cell in cells])


def by_date(cells: list[str], numbers: list[float], notes: list[Text]) -> tuple[list[float], str, str, str]:
    """Orders values by date and puts them on an even grid of periods, missing where a date is left out."""
    import pandas

    when: Any = pandas.DatetimeIndex([_timestamp(cell, at) for at, cell in enumerate(cells, 1)])
    if not when.is_monotonic_increasing:
        notes.append(Text(zh="日期没有排好序，已按日期排序", en="dates were not in order and were sorted"))
    distinct = when.unique().sort_values()
    if len(distinct) < 3:
        refuse(
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
        refuse("日期之间的空缺比数据还多，请换成更粗的间隔（如按月汇总），或只贴数值一列。",
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
        return refuse("第 {row} 个日期“{cell}”不存在，请改成 2024-01-31 这样的写法。",
                       "Date {row}, “{cell}”, doesn't exist: write it like 2024-01-31.", row=row, cell=cell[:20])  # fmt: skip


def refuse(zh: str, en: str, **values: object) -> NoReturn:
    """Raises the PlaygroundError of a pasted text."""
    raise PlaygroundError(Text(zh, en).format(**values), FIELD)

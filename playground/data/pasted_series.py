"""Reads a pasted table of numbers, with or without dates and a header, to an equally spaced series. Knows no method."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np

from playground.data.pasted_dates import by_date, find_dates, is_date, looks_dated, refuse, year_first
from playground.data.series import MOST_VALUES, SEASONS, Series, find_season
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

LEAST_VALUES = 30
SEPARATORS = ("\t", ";", "；", "|", ",", "，")
_MISSING = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "--", "—", "无", "缺失", "空", "."])
# A number with decimals after a comma, and one whose commas may as well group thousands.
_DECIMAL_COMMA = re.compile(r"^[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$")
_GROUPED = re.compile(r"^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$")


def read_series(text: str, column: str = "") -> Series:
    """Reads numbers separated by lines, or a table's column. `column`: its name or number from 1, by default the first of numbers
    that isn't just a count of the rows.

    Dates, where a column has them, decide order and step: unsorted ones are sorted, several values of one date are averaged, and
    dates left out are filled in by a straight line, as are missing values; rows without a date are left out. Longer series are cut
    to the newest `MOST_VALUES`. Raises PlaygroundError, field `pasted` or `column`, that says what is wrong and how to correct it.
    """
    rows, separator = _rows(text)
    if len(rows) == 1 and len(rows[0]) > 2:
        rows = [[cell] for cell in rows[0]]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    pasted = [(row + [""] * width)[:width] for row in rows]
    columns = [_with_points([row[place] for row in pasted], separator) for place in range(width)]
    rows = [list(row) for row in zip(*(map(year_first, columns) if width > 1 else columns), strict=True)]
    dated = find_dates(rows)
    if dated is not None and _holds_the_values(rows, dated):
        dated = None
    header = rows[0] if _is_header(rows, dated) else None
    # Cells with their rows' numbers as pasted.
    body = list(enumerate(rows, 1))[header is not None :]
    if not body:
        refuse(
            "除表头外没有数据，请至少贴 {least} 个数。",
            "There is nothing below the header: paste at least {least} numbers.",
            least=LEAST_VALUES,
        )
    notes: list[Text] = []
    if dated is not None:
        body = _with_dates(body, dated, notes)
    place = _place([row for _, row in body], header, column, dated)
    if columns[place] != [row[place] for row in pasted]:
        notes.append(Text(zh="逗号当小数点读", en="commas were read as decimal points"))
    if separator == "," and _may_be_decimals([row for _, row in body]):
        notes.append(
            Text(
                zh="逗号当作列的分隔；若是小数点，请改成点",
                en="commas were read as separating columns: if they are decimal signs, write points",
            )
        )
    if dated is None:
        _say_unread_dates(columns, header, place, notes)
    numbers = [_number(row[place], at) for at, row in body]
    known = sum(not math.isnan(number) for number in numbers)
    if known < LEAST_VALUES:
        refuse("只读到 {n} 个数，至少要 {least} 个：回测要留出训练段和多个起点。",
               "Only {n} numbers were read; at least {least} are needed, for training and for several origins.", n=known, least=LEAST_VALUES)  # fmt: skip
    step, first, last = "", "", ""
    if dated is not None and dated != place:
        numbers, step, first, last = by_date([row[dated] for _, row in body], numbers, notes)
    numbers = _filled(numbers, notes)
    if len(numbers) > MOST_VALUES:
        notes.append(
            Text(zh="共 {n} 个值，只用最新的 {most} 个", en="of {n} values the newest {most} are used").format(
                n=len(numbers), most=MOST_VALUES
            )
        )
        numbers, first = numbers[-MOST_VALUES:], ""
    if max(numbers) - min(numbers) <= 1e-12 * max(1.0, abs(max(numbers)), abs(min(numbers))):
        refuse(
            "所有的值都相等，没有可预测的东西；请贴一个有变化的序列。",
            "All values are equal, so there is nothing to forecast: paste a series that varies.",
        )
    found = Series(tuple(numbers), 1, step, first, last, tuple(notes), _name(header, place) if width > 1 else "")
    season = SEASONS[step] if step and step != "Y" else find_season(found.values)
    return replace(found, season=season if 3 * season <= len(numbers) else 1)


def _rows(text: str) -> tuple[list[list[str]], str]:
    """Cuts a text into cells, at the separator that cuts most lines alike; returns it too, or "" where there is none."""
    lines = [line for line in re.split(r"\r\n|\r|\n|\u2028", text.removeprefix("\ufeff")) if line.strip()]
    if not lines:
        refuse("还没有数据：每行一个数，或从表格里复制两列（日期、数值）。",
                "There are no data yet: one number a line, or two columns (date, value) copied from a spreadsheet.")  # fmt: skip
    best: tuple[int, int, list[list[str]], str] = (0, 1, [[_plain(line.strip().strip('"'))] for line in lines], "")
    for rank, separator in enumerate(SEPARATORS):
        rows = [[_plain(cell) for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
        width, alike = Counter(map(len, rows)).most_common(1)[0]
        # "1,234" a line is a number with its thousands, not two columns.
        grouped = separator == "," and all(
            re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", line.strip().strip('"')) for line in lines
        )
        if width > 1 and alike > 0.8 * len(rows) and not grouped and (alike, -rank) > (best[0], best[1]):
            best = (alike, -rank, rows, separator)
    if best[0] == 0 and len(lines) == 1:
        return [[_plain(cell)] for cell in re.split(r"[\s,，;；、]+", lines[0]) if cell], ""
    return best[2:]


def _with_points(cells: list[str], separator: str) -> list[str]:
    """Writes a column's decimal commas as points, as in 3,14 or 1.234,5. Commas with three digits after each may group thousands: they
    are decimal where another number of the column shows it, or where columns are separated by semicolons, which is what programs
    do whose decimal sign is a comma.
    """
    numbers = [bare for cell in cells if re.fullmatch(r"[-+]?\d[\d.,]*", bare := _bare(cell))]
    commas = [number for number in numbers if "," in number]
    certain = any(not _GROUPED.match(number) for number in commas)
    if not commas or not all(map(_DECIMAL_COMMA.match, commas)) or not (certain or separator == ";"):
        return cells
    return [
        cell.replace(".", "").replace(",", ".") if re.fullmatch(r"[-+]?\d+(?:\.\d{3})*(?:,\d+)?", _bare(cell)) else cell
        for cell in cells
    ]


def _bare(cell: str) -> str:
    """A cell without its unit, and with a hyphen for a minus."""
    return cell.replace("−", "-").removesuffix("%").removesuffix("℃").lstrip("¥$€£")


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell.strip().strip("“”")).strip()


def _parse(cell: str) -> float | None:
    """Parses a cell: its number, NaN for a missing value, None for text."""
    if cell.lower() in _MISSING:
        return math.nan
    plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", _bare(cell))
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e15 else math.nan


def _number(cell: str, row: int) -> float:
    value = _parse(cell)
    if value is None:
        refuse("第 {row} 行的“{cell}”不是数；缺失值请留空或写 NaN。",
                "“{cell}” in row {row} is not a number; leave a missing value blank or write NaN.", row=row, cell=cell[:20])  # fmt: skip
    return value


def _is_header(rows: list[list[str]], dated: int | None) -> bool:
    return all(_parse(cell) is None or cell == "" for place, cell in enumerate(rows[0]) if place != dated) and (
        dated is None
        or not is_date(rows[0][dated])
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
    places = [place for place in range(width) if place != dated]
    if len(places) > 1 and places[0] == 0 and _counts_rows([row[0] for row in body]):
        places = places[1:]
    for place in places:
        numbers = [_parse(row[place]) for row in body]
        if None not in numbers and any(number == number for number in numbers):
            return place
    for place in places:
        if _is_mostly_numbers([row[place] for row in body]):
            return place
    return refuse(
        "没有一列是数。请贴一列数值，可另有一列日期。",
        "No column holds numbers: paste a column of values, with a column of dates if you like.",
    )


def _is_mostly_numbers(cells: list[str]) -> bool:
    return sum(_parse(cell) is not None for cell in cells) > len(cells) / 2


def _holds_the_values(rows: list[list[str]], dated: int) -> bool:
    """Whether what looks like years is the only column of numbers, but for a count of the rows before it: 1500 to 2500 may be values."""
    columns = [list(column) for column in zip(*rows[1:], strict=True)]
    return (
        dated > 0
        and all(cell.isdigit() for cell in columns[dated] if is_date(cell))
        and _counts_rows(columns[0])
        and not any(_is_mostly_numbers(column) for place, column in enumerate(columns) if place not in (0, dated))
    )


def _may_be_decimals(body: list[list[str]]) -> bool:
    """Whether commas cut every row into two whole numbers, as they do 3,14; not so where the first just counts the rows."""
    return all(
        len(row) == 2 and re.fullmatch(r"[-+]?\d+", row[0]) and re.fullmatch(r"\d+", row[1]) for row in body
    ) and not _counts_rows([row[0] for row in body])


def _counts_rows(cells: list[str]) -> bool:
    """Whether a column counts up or down by one, as the index that programs write before a table."""
    numbers = np.array([_parse(cell) for cell in cells], dtype=float)
    return (
        len(numbers) > 1 and float(numbers[1] - numbers[0]) in (1.0, -1.0) and len(set(np.diff(numbers).tolist())) == 1
    )


def _name(header: list[str] | None, place: int) -> Text:
    """Names a column by its header, or by its number."""
    if header and header[place]:
        return Text(zh="“{name}”列", en="column “{name}”").format(name=header[place][:30])
    return Text(zh="第 {n} 列", en="column {n}").format(n=place + 1)


def _with_dates(body: list[tuple[int, list[str]]], dated: int, notes: list[Text]) -> list[tuple[int, list[str]]]:
    """The rows that have a date: a row of totals has none."""
    found = [(at, row) for at, row in body if is_date(row[dated])]
    if len(found) < len(body):
        said = Text(zh="{n} 行没有读得出的日期，已略去", en="{n:|row|rows} without a date that can be read, left out")
        notes.append(said.format(n=len(body) - len(found)))
    return found


def _say_unread_dates(columns: list[list[str]], header: list[str] | None, place: int, notes: list[Text]) -> None:
    """Adds a note on a column, other than that of the values, that looks like dates."""
    for at, cells in enumerate(columns):
        if at != place and looks_dated(cells):
            said = Text(
                zh="{name}像是日期，但读不出，各行按粘贴的次序；日期请写成 2024-01-31 这样",
                en="{name} looks like dates but can't be read, so rows are in the order pasted: write dates like 2024-01-31",
            )
            notes.append(said.format(name=_name(header, at)))
            return


def _filled(numbers: list[float], notes: list[Text]) -> list[float]:
    """Fills inner gaps by straight lines and cuts those at the ends."""
    array = np.asarray(numbers, dtype=float)
    known = np.flatnonzero(~np.isnan(array))
    array = array[known[0] : known[-1] + 1]
    missing = np.isnan(array)
    if missing.mean() > 0.3:
        refuse("{share} 的值缺失，补出来的就不是数据了；请先清理，缺失应在三成以下。",
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

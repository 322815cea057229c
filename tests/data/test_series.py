"""Pasted tables of numbers as people paste them, and the built-in series."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from playground.data.pasted_series import read_series
from playground.data.series import MOST_VALUES, NAMES, find_season, load_series
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text

VALUES = [float(at * at % 17) for at in range(40)]


def lines(*cells: str, end: str = "\n") -> str:
    return end.join(cells)


@pytest.mark.parametrize("name", NAMES)
def test_built_in_series_are_whole(name: str) -> None:
    found = load_series(name)
    assert 90 <= len(found.values) <= MOST_VALUES and all(map(math.isfinite, found.values))


@pytest.mark.parametrize("text", [
    lines(*map(str, VALUES)),
    lines(*map(str, VALUES), end="\r\n") + "\r\n\r\n",
    "\ufeff" + lines("销量", *map(str, VALUES)),
    " ".join(map(str, VALUES)),
    ",".join(map(str, VALUES)),
    "，".join(map(str, VALUES)),
    lines("名称\t数值", *(f"x{at}\t{value}" for at, value in enumerate(VALUES))),
    lines('"name","value"', *(f'"a, b";"{value}"'.replace(";", ",") for value in VALUES)),
    lines("日期；值", *(f"{1980 + at}年；{value}" for at, value in enumerate(VALUES))),
    lines(*(f"{1980 + at // 12}-{at % 12 + 1:02d}-01;{value}" for at, value in enumerate(VALUES))),
    lines(*(f"{1980 + at // 4}Q{at % 4 + 1}\t{value}\r" for at, value in enumerate(VALUES))),
    lines(*(f"￥{value}" if at else str(value) for at, value in enumerate(VALUES))),
])  # fmt: skip
def test_one_series_however_it_is_pasted(text: str) -> None:
    assert read_series(text).values == tuple(VALUES)


def test_dates_decide_order_step_and_season() -> None:
    rows = [f"2020-01-{at + 1:02d},{at}" if at < 31 else f"2020-02-{at - 30:02d},{at}" for at in range(60)]
    found = read_series("\n".join(["date,n", *rows[::-1]]))
    assert found.values == tuple(map(float, range(60))) and (found.step, found.season) == ("D", 7)
    assert [note.en for note in found.notes] == ["dates were not in order and were sorted"]
    doubled = read_series("\n".join([*rows, "2020-01-01,100"]))
    assert doubled.values[0] == 50 and any("repeated" in note.en for note in doubled.notes)
    gap = read_series("\n".join(row for at, row in enumerate(rows) if at not in (10, 11)))
    assert gap.values == tuple(map(float, range(60))) and any("2 dates" in note.en for note in gap.notes)
    quarters = read_series("\n".join(f"{2000 + at // 4}年第{'一二三四'[at % 4]}季度,{at}" for at in range(32)))
    assert (quarters.step, quarters.season, len(quarters.values)) == ("Q", 4, 32)


def test_missing_values_are_filled_and_thousands_read() -> None:
    cells = [str(value) for value in VALUES]
    cells[3] = "NaN"
    found = read_series("\n".join(cells))
    assert found.values[3] == (VALUES[2] + VALUES[4]) / 2 and "1 missing" in found.notes[0].en
    assert read_series("\n".join(f"1,{at:03d}" for at in range(40))).values[:2] == (1000, 1001)
    long = read_series("\n".join(str(at % 10) for at in range(10_000)))
    assert len(long.values) == MOST_VALUES and long.season == 10


MONTHS = [(2020 + at // 12, at % 12 + 1) for at in range(40)]
DAYS = [np.datetime64("2024-01-01") + at for at in range(40)]


def parts(day: np.datetime64) -> tuple[int, int, int]:
    year, month, number = str(day).split("-")
    return int(year), int(month), int(number)


@pytest.mark.parametrize("write", [
    lambda year, month, day: f"{month}/{day}/{year}",
    lambda year, month, day: f"{day:02d}/{month:02d}/{year}",
    lambda year, month, day: f"{day:02d}.{month:02d}.{year}",
    lambda year, month, day: f"{day}-{month}-{year} 0:00",
    lambda year, month, day: f"{year}{month:02d}{day:02d}",
    lambda year, month, day: f"{year}-{month:02d}-{day:02d}T00:00:00Z",
    lambda year, month, day: f"{year}-{month:02d}-{day:02d}T00:00:00.000+08:00",
])  # fmt: skip
def test_dates_as_spreadsheets_and_programs_write_them_decide_order_and_season(write: Callable[..., str]) -> None:
    rows = [f"{write(*parts(day))};{value}" for day, value in zip(DAYS, VALUES, strict=True)]
    for text in (rows[::-1], ["day;n", *rows[::-1]]):
        found = read_series("\n".join(text))
        assert found.values == tuple(VALUES) and (found.step, found.season, found.first) == ("D", 7, "2024-01-01")


def test_which_number_is_the_day_is_told_by_months_that_begin_alike() -> None:
    for form in ("{month}/1/{year}", "1/{month}/{year}", "{year}{month:02d}"):
        rows = [f"{form.format(year=year, month=month)},{at}" for at, (year, month) in enumerate(MONTHS)]
        found = read_series("\n".join(["month,n", *rows]))
        assert (found.step, found.season, found.first, found.notes) == ("M", 12, "2020-01", ())


def test_a_month_that_never_changes_is_not_taken_for_the_day() -> None:
    hours = [(day, hour) for day in (1, 2, 3) for hour in range(24)]
    for cells in (
        [f"1/{day}/2024 {hour}:00" for day, hour in hours],
        [f"{day}/1/2024 {hour}:00" for day, hour in hours],
        [f"1/{at // 4 + 1}/2024" for at in range(40)],
    ):
        found = read_series(lines("when,n", *(f"{cell},{at}" for at, cell in enumerate(cells))))
        assert found.values == tuple(map(float, range(len(cells)))) and found.step == ""
        assert "column “when” looks like dates" in found.notes[0].en


def test_dates_that_cannot_be_read_are_said_to_be_so() -> None:
    unclear = [f"{at % 11 + 1}/{at % 12 + 1}/2024" for at in range(40)]
    both = [f"{day}/{month}/2024" for day, month in zip(range(1, 41), range(40, 0, -1), strict=True)]
    for cells in (
        unclear,
        both,
        [f"{at % 28 + 1}-Jan-24" for at in range(40)],
        [f"Mar {1980 + at}" for at in range(40)],
    ):
        found = read_series(lines("when;n", *(f"{cell};{value}" for cell, value in zip(cells, VALUES, strict=True))))
        assert found.values == tuple(VALUES) and found.step == ""
        assert "column “when” looks like dates" in found.notes[0].en and "“when”列" in found.notes[0].zh
    words = read_series(lines("shop,n", *(f"shop {at % 3},{value}" for at, value in enumerate(VALUES))))
    assert words.notes == ()


def test_rows_without_a_date_are_left_out() -> None:
    rows = [f"{year}-{month:02d},{at}" for at, (year, month) in enumerate(MONTHS)]
    found = read_series(lines("month,n", *rows, "Total,780", ",5"))
    assert found.values == tuple(map(float, range(40))) and (found.step, found.season) == ("M", 12)
    assert "2 rows without a date" in found.notes[0].en


def test_an_index_before_the_table_is_not_forecast() -> None:
    for names, first in ((",value", 0), ("id,value", 1), ("", 0)):
        text = "\n".join([names, *(f"{at + first},{value}" for at, value in enumerate(VALUES))]).lstrip("\n")
        assert read_series(text).values == tuple(VALUES)
        assert read_series(text, "1").values == tuple(float(at + first) for at in range(40))
    dated = lines(
        ",day,value", *(f"{at},{day},{value}" for at, (day, value) in enumerate(zip(DAYS, VALUES, strict=True)))
    )
    assert read_series(dated).values == tuple(VALUES) and read_series(dated).step == "D"
    assert read_series(lines(*map(str, range(40)))).values == tuple(map(float, range(40)))


def test_an_index_is_not_forecast_where_a_value_is_no_number() -> None:
    rows = [f"{at + 1},{value}" for at, value in enumerate(VALUES)]
    rows[5] = "6,12a"
    with pytest.raises(PlaygroundError) as caught:
        read_series(lines("id,value", *rows))
    assert "“12a” in row 7 is not a number" in caught.value.message.en


def test_whole_numbers_that_could_be_years_are_values_after_an_index() -> None:
    sold = [1500 + 37 * at % 1001 for at in range(60)]
    found = read_series(lines("id,sold", *(f"{at + 1},{value}" for at, value in enumerate(sold))))
    assert found.values == tuple(map(float, sold)) and (found.step, found.first) == ("", "")
    assert found.column == Text(zh="“sold”列", en="column “sold”")
    # With values beside them, they are years; so are dates of more than a year.
    years = read_series(lines("id,year,n", *(f"{at},{1960 + at},{value}" for at, value in enumerate(VALUES))))
    assert years.values == tuple(VALUES) and years.step == "Y"
    days = read_series(lines("n,day", *(f"{at},{day}" for at, day in enumerate(DAYS))))
    assert days.values == tuple(map(float, range(40))) and days.step == "D"


def test_the_column_read_is_named_where_there_are_several() -> None:
    rows = [f"{at % 5},{value}" for at, value in enumerate(VALUES)]
    assert read_series(lines(*rows)).column == Text(zh="第 1 列", en="column 1")
    assert read_series(lines("a,b", *rows), "2").column == Text(zh="“b”列", en="column “b”")
    assert read_series(lines(*map(str, VALUES))).column == ""


def test_decimal_commas_are_told_from_thousands() -> None:
    for cells, expected in (
        ([f"{at},{at % 10}5" for at in range(40)], [at + (at % 10) / 10 + 0.05 for at in range(40)]),
        ([f"1.{at:03d},5" for at in range(40)], [1000.5 + at for at in range(40)]),
        ([f"0,{at:03d}" for at in range(40)], [at / 1000 for at in range(40)]),
        ([f"1,{at:03d}" for at in range(40)], [1 + at / 1000 for at in range(40)]),
    ):
        found = read_series(lines("name;€", *(f"x{at};{cell}" for at, cell in enumerate(cells))))
        assert found.values == pytest.approx(expected) and "decimal points" in found.notes[0].en
    # Between tabs or in quotes three digits after a comma are thousands, unless a number says otherwise.
    thousands = read_series(lines("name\tn", *(f"x{at}\t1,{at:03d}" for at in range(40))))
    assert thousands.values[:2] == (1000, 1001) and thousands.notes == ()
    with_a_plain_number = read_series(lines("name\tn", "x\t2500", *(f"x{at}\t1,{at:03d}" for at in range(40))))
    assert with_a_plain_number.values[:3] == (2500, 1000, 1001) and with_a_plain_number.notes == ()
    with_a_zero = read_series(lines("name\tn", "x\t0,125", *(f"x{at}\t1,{at:03d}" for at in range(40))))
    assert with_a_zero.values[:3] == (0.125, 1, 1.001)
    both = read_series(lines("name;n", *(f"x{at};1,{at:03d}.5" for at in range(40))))
    assert both.values[:2] == (1000.5, 1001.5)


def test_commas_that_cut_numbers_in_two_are_said_to_separate_columns() -> None:
    decimals = [f"{at % 7},{at % 13 + 10}" for at in range(40)]
    for text in (lines(*decimals), lines("a,b", *decimals)):
        found = read_series(text)
        assert [note.en for note in found.notes] == [
            "commas were read as separating columns: if they are decimal signs, write points"
        ]
        assert found.notes[0].zh == "逗号当作列的分隔；若是小数点，请改成点"
    for others in (
        [f"{at + 1},{at * at % 17}" for at in range(40)],
        [f"{at % 7},{at % 13}.5" for at in range(40)],
        [f"{at % 7},-{at % 13 + 1}" for at in range(40)],
        [f"{at % 7},{at % 13},{at % 5}" for at in range(40)],
    ):
        assert read_series(lines(*others)).notes == ()
    assert read_series(lines(*(row.replace(",", ";") for row in decimals))).notes == ()


def test_a_value_of_four_digits_and_decimals_is_no_date() -> None:
    found = read_series(lines("name,n", *(f"x{at},{1234.56 + at}" for at in range(40))))
    assert found.values[0] == 1234.56


def test_a_column_is_chosen_by_name_or_number() -> None:
    text = "\n".join(["日期,甲,乙", *(f"{1960 + at},{at},{2 * at}" for at in range(40))])
    assert read_series(text).values[:3] == (0, 1, 2)
    assert read_series(text, "乙").values[:3] == (0, 2, 4)
    assert read_series(text, "3").values[:3] == (0, 2, 4)
    with pytest.raises(PlaygroundError, match=r"date|甲") as caught:
        read_series(text, "丙")
    assert caught.value.field == "column"


@pytest.mark.parametrize("text", [
    "", "  \n ", "7", "😀🎉", "只有文字，没有数", "a,b\n", "\n".join(["5"] * 50), "\n".join(["nan"] * 50), "\n".join(map(str, range(29))),
    "\n".join([*map(str, VALUES), "oops"]), "\n".join(str(at) if at % 2 else "" if False else "NaN" for at in range(90)),
    "\n".join(f"2020-13-{at % 28 + 1:02d},{at}" for at in range(40)), "\n".join(f"2020-01-0{at % 2 + 1},{at}" for at in range(40)),
    "inf\n" * 40, "<script>alert(1)</script>", "\n".join(f"{1900 + 90 * at},{at}" for at in range(2)) * 40,
])  # fmt: skip
def test_what_is_no_series_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        read_series(text)
    assert caught.value.field == "pasted"
    for language in Language:
        assert len(caught.value.message.in_(language)) > 10


def test_a_season_is_found_where_there_is_one() -> None:
    noise = np.random.default_rng(0).standard_normal(120)
    at = np.arange(120)
    assert find_season(tuple(np.sin(at * 2 * np.pi / 8) + 0.05 * at + 0.2 * noise)) == 8
    assert find_season(tuple(noise)) == 1
    assert find_season(tuple(map(float, at))) == 1

"""Pasted tables of numbers as people paste them, and the built-in series."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.data.pasted_series import read_series
from playground.data.series import MOST_VALUES, NAMES, find_season, load_series
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language

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

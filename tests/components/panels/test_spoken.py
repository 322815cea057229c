"""Every figure has a name that says what it shows, in both languages."""

from __future__ import annotations

import re

import pytest

from components.panels import spoken
from components.panels.drawing import FIGURES, OVERLAYS
from playground.lab import panels as p
from playground.lab.text import Language, Text
from tests.components.panels.examples import every_kind

ZH, EN = Language
TITLE = Text(zh="标题", en="Title")
DRAWN = {
    name: panel
    for name, panel in every_kind().items()
    if (panel.a if isinstance(panel, p.SideBySide) else panel).kind in FIGURES
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_has_a_name_of_its_own(name: str, language: Language) -> None:
    panel = DRAWN[name]
    found = spoken.names(panel, TITLE, language)
    apart = isinstance(panel, p.SideBySide) and panel.a.kind not in OVERLAYS
    assert len(found) == len(set(found)) == (2 if apart else 1)
    for one in found:
        assert one.startswith(TITLE.in_(language)) and re.search(r"\d", one)
        assert not re.search(r"\{|None|  ", one)


def test_bars_say_their_ends() -> None:
    categories = (Text(zh="一", en="one"), Text(zh="二", en="two"), Text(zh="三", en="three"), Text(zh="四", en="four"))
    panel = p.Bars(categories, (p.Series("s", (0.25, -2.0, None, 2e11)),), y_label=Text(zh="次数", en="times"))
    assert spoken.names(panel, TITLE, EN) == [
        "Title: Bar chart of 4 categories, times. s: one 0.25, two −2, four 2×10¹¹."
    ]
    four = p.Bars(categories, (p.Series("s", (0.25, -2.0, 1.0, 2e11)), p.Series("t", (None,) * 4)))
    assert spoken.names(four, TITLE, ZH) == ["标题：柱状图，4 类。s：最低 −2（二），最高 2000 亿（四）。t：没有数值。"]


def test_lines_say_where_they_start_end_and_turn() -> None:
    line = p.Line(Text(zh="损失", en="loss"), (1.0, 2.0, 3.0, 4.0), (4.0, 1.0, 5.0, 2.0))
    panel = p.Lines((line,), Text(zh="步", en="steps"), Text(zh="奈特", en="nats"))
    assert spoken.names(panel, TITLE, EN) == [
        "Title: Line chart, nats over steps. loss: from 4 at 1 to 2 at 4; lowest 1 (2), highest 5 (3)."
    ]
    assert spoken.names(panel, TITLE, ZH) == [
        "标题：折线图，纵轴 奈特，横轴 步。损失：1 处为 4，4 处为 2；最低 1（2），最高 5（3）。"
    ]


def test_points_cells_and_counts_say_where_the_ends_are() -> None:
    points = tuple(p.Point(float(at), value, f"p{at}", "g") for at, value in enumerate((3.0, 9.0, 1.0, 4.0)))
    assert spoken.names(p.Scatter(points, "x", "y"), TITLE, EN) == [
        "Title: Scatter plot of 4 points, y over x. g: lowest 1 (p2), highest 9 (p1)."
    ]
    cells = p.Heatmap(("a", "b"), ("r", "s"), ((0.1, 0.2), (0.9, None)), value_label="p")
    assert spoken.names(cells, TITLE, EN) == [
        "Title: Heat map of 2 rows and 2 columns, p. r · a 0.1, r · b 0.2, s · a 0.9."
    ]
    (said,) = spoken.names(p.Heatmap(("", "b"), ("r",), ((0.1, 0.2),)), TITLE, EN)
    assert said.endswith(" r 0.1, r · b 0.2.")
    counts = p.Histogram((0.0, 0.5, 1.0), (p.Series("n", (2.0, 7.0)),), x_label="w")
    assert spoken.names(counts, TITLE, EN) == ["Title: Histogram, w. n: most, 7, between 0.5 and 1."]
    assert spoken.names(counts, TITLE, ZH) == ["标题：直方图，w。n：最多 7，在 0.5 与 1 之间。"]


def test_more_series_than_one_listens_to_are_counted() -> None:
    panel = p.Bars(("x",), tuple(p.Series(f"s{at}", (1.0,)) for at in range(8)))
    (said,) = spoken.names(panel, TITLE, EN)
    assert "s5" in said and "s6" not in said and said.endswith("And 2 more.")


def test_overlaid_sides_are_in_one_name_and_others_apart() -> None:
    one, two = (p.Bars(("x",), (p.Series("n", (value,)),)) for value in (1.0, 2.0))
    assert spoken.names(p.SideBySide(one, two), TITLE, EN) == [
        "Title: Bar chart of 1 category. A · n: x 1. B · n: x 2."
    ]
    first, second = (p.Heatmap(("c",), ("r",), ((value,),)) for value in (1.0, 2.0))
    assert [said.split(": ", 1)[1] for said in spoken.names(p.SideBySide(first, second), TITLE, EN)] == [
        "A · Heat map of 1 row and 1 column. r · c 1.",
        "B · Heat map of 1 row and 1 column. r · c 2.",
    ]

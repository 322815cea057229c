"""What an earlier run had in the place of a value: by name, and nothing where a name is missing or occurs twice."""

from __future__ import annotations

import json

import pytest

from components.panels.earlier import was
from playground.lab import panels as p
from playground.lab.grid_panels import Grid
from playground.lab.text import Language, Text
from tests.components.panels import examples

EN = Language.EN
N = Text(zh="个", en="n")


def test_metrics_are_matched_by_label_and_unit() -> None:
    now = p.Metrics(
        (p.Metric(N, 1.0, 2.0), p.Metric("time", 3.0, unit="ms"), p.Metric("word", "second"), p.Metric("new", 1.0))
    )
    before = p.Metrics(
        (p.Metric("word", "third"), p.Metric("time", 4.0, unit="s"), p.Metric(N, 5.0, None), p.Metric(N, 7.0, 8.0))
    )
    # The figure of N for one side isn't the one for two.
    assert was(now, before, EN) == {"values": [{"a": 7.0, "b": 8.0}, None, {"a": "third", "b": None}, None]}


def test_another_interval_is_another_figure_of_the_same_name() -> None:
    now, before = (
        p.Metrics((p.Metric(N, a, unit="%", interval=ends),)) for a, ends in ((2.0, "[1, 3]"), (4.0, "[3, 5]"))
    )
    assert was(now, before, EN) == {"values": [{"a": 4.0, "b": None}]}


def test_a_name_that_stands_twice_has_no_counterpart() -> None:
    twice = p.Metrics((p.Metric("x", 1.0), p.Metric("x", 2.0)))
    once = p.Metrics((p.Metric("x", 3.0),))
    assert was(once, twice, EN) is None and was(twice, once, EN) is None
    bars = p.Bars(("a", "a"), (p.Series("n", (1.0, 2.0)),))
    assert was(p.Bars(("a",), (p.Series("n", (1.0,)),)), bars, EN) is None


def test_rows_of_a_table_are_matched_by_their_words() -> None:
    columns = ("token", "rank", "p")
    now = p.Table(columns, (("cat", 1, 0.5), ("dog", 2, 0.25), ("owl", 3, None)))
    before = p.Table(columns, (("dog", 1, 0.75), ("cat", 3, None), ("owl", 2, 0.1)))
    assert was(now, before, EN) == {"values": [[None, 3, None], [None, 1, 0.75], [None, 2, None]]}
    assert was(now, p.Table(("token", "rank", "q"), before.rows), EN) is None
    # Rows of numbers alone are named by the first.
    numbers = [p.Table(("k", "p"), rows) for rows in (((1, 0.5), (2, 0.25)), ((2, 0.5), (4, 1.0)))]
    assert was(*numbers, EN) == {"values": [None, [None, 0.5]]}


def test_a_grid_has_the_values_of_the_table_beside_it() -> None:
    def grid(value: float) -> Grid:
        return Grid(("x",), ("y",), ((value,),), beside=p.Table(("token", "p"), (("cat", value),)))

    assert was(grid(0.5), grid(0.25), EN) == {"values": [[None, 0.25]]}
    without = Grid(("x",), ("y",), ((0.5,),))
    assert was(grid(0.5), without, EN) is None and was(without, grid(0.5), EN) is None


def test_a_word_that_stands_for_a_number_names_no_row() -> None:
    broken = Text(zh="坏了（> 10⁶）", en="broken (> 10⁶)")
    columns = ("model", "perplexity", "KL")
    now = p.Table(columns, (("int4", broken, 2.0), ("int8", 20.0, 0.1), ("int2", broken, 9.0)))
    before = p.Table(columns, (("int4", 30.0, 0.5), ("int8", broken, 8.0), ("int2", broken, 7.0)))
    assert was(now, before, EN) == {"values": [[None, None, 0.5], [None, None, 8.0], [None, None, 7.0]]}
    # A word in the first column is a name, also beside numbers.
    settings = [p.Table(("bits", "p"), rows) for rows in (((4, 0.5), ("none", 0.25)), ((8, 0.5), ("none", 1.0)))]
    assert was(*settings, EN) == {"values": [None, [None, 1.0]]}


def test_an_axis_has_the_ticks_of_both_runs_while_they_are_compared() -> None:
    def lines(high: float, log_y: bool = True) -> p.Lines:
        return p.Lines((p.Line("loss", (1.0, 2.0), (1.0, high)),), log_y=log_y)

    def ticks(now: p.Panel, before: p.Panel, axis: str = "yaxis") -> list[list[str] | None]:
        found = was(now, before, EN)
        assert found is not None
        return [found["traces"][0]["meta"][whose][axis]["ticktext"] for whose in ("own", "joint")]

    own, joint = ticks(lines(100.0), lines(1e6))
    assert own == ["1", "10", "100"] and joint == ["1", "10", "100", "1,000", "10,000", "100,000", "10⁶"]
    # Where plotly's own are right for one run alone, they are taken away and come back.
    assert ticks(lines(1e3, False), lines(2e6, False)) == [
        None,
        ["−500,000", "0", "500,000", "10⁶", "1.5×10⁶", "2×10⁶", "2.5×10⁶"],
    ]
    assert ticks(lines(2e6, False), lines(1e3, False))[1] is not None

    def bars(value: float) -> p.Bars:
        return p.Bars(("x",), (p.Series("n", (value,)),), horizontal=True)

    own, joint = ticks(bars(1e3), bars(2e6), "xaxis")
    assert own is None and joint is not None and joint[-1] == "2.5×10⁶"


def test_bars_keep_their_places_under_the_current_categories() -> None:
    now = p.Bars(("b", "c", "a"), (p.Series("n", (1.0, 2.0, 3.0)), p.Series("m", (1.0, 1.0, 1.0))))
    before = p.Bars(("a", "b"), (p.Series("n", (0.3, 0.23)),))
    found = was(now, before, EN)
    assert found is not None
    (trace,) = found["traces"]
    assert (trace["x"], trace["y"], trace["offsetgroup"]) == ([0, 1, 2], [0.23, None, 0.3], "0")
    assert trace["customdata"][0] == ["b", "was 0.23"]
    assert was(now, before, Language.ZH)["traces"][0]["customdata"][0][1] == "此前 0.23"  # type: ignore[index]
    assert was(p.Bars(now.categories, now.series, stacked=True), before, EN) is None
    lying = was(p.Bars(now.categories, now.series, horizontal=True), before, EN)
    assert lying is not None and lying["traces"][0]["x"] == [0.23, None, 0.3]


def test_curves_are_matched_by_name_on_the_same_axes() -> None:
    now = p.Lines((p.Line("loss", (1.0, 2.0), (3.0, 2.0)), p.Line("new", (1.0,), (1.0,))), x_label="step")
    before = p.Lines((p.Line("loss", (1.0, 2.0, 3.0), (4.0, None, 1.0)), p.Line("old", (1.0,), (1.0,))), x_label="step")
    found = was(now, before, EN)
    assert found is not None
    (trace,) = found["traces"]
    assert (trace["x"], trace["y"]) == ([1.0, 2.0, 3.0], [4.0, None, 1.0])
    assert was(now, p.Lines(before.lines, x_label="epoch"), EN) is None
    assert was(now, p.Lines(before.lines, x_label="step", log_y=True), EN) is None


def test_sides_are_compared_each_with_its_own() -> None:
    def sides(a: float, b: float) -> p.SideBySide[p.Metrics]:
        return p.SideBySide(p.Metrics((p.Metric("n", a),)), p.Metrics((p.Metric("n", b),)))

    found = was(sides(1, 2), sides(3, 4), EN)
    assert found == {"a": {"values": [{"a": 3, "b": None}]}, "b": {"values": [{"a": 4, "b": None}]}}

    def bars(a: float, b: float) -> p.SideBySide[p.Bars]:
        return p.SideBySide(*(p.Bars(("x",), (p.Series("n", (value,)),)) for value in (a, b)))

    overlaid = was(bars(1, 2), bars(3, 4), EN)
    assert overlaid is not None
    assert [(trace["y"], trace["offsetgroup"]) for trace in overlaid["traces"]] == [([3], "0"), ([4], "1")]


@pytest.mark.parametrize("name", sorted(examples.every_kind()))
def test_every_kind_is_plain_data_or_nothing(name: str) -> None:
    panel = examples.every_kind()[name]
    found = was(panel, panel, EN)
    json.dumps(found)
    inner = panel.a if isinstance(panel, p.SideBySide) else panel
    comparable = inner.kind in ("metrics", "table", "lines", "grid") or (
        isinstance(inner, p.Bars) and not inner.stacked
    )
    assert (found is not None) == comparable


def test_another_kind_says_nothing() -> None:
    assert was(p.Metrics((p.Metric("n", 1.0),)), p.Prose(N), EN) is None

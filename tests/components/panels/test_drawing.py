"""Every panel kind has a drawing that accepts an encoded panel, and visitors' input remains text."""

from __future__ import annotations

import dataclasses
import json
import re
import warnings
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from components import panels
from components.panels import bars, figures, heatmap, lines, scatter
from components.panels.drawing import FIGURES, NATIVE, OVERLAYS
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import KINDS, decode, encode
from playground.lab.text import Language, Text
from playground.lab.timing import UNDER_LOAD
from playground.topics.explainability.lab import LENS_POSITIONS
from tests.components.panels.examples import every_kind
from tests.components.panels.gallery import hint_of

ROOT = Path(__file__).parents[3]
FOLDER = Path(panels.__file__).parent
TITLE = p.PanelTitle(Text(zh="标题", en="Title"), hint=Text(zh="提示", en="Hint"))
HOSTILE = "<img src=x onerror=window.hacked=1>&amp;"
PANEL_KINDS = {kind for kind, cls in KINDS.items() if issubclass(cls, p.Panel)} - {"side_by_side"}
EXAMPLES = every_kind()


def place(panel: p.Panel, language: str = "zh") -> panels.Drawing:
    with gr.Blocks():
        return panels.make(TITLE, hint_of(panel), language)


def heading_of(panel: p.Panel, language: str = "zh") -> dict[str, Any]:
    """The heading of a figure as the page gets it."""
    heading: dict[str, Any] = json.loads(place(panel, language).update(panel)[0]["value"])["panel"]
    return heading


def test_a_native_value_is_one_text_in_which_gradio_sees_no_script() -> None:
    panel = p.Prose(Text(zh="<script>alert(1)</script>", en="<script>alert(1)</script>"))
    drawing = place(panel)
    value = drawing.update(panel)[0]["value"]
    assert decode(p.Panel, json.loads(value)["panel"]) == panel
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing.components[0].postprocess(value)


def test_every_kind_has_one_drawing_and_an_example() -> None:
    assert NATIVE | set(FIGURES) == PANEL_KINDS
    assert not NATIVE & set(FIGURES)
    assert {name.rstrip("+") for name in EXAMPLES} == PANEL_KINDS
    registered = {
        kind for script in FOLDER.glob("*.js") for kind in re.findall(r'register\("(\w+)"', script.read_text())
    }
    assert registered >= NATIVE


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_panel_becomes_one_value_per_component(name: str, language: str) -> None:
    panel = EXAMPLES[name]
    drawing = place(panel, language)
    shown = drawing.update(decode(type(panel), encode(panel)))
    assert len(shown) == len(drawing.components) == drawing.size
    assert all(update["visible"] for update in shown)
    heading = json.loads(shown[0]["value"])
    assert heading["language"] == language
    assert heading["title"] == TITLE.title.in_(language)
    if drawing.kind in NATIVE:
        assert decode(p.Panel, heading["panel"]) == panel
    for component, update in zip(drawing.components, shown, strict=True):
        component.postprocess(update["value"])


def test_no_panel_hides_its_components() -> None:
    for panel in (EXAMPLES["tokens"], EXAMPLES["bars"], EXAMPLES["scatter+"]):
        assert {update["visible"] for update in place(panel).update(None)} == {False}


def test_a_panel_of_another_kind_is_refused() -> None:
    drawing = place(EXAMPLES["tokens"])
    for name in ("bars", "tokens+"):
        with pytest.raises(TypeError):
            drawing.update(EXAMPLES[name])


def test_the_kind_is_read_from_the_type_of_the_field() -> None:
    assert panels.kind_of(t.Tokens | None) == ("tokens", False)
    assert panels.kind_of(p.SideBySide[t.Tokens] | None) == ("tokens", True)
    assert panels.kind_of(p.Bars) == ("bars", False)
    for wrong in (int, t.Tokens | p.Bars, "nothing", p.Panel):
        with pytest.raises(TypeError):
            panels.kind_of(wrong)


def test_no_heading_leaves_title_and_hint_to_the_page() -> None:
    with gr.Blocks():
        drawing = panels.make(TITLE, p.Prose, "en", heading=False)
    value = json.loads(drawing.update(EXAMPLES["prose"])[0]["value"])
    assert value["title"] == "" and value["hint"] == ""


def test_in_a_fold_whether_a_chart_is_there_is_the_pages_to_say() -> None:
    bars = EXAMPLES["bars"]
    with gr.Blocks():
        drawing = panels.make(TITLE, p.Bars, "en", heading=False)
    [figure] = drawing.figures
    assert not figure.visible
    heading, chart = drawing.update(bars)
    assert "visible" not in heading and "visible" not in chart
    assert chart["value"] is not None


def test_caveat_and_measured_of_a_figure_and_of_either_side_reach_the_heading() -> None:
    caveat, other = Text(zh="模拟", en="Simulated"), Text(zh="近似", en="Approximated")
    one = p.Bars(("x",), (p.Series("s", (1.0,)),), caveat=caveat)
    two = p.Bars(("x",), (p.Series("s", (2.0,)),), caveat=other, measured=True)
    heading = heading_of(p.SideBySide(one, two), "en")
    assert heading["caveat"] == "Simulated Approximated"
    assert heading["measured"] is True and heading["simulated"] is False
    assert heading_of(one, "zh")["caveat"] == "模拟"
    assert heading["warning"] is False and heading["loaded"] is None
    warned = heading_of(p.SideBySide(one, dataclasses.replace(two, warning=True, loaded=UNDER_LOAD)), "en")
    assert warned["warning"] is True and warned["loaded"]["en"] == UNDER_LOAD.en


def test_a_label_stays_text_in_a_figure() -> None:
    """plotly interprets tags in labels, so they must be escaped."""
    panels_with_labels = (
        p.Bars((HOSTILE,), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
        p.Lines((p.Line(HOSTILE, (1.0,), (1.0,)), p.Line("b", (1.0,), (1.0,))), HOSTILE, HOSTILE, marks=(p.Mark(1.0, 1.0, HOSTILE),)),
        p.Scatter((p.Point(1.0, 1.0, HOSTILE, HOSTILE), p.Point(1.0, 1.0, "x", "y")), HOSTILE, HOSTILE),
        p.Heatmap((HOSTILE,), (HOSTILE,), ((1.0,),), HOSTILE, texts=((HOSTILE,),)),
        p.Histogram((0.0, 1.0), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
    )  # fmt: skip
    for panel in panels_with_labels:
        figure = json.dumps(place(panel).update(panel)[1]["value"].to_plotly_json(), default=list)
        assert "&lt;" in figure
        tags = set(re.findall(r"<(/?\w+)", figure))
        assert tags <= {"br", "b", "/b", "extra", "/extra", "span", "/span"}, f"{panel.kind}: {tags}"


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("x", "anchor"), [(1.0, "left"), (9.9, "right")])
def test_a_marks_name_stands_where_there_is_room(log: bool, x: float, anchor: str) -> None:
    panel = p.Lines((p.Line("a", (1.0, 10.0), (1.0, 2.0)),), "x", "y", marks=(p.Mark(x, 1.0, "here"),), log_x=log)
    (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
    assert name.xanchor == anchor
    assert (name.ax < 0) == (anchor == "right")


@pytest.mark.parametrize(
    ("heights", "at", "below"),
    [
        ((1.0, 2.0, 3.0, 4.0), 1, True),
        ((4.0, 3.0, 2.0, 1.0), 1, False),
        ((4.0, 3.0, 2.0, 1.0), 3, False),
        ((1.0, 2.0, 3.0, 4.0), 3, False),
        ((1.0, 1.05, 3.0, 4.0), 0, False),
    ],
    ids=("rising", "falling", "falling, at the end", "rising, at the end", "no space below"),
)
def test_a_marks_name_does_not_lie_on_its_curve(heights: tuple[float, ...], at: int, below: bool) -> None:
    places = (0.0, 1.0, 2.0, 3.0)
    panel = p.Lines((p.Line("a", places, heights),), "x", "y", marks=(p.Mark(places[at], heights[at], "here"),))
    (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
    assert (name.ay > 0) == below


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((0.3, 8.0), ["0.5", "1", "2", "5"]),
        ((0.01, 1000.0), ["0.01", "0.1", "1", "10", "100", "1,000"]),
        ((1.0, 2e11), ["1", "100", "10,000", "10⁶", "10⁸", "10¹⁰"]),
        ((0.4, 1.2), ["0.4", "0.5", "0.6", "0.8", "1"]),
        ((0.4, 2.5), ["0.5", "1", "2"]),
        ((2.0, 30.0), ["2", "5", "10", "20"]),
        ((), None),
    ],
)
def test_a_short_logarithmic_axis_has_a_few_round_ticks(values: tuple[float, ...], ticks: list[str] | None) -> None:
    found = figures.log_ticks(values, Language.EN)
    assert found.get("ticktext", ticks) == ticks
    assert ("dtick" in found) == (ticks is None)


def test_few_measured_places_are_the_ticks() -> None:
    assert figures.measured_ticks((4, 16, 64, 256, 4), Language.EN)["ticktext"] == ["4", "16", "64", "256"]
    for places in ((1, 10, 11, 100), tuple(range(1, 200))):
        assert figures.measured_ticks(places, Language.EN)["ticktext"][:3] == ["1", "10", "100"]


@pytest.mark.parametrize(
    ("language", "shown"), [(Language.EN, ["0", "5×10¹⁰", "10¹¹", "1.5×10¹¹"]), (Language.ZH, ["0", "500 亿", "1000 亿", "1500 亿"])]
)  # fmt: skip
def test_an_axis_of_large_numbers_is_written_as_its_labels(language: Language, shown: list[str]) -> None:
    """Plotly's own ticks would be 50G, 100G."""
    panel = p.Bars(("x", "y"), (p.Series("n", (201_948_897_077.784, 1e9)),))
    figure = place(panel, language=language).update(panel)[1]["value"]
    axis = figure.layout.yaxis
    assert axis.tickvals[0] < 0 and list(axis.ticktext)[1:5] == shown
    assert axis.tickvals[-1] >= 201_948_897_077
    assert figure.data[0].text[0] == {"en": "2.02×10¹¹", "zh": "2019 亿"}[language]
    assert figure.data[0].customdata[0][1] == {"en": "2.019×10¹¹", "zh": "2019 亿"}[language]
    small = p.Bars(("x",), (p.Series("n", (2019.0,)),))
    assert place(small).update(small)[1]["value"].layout.yaxis.tickvals is None
    assert place(small).update(small)[1]["value"].layout.yaxis.exponentformat == "power"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((1.2e6, 1.4e6), ["1.2×10⁶", "1.25×10⁶", "1.3×10⁶", "1.35×10⁶", "1.4×10⁶"]),
        ((0.00041, 0.00049), ["0.00042", "0.00044", "0.00046", "0.00048"]),
        ((1.2341e6, 1.2349e6), ["1.2342×10⁶", "1.2344×10⁶", "1.2346×10⁶", "1.2348×10⁶"]),
        ((-2e6, -1e6), ["−2×10⁶", "−1.8×10⁶", "−1.6×10⁶", "−1.4×10⁶", "−1.2×10⁶", "−10⁶"]),
        ((2.34e6, 2.34e6), ["2.34×10⁶"]),
    ],
)
def test_an_axis_that_does_not_begin_at_zero_has_ticks_on_it(values: tuple[float, ...], shown: list[str]) -> None:
    panel = p.Lines((p.Line("a", (1.0, 2.0), values),), "x", "y")
    axis = place(panel, "en").update(panel)[1]["value"].layout.yaxis
    low, high = min(values) * (1 + 1e-9 * (min(values) < 0)), max(values)
    on_it = [text for at, text in zip(axis.tickvals, axis.ticktext, strict=True) if low * (1 - 1e-9) <= at <= high]
    assert on_it == shown


def test_overlaid_histograms_have_the_ticks_of_both_sides() -> None:
    def overlaid(high: float, other: float, log_y: bool) -> Any:
        one, two = (p.Histogram((0.0, end), (p.Series("n", (end,)),), "x", log_y=log_y) for end in (high, other))
        panel = p.SideBySide(one, two)
        return place(panel, "en").update(panel)[1]["value"].layout

    axis = overlaid(300.0, 3e5, True).yaxis
    assert overlaid(3e5, 300.0, True).yaxis.ticktext == axis.ticktext and "1,000" in axis.ticktext
    # A's x alone would be written as powers of ten.
    both = overlaid(1e-5, 1.0, False)
    assert both.xaxis.tickvals is None and both.yaxis.tickvals is None


@pytest.mark.parametrize("diverging", [False, True])
def test_a_cells_text_reads_on_its_colour(diverging: bool) -> None:
    values = tuple(place / 50 - 1 for place in range(101))
    panel = p.Heatmap(("c",), tuple(map(str, values)), tuple((value,) for value in values), diverging=diverging,
                      texts=tuple((f"{value:g}",) for value in values))  # fmt: skip
    figure = place(panel).update(panel)[1]["value"]
    (trace,) = figure.data
    scale = [(float(stop), heatmap._rgb(colour)) for stop, colour in trace.colorscale]
    for value, (text,) in zip(values, trace.text, strict=True):
        ink = re.fullmatch(r'<span style="color:(#\w{6})">(.*)</span>', text)
        assert ink is not None and ink[2] == f"{value:g}"
        behind = [np.interp((value + 1) / 2, [stop for stop, _ in scale], [one[part] for _, one in scale]) for part in range(3)]  # fmt: skip
        assert heatmap.contrast(heatmap._rgb(ink[1]), (behind[0], behind[1], behind[2])) >= 4.5
        # In the dark theme figures.css inverts the cell, and turns the inks that end so.
        turned = {"#000001": (255, 255, 255), "#fffffe": (0, 0, 0)}.get(ink[1], heatmap._rgb(ink[1]))
        assert heatmap.contrast(turned, heatmap.in_dark((behind[0], behind[1], behind[2]))) >= 4.5
    assert round(heatmap.contrast((0, 0, 0), (255, 255, 255)), 3) == 21
    # The first gray that WebAIM's table calls sufficient on white.
    assert heatmap.contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


def test_a_cells_hover_label_names_its_fields() -> None:
    """“0.000256 naires” says neither what the number is nor what the word is."""
    panel = p.Heatmap(("c",), ("r", ""), ((0.0002562,), (0.5,)), value_label=Text(zh="概率", en="probability"), texts=(("naires",), ("",)), text_label=Text(zh="首选", en="first choice"))  # fmt: skip
    (trace,) = place(panel, "en").update(panel)[1]["value"].data
    assert [cell for (cell,) in trace.customdata] == [
        "r · c<br>probability <b>0.0002562</b><br>first choice naires", "c<br>probability <b>0.5</b>"
    ]  # fmt: skip
    (trace,) = place(panel, "zh").update(panel)[1]["value"].data
    assert trace.customdata[0][0] == "r · c<br>概率 <b>0.0002562</b><br>首选 naires"


def test_names_of_marks_near_each_other_have_lines_of_their_own() -> None:
    marks = tuple(p.Mark(x, 1.0, f"at {x}") for x in (14.0, 16.0, 4.0))
    panel = p.Lines((p.Line("a", (0.0, 18.0), (0.0, 1.0)),), "x", "y", marks=marks)
    notes = {note.text: note for note in place(panel).update(panel)[1]["value"].layout.annotations}
    assert notes["at 16.0"].ay < notes["at 14.0"].ay == notes["at 4.0"].ay


def test_equal_category_names_stay_apart() -> None:
    panel = p.Bars(("的", "的", "好"), (p.Series("s", (1.0, 2.0, 3.0)),))
    figure = place(panel).update(panel)[1]["value"]
    assert list(figure.data[0].x) == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == ["的", "的", "好"]


def test_a_bar_has_three_digits_and_its_hover_label_four() -> None:
    panel = p.Bars(("a", "b", "c"), (p.Series("s", (1 / 6, -0.09869, 1234.0)),))
    bars = place(panel).update(panel)[1]["value"].data[0]
    assert list(bars.text) == ["0.167", "−0.0987", "1,234"]
    assert [label for _, label in bars.customdata] == ["0.1667", "−0.09869", "1234"]


def test_stacked_series_are_in_one_group_on_each_side() -> None:
    series = (p.Series("s", (1.0, 2.0)), p.Series("t", (3.0, 4.0)))

    def groups(panel: p.Bars) -> list[str | None]:
        return [bar.offsetgroup for bar in place(panel).update(panel)[1]["value"].data]

    stacked, beside = (p.Bars(("a", "b"), series, stacked=stacked) for stacked in (True, False))
    assert len(set(groups(stacked))) == 1, "of different groups they would be drawn beside each other"
    assert len(set(groups(beside))) == 2
    both = p.SideBySide(stacked, stacked)
    sides = [bar.offsetgroup for bar in place(both).update(both)[1]["value"].data]
    assert sides[0] == sides[1] != sides[2] == sides[3]


@pytest.mark.parametrize("kind", sorted(set(FIGURES) - set(OVERLAYS)))
def test_two_figures_are_on_one_scale(kind: str) -> None:
    panel = EXAMPLES[f"{kind}+"]
    _, a, b = (update["value"] for update in place(panel).update(panel))
    assert a.layout.xaxis.range == b.layout.xaxis.range and a.layout.yaxis.range == b.layout.yaxis.range
    if kind == "heatmap":
        assert (a.data[0].zmin, a.data[0].zmax) == (b.data[0].zmin, b.data[0].zmax)
        assert a.data[0].zmin == -a.data[0].zmax


@pytest.mark.parametrize("kind", sorted(OVERLAYS))
def test_overlaid_sides_differ_by_more_than_colour(kind: str) -> None:
    panel = EXAMPLES[f"{kind}+"]
    figure = place(panel).update(panel)[1]["value"]
    a, b = (next(trace for trace in figure.data if (trace.name or "").startswith(letter)) for letter in "AB")
    assert a.marker.color != b.marker.color
    look = (
        (lambda trace: (trace.line.dash, trace.marker.symbol))
        if kind == "lines"
        else (lambda trace: trace.marker.pattern.shape)
    )
    assert look(a) != look(b)


def test_missing_values_and_empty_panels_draw() -> None:
    none = (None, None)
    for panel in (
        p.Bars(("a", "b"), (p.Series("s", none),)), p.Bars((), ()), p.Lines(()), p.Lines((p.Line("l", (1.0, 2.0), none),), log_y=True),
        p.Scatter(()), p.Heatmap((), (), ()), p.Heatmap(("a", "b"), ("r",), (none,)), p.Histogram((0.0, 1.0, 2.0), (p.Series("s", none),)),
    ):  # fmt: skip
        place(panel).update(panel)[1]["value"].to_json()


def test_scripts_build_no_markup_from_values_and_ask_no_other_host() -> None:
    assert panels.HEAD.count("<script>") == panels.HEAD.count("</script>") == 1
    for script in FOLDER.glob("*.js"):
        text = script.read_text()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttpRequest",
            "import(",
        ):
            assert word not in text, f"{script.name} uses {word}"
    hosts = set(re.findall(r"https?://[\w.]+", panels.HEAD + panels.CSS))
    assert hosts <= {"http://www.w3.org"}
    assert "@import" not in panels.CSS and "url(" not in panels.CSS


def test_a_line_joins_points_and_names_them_among_many() -> None:
    points = (
        *tuple(p.Point(float(i), float(i % 5), f"n{i}", "many") for i in range(30)),
        p.Point(3.0, 9.0, "own", "one"),
    )
    chart = scatter.figure(p.Scatter(points, line=(4, 9, 20)), Language.EN)
    line, many, one = chart.data
    assert line.mode == "lines" and list(line.x) == [4.0, 9.0, 20.0]
    assert [name for name in many.text if name] == ["n4", "n9", "n20"]
    assert list(one.text) == ["own"]
    assert all(trace.text is None for trace in scatter.figure(p.Scatter(points), Language.EN).data)


def test_links_join_two_points_each_and_nothing_between_them() -> None:
    points = tuple(p.Point(float(i), float(i * i), f"n{i}") for i in range(6))
    links, _ = scatter.figure(p.Scatter(points, links=((0, 3), (4, 5))), Language.EN).data
    assert list(links.x) == [None, 0.0, 3.0, None, 4.0, 5.0] and list(links.y) == [None, 0.0, 9.0, None, 16.0, 25.0]
    assert links.mode == "lines" and not links.connectgaps
    line, _ = scatter.figure(p.Scatter(points, line=(1, 2), links=((0, 3),)), Language.EN).data
    assert list(line.x) == [1.0, 2.0, None, 0.0, 3.0]


def test_a_point_has_its_intervals_as_bars_and_in_its_hover() -> None:
    points = (
        p.Point(10.0, 0.5, "a", "g", y_interval=(0.1, 0.6)),
        p.Point(20.0, 0.4, "b", "g"),
        p.Point(30.0, 0.2, "c", "h", (28.0, 33.0), (0.2, 0.95)),
    )
    chart = scatter.figure(p.Scatter(points), Language.EN)
    first, second = chart.data
    assert first.error_x.array is None
    assert [list(ends) for ends in (first.error_y.array, first.error_y.arrayminus)] == [
        pytest.approx([0.1, 0.0]),
        pytest.approx([0.4, 0.0]),
    ]
    assert list(second.error_x.array) == [3.0] and list(second.error_x.arrayminus) == [2.0]
    assert [row[2] for row in first.customdata] == ["0.5 [0.1, 0.6]", "0.4"] and second.customdata[0][
        1
    ] == "30 [28, 33]"
    # No bar is cut off, and none runs through a name.
    assert chart.layout.yaxis.range[0] < 0.1 and chart.layout.yaxis.range[1] > 0.95 and chart.layout.xaxis.range[1] > 33
    assert next(iter(first.textposition)) != "top center"


def test_a_ninth_group_has_a_symbol_of_its_own_where_colours_repeat() -> None:
    points = tuple(p.Point(float(i), 1.0, f"n{i}", f"group {i}") for i in range(9))
    traces = scatter.figure(p.Scatter(points), Language.EN).data
    assert len({(trace.marker.symbol, trace.marker.color) for trace in traces}) == 9


def test_a_point_named_like_its_group_is_named_by_the_legend_alone() -> None:
    points = (p.Point(0.0, 0.0, "0.5", "grid"), p.Point(1.0, 1.0, "own", "own"))
    grid, own = scatter.figure(p.Scatter(points), Language.EN).data
    assert list(grid.text) == ["0.5"] and list(own.text) == [""] and own.customdata[0][0] == "own"
    (alone,) = scatter.figure(p.Scatter(points[1:]), Language.EN).data
    assert list(alone.text) == ["own"]


def test_series_of_one_side_are_stacked_and_sides_stand_side_by_side() -> None:
    series = (p.Series("x", (3.0, -1.0)), p.Series("y", (-2.0, 2.0)))
    stack = p.Bars(("a", "b"), series, stacked=True)
    chart = bars.figure(stack, Language.EN)
    assert chart.layout.legend.traceorder == "normal"
    assert chart.layout.barmode == "relative" and len({trace.offsetgroup for trace in chart.data}) == 1
    both = bars.overlay(stack, stack, Language.EN)
    groups = [trace.offsetgroup for trace in both.data]
    assert groups[0] == groups[1] != groups[2] == groups[3]
    apart = bars.figure(p.Bars(("a", "b"), series), Language.EN)
    assert len({trace.offsetgroup for trace in apart.data}) == 2


def test_a_marks_name_does_not_lie_on_its_curve_on_logarithmic_axes() -> None:
    def below(heights: tuple[float, ...]) -> bool:
        line = p.Line("a", (1.0, 10.0, 100.0, 1000.0, 10_000.0), heights)
        panel = p.Lines((line,), "x", "y", marks=(p.Mark(10.0, heights[1], "here"),), log_x=True, log_y=True)
        (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
        return bool(name.ay > 0)

    # In steps of the axis the curve goes down beside the mark, and is high only at its far end.
    assert below((1.0, 10.0, 100.0, 1000.0, 10_000.0))
    assert not below((1.0, 100.0, 1.0, 1000.0, 10_000.0))


def test_a_mark_without_a_name_has_no_line_to_one() -> None:
    line = p.Line("x", (0.0, 1.0), (0.0, 1.0))
    for name, notes in (("", 0), ("here", 1)):
        chart = lines.figure(p.Lines((line,), marks=(p.Mark(0.5, 0.5, name),)), Language.EN)
        assert sum(note.showarrow is True for note in chart.layout.annotations) == notes


def test_text_is_not_made_fainter_than_the_faintest_ink() -> None:
    """The faintest ink has just the contrast that small text needs; what is switched off or hidden on purpose may be fainter."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", panels.CSS)
    fainter = [
        selector.strip()
        for selector, body in rules
        if re.search(r"(?<![-\w])color:|font:", body) and re.search(r"(?<![-\w])opacity: *0?\.", body)
    ]
    assert fainter == []


@pytest.mark.parametrize("theme", [":root", ".dark"])
def test_drawings_alone_have_the_page_s_colours(theme: str) -> None:
    """In an export nothing but the drawings' own style sheet is there."""
    page, own = (ROOT.joinpath("components", name).read_text() for name in ("page.css", "panels/core.css"))
    colours = dict(re.findall(r"(--pg-[\w-]+): (#[0-9a-f]+)", rule(page, theme)))
    alone = dict(
        re.findall(
            r"var\((--pg-[\w-]+), (#[0-9a-f]+)\)", rule(own, ".pg-panel" if theme == ":root" else ".dark .pg-panel")
        )
    )
    assert len(alone) > 10
    assert alone == {name: colours[name] for name in alone}


def rule(sheet: str, selector: str) -> str:
    """The first rule of a style sheet that begins with a selector."""
    return sheet[sheet.index(f"\n{selector}" if selector != ".pg-panel" else selector) :].split("}")[0]


def test_the_logit_lens_of_the_embedded_model_has_few_enough_cells_to_be_written_in() -> None:
    layers_and_embedding = 18 + 1
    assert layers_and_embedding * LENS_POSITIONS <= heatmap.WRITTEN_CELLS
    assert LENS_POSITIONS <= heatmap.WRITTEN_COLUMNS


def test_names_of_near_points_stand_on_different_sides() -> None:
    points = (
        p.Point(0.0, 0.0, "alone"),
        p.Point(1.0, 1.0, "first"),
        p.Point(1.01, 1.0, "second"),
        p.Point(2.0, 2.0, "far"),
    )
    (trace,) = place(p.Scatter(points)).update(p.Scatter(points))[1]["value"].data
    assert trace.textposition[0] == trace.textposition[3] == scatter.ABOVE
    assert trace.textposition[1] != trace.textposition[2]


def test_a_name_at_the_end_of_a_figure_is_not_cut_off() -> None:
    crowd = tuple(p.Point(9.6 + 0.1 * step, 1.0 + 0.2 * step, "name of some length") for step in range(4))
    points = (p.Point(0.0, 0.0, "the first"), *crowd, p.Point(10.0, 1.1, "the last of them"))
    (trace,) = place(p.Scatter(points)).update(p.Scatter(points))[1]["value"].data
    assert "middle right" not in trace.textposition


@pytest.mark.parametrize("horizontal", [True, False])
def test_a_bars_number_has_room_beside_the_names(horizontal: bool) -> None:
    panel = p.Bars(("a", "b"), (p.Series("s", (-0.5, 1.0)),), horizontal=horizontal)
    layout = place(panel).update(panel)[1]["value"].layout
    low, high = (layout.xaxis if horizontal else layout.yaxis).range
    assert low < -0.5 - 0.1 * 1.5 and high > 1.0


@pytest.mark.parametrize(("x", "whole"), [((1.0, 2.0, 5.0), True), ((1.0, 2.5), False), ((0.0, 40.0), False)])
def test_between_few_whole_numbers_there_are_no_ticks(x: tuple[float, ...], whole: bool) -> None:
    panel = p.Lines((p.Line("a", x, x),), "x", "y")
    assert (place(panel).update(panel)[1]["value"].layout.xaxis.dtick == 1) == whole


def test_a_scale_of_counts_has_no_fractions() -> None:
    for values, whole in (((0.0, 3.0), True), ((0.0, 0.5), False), ((0.0, 30.0), False)):
        panel = p.Heatmap(("a", "b"), ("r",), (values,))
        (trace,) = place(panel).update(panel)[1]["value"].data
        assert (trace.colorbar.dtick == 1) == whole


def test_a_heat_map_says_how_wide_it_must_be() -> None:
    def needed(texts: tuple[str, ...]) -> tuple[int, int]:
        return heatmap.crowded_below(p.Heatmap(texts, ("row",), ((0.0,) * len(texts),), texts=(texts,)), Language.EN)

    cells, names = needed(("+0.1", "+0.2"))
    assert cells < 300 and names < 300
    cells, names = needed(("1.00 / 0.50",) * 12)
    assert cells > 800 and names < 300
    assert needed(("中文词",) * 4)[0] > needed(("abc",) * 4)[0], "a Chinese character takes two letters"
    assert needed(("a",) * 34)[1] > 500
    panel = p.Heatmap(("c",), ("r",), ((1.0,),), texts=(("x",),))
    assert heading_of(panel)["crowded_below"] == [*heatmap.crowded_below(panel, Language.ZH)]
    assert heading_of(p.Bars(("a",), ()))["crowded_below"] is None


def test_logarithmic_axes_of_points_have_round_ticks_too() -> None:
    panel = p.Scatter((p.Point(1.0, 20.0, "a"), p.Point(2.0, 300.0, "b")), "x", "y", log_y=True)
    axes = place(panel).update(panel)[1]["value"].layout
    assert list(axes.yaxis.ticktext) == ["20", "50", "100", "200"] and axes.xaxis.ticktext is None

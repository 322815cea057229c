"""What all figures share: labels stay text, axes have round ticks, two sides are on one scale."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.panels import figures
from components.panels.drawing import FIGURES, OVERLAYS
from playground.lab import panels as p
from playground.lab.text import Language
from tests.components.panels.drawn import EXAMPLES, place

HOSTILE = "<img src=x onerror=window.hacked=1>&amp;"


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


def test_logarithmic_axes_of_points_have_round_ticks_too() -> None:
    panel = p.Scatter((p.Point(1.0, 20.0, "a"), p.Point(2.0, 300.0, "b")), "x", "y", log_y=True)
    axes = place(panel).update(panel)[1]["value"].layout
    assert list(axes.yaxis.ticktext) == ["20", "50", "100", "200"] and axes.xaxis.ticktext is None

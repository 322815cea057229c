"""Draws Bars as a plotly figure."""

from __future__ import annotations

import dataclasses
from typing import Any

import plotly.graph_objects as go

from components.panels.figures import (
    MONO,
    PATTERNS,
    axis_title,
    base,
    categories,
    colour,
    errors,
    finite,
    number,
    shown,
    sided,
    without_needless_legend,
)
from playground.lab.panels import Bars, Series
from playground.lab.text import Language, say


def figure(panel: Bars, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel."""
    count, series = len(panel.categories), len(panel.series)
    rows = count if panel.stacked else count * series
    height = min(120 + 22 * rows, 900) if panel.horizontal else 300
    chart = base(
        height, legend=series > 1, barmode="stack" if panel.stacked else "group", bargap=0.28, bargroupgap=0.08
    )
    names = [shown(label, language) for label in panel.categories]
    for index, one in enumerate(panel.series):
        _add(chart, panel, one, index, names, language)
    _axes(chart, panel, language)
    return chart


def overlay(a: Bars, b: Bars, language: Language) -> go.Figure:
    """Draws A's and B's bars side by side in each category, A first."""
    merged = list(dict.fromkeys((*a.categories, *b.categories)))
    if merged != list(a.categories) or len(set(a.categories)) != len(a.categories):
        merged = list(a.categories) if a.categories == b.categories else merged
    series = tuple(
        _aligned(one, side, role, merged, language) for role, side in (("a", a), ("b", b)) for one in side.series
    )
    chart = figure(dataclasses.replace(a, categories=tuple(merged), series=series), language)
    return without_needless_legend(chart, len(series))


def _aligned(one: Series, side: Bars, role: str, merged: list[Any], language: Language) -> Series:
    """Reorders a series to the merged categories and colours it by its side."""

    def placed(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
        if not values or list(side.categories) == merged:
            return values
        by_name = dict(zip(side.categories, values, strict=True))
        return tuple(by_name.get(category) for category in merged)

    name = sided(say(one.name, language), role)
    return Series(name, placed(one.values), placed(one.low), placed(one.high), role)


def _add(chart: go.Figure, panel: Bars, one: Series, index: int, names: list[str], language: Language) -> None:
    tone = colour(one.role, index)
    # A second series of the same side has a different pattern.
    twin = sum(earlier.role == one.role for earlier in panel.series[:index]) if one.role else index
    pattern = PATTERNS[(1 if one.role == "b" and twin == 0 else twin * 2 if one.role else index) % len(PATTERNS)]
    places = list(range(len(names)))
    labels = [number(value) for value in one.values]
    plenty = len(names) * len(panel.series) > 24
    error = errors(one.values, one.low, one.high)
    chart.add_trace(go.Bar(
        x=list(one.values) if panel.horizontal else places,
        y=places if panel.horizontal else list(one.values),
        orientation="h" if panel.horizontal else "v",
        name=shown(one.name, language),
        marker=dict(color=tone, cornerradius=2, line=dict(width=0),
                    pattern=dict(shape=pattern, fillmode="overlay", size=5, solidity=0.16, fgcolor="#ffffff")),
        text=None if plenty or panel.stacked or error else labels, textposition="outside", cliponaxis=False,
        textfont=dict(family=MONO, size=11),
        error_x=error if panel.horizontal else None, error_y=None if panel.horizontal else error,
        customdata=[[name, label] for name, label in zip(names, labels, strict=True)],
        hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra>" + shown(one.name, language) + "</extra>",
    ))  # fmt: skip


def _axes(chart: go.Figure, panel: Bars, language: Language) -> None:
    value_label = shown(panel.y_label, language)
    count = max(len(panel.categories), 1)
    axis = categories(panel.categories, language, width=22 if panel.horizontal else max(3, min(14, 24 // count)))
    values = finite(value for one in panel.series for value in (*one.values, *one.low, *one.high))
    signed = any(value < 0 for value in values)
    if panel.horizontal:
        axis["range"] = axis["range"][::-1]
        chart.update_yaxes(showgrid=False, **axis)
        chart.update_xaxes(zeroline=signed, zerolinewidth=1.5, rangemode="tozero")
        axis_title(chart, value_label, "")
    else:
        chart.update_xaxes(showgrid=False, **axis)
        chart.update_yaxes(zeroline=signed, zerolinewidth=1.5, rangemode="tozero")
        axis_title(chart, "", value_label)

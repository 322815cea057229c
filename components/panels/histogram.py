"""Draws Histogram as a plotly figure."""

from __future__ import annotations

import dataclasses
from typing import Any

import plotly.graph_objects as go

from components.panels.figures import axis_title, base, colour, exact, log_ticks, shown, sided, span, ticks, ticks_anew
from playground.lab.panels import Histogram, Series
from playground.lab.text import Language, say

COUNT = {"zh": "个数", "en": "count"}


def figure(panel: Histogram, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel's counts as steps, with its vertical grid lines."""
    return _figure(panel, language, legend=len(panel.series) > 1)


def _figure(panel: Histogram, language: Language, *, legend: bool) -> go.Figure:
    chart = base(300, language, legend=legend)
    highest = max((value for one in panel.series for value in one.values if value is not None), default=1.0)
    for level in panel.grid:
        chart.add_shape(type="line", x0=level, x1=level, y0=0, y1=1, yref="paper", layer="below",
                        line=dict(color="rgba(194,64,95,0.55)", width=1, dash="2px,2px"))  # fmt: skip
    for index, one in enumerate(panel.series):
        _add(chart, panel, one, index, language)
    chart.update_xaxes(range=span(panel.edges, margin=0.01), showgrid=False, **ticks(panel.edges, language))
    chart.update_yaxes(type="log" if panel.log_y else "linear", rangemode="tozero")
    if not panel.log_y:
        chart.update_yaxes(range=[0, highest * 1.06 or 1], **ticks([0.0, highest], language))
    else:
        chart.update_yaxes(**log_ticks(_counts(panel), language))
    axis_title(chart, shown(panel.x_label, language), COUNT[language.value])
    return chart


def overlay(a: Histogram, b: Histogram, language: Language) -> go.Figure:
    """Overlays A's and B's counts, each with its own edges."""
    charts = []
    for role, side in (("a", a), ("b", b)):
        series = tuple(
            dataclasses.replace(one, name=sided(say(one.name, language), role), role=role) for one in side.series
        )
        charts.append(
            _figure(dataclasses.replace(side, series=series), language, legend=len(a.series) + len(b.series) > 2)
        )
    first, second = charts
    for trace in second.data:
        first.add_trace(trace)
    first.update_layout(shapes=[*first.layout.shapes, *second.layout.shapes])
    edges = [*a.edges, *b.edges]
    first.update_xaxes(range=span(edges, margin=0.01), **ticks_anew(ticks(edges, language)))
    if a.log_y:
        first.update_yaxes(**ticks_anew(log_ticks([*_counts(a), *_counts(b)], language)))
    else:
        highest = max(first.layout.yaxis.range[1], second.layout.yaxis.range[1])
        first.update_yaxes(range=[0, highest], **ticks_anew(ticks([0.0, highest], language)))
    return first


def _counts(panel: Histogram) -> list[float]:
    return [value for one in panel.series for value in one.values if value]


def _add(chart: go.Figure, panel: Histogram, one: Series, index: int, language: Language) -> None:
    tone = colour(one.role, index)
    centres = [(left + right) / 2 for left, right in zip(panel.edges, panel.edges[1:], strict=False)]
    widths = [right - left for left, right in zip(panel.edges, panel.edges[1:], strict=False)]
    spans = [
        f"{exact(left, language)} … {exact(right, language)}"
        for left, right in zip(panel.edges, panel.edges[1:], strict=False)
    ]
    chart.add_trace(go.Bar(
        x=centres, y=list(one.values), width=widths, name=shown(one.name, language), offset=None,
        marker=dict(color=tone, opacity=0.55 if len(panel.series) > 1 or one.role else 0.8, line=dict(width=0.5, color=tone),
                    pattern=dict(shape="/" if one.role == "b" or index % 2 else "", size=5, solidity=0.2, fgcolor="#ffffff", fillmode="overlay")),
        customdata=[[text, exact(value, language)] for text, value in zip(spans, one.values, strict=True)],
        hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra>" + shown(one.name, language) + "</extra>",
    ))  # fmt: skip
    chart.update_layout(barmode="overlay", bargap=0)

"""Draws Bars as a plotly figure."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from components.panels.figures import (
    EARLIER,
    INK,
    MONO,
    PATTERNS,
    axis_title,
    base,
    categories,
    colour,
    errors,
    exact,
    finite,
    number,
    shown,
    sided,
    span,
    ticks,
    ticks_anew,
    translucent,
    was,
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
        height,
        language,
        legend=series > 1,
        barmode="relative" if panel.stacked else "group",
        bargap=0.28,
        bargroupgap=0.08,
    )
    # Plotly would name stacked series from the last to the first.
    chart.update_layout(legend_traceorder="normal")
    names = [shown(label, language) for label in panel.categories]
    for index, one in enumerate(panel.series):
        _add(chart, panel, one, index, names, language)
    _axes(chart, panel, language)
    return chart


def overlay(a: Bars, b: Bars, language: Language) -> go.Figure:
    """Draws A's and B's bars side by side in each category, A first."""
    panel = overlaid(a, b, language)
    return without_needless_legend(figure(panel, language), len(panel.series))


def overlaid(a: Bars, b: Bars, language: Language) -> Bars:
    """Returns both sides' series as one panel over the categories of both."""
    merged = list(dict.fromkeys((*a.categories, *b.categories)))
    if merged != list(a.categories) or len(set(a.categories)) != len(a.categories):
        merged = list(a.categories) if a.categories == b.categories else merged
    series = tuple(
        _aligned(one, side, role, merged, language) for role, side in (("a", a), ("b", b)) for one in side.series
    )
    return dataclasses.replace(a, categories=tuple(merged), series=series)


def earlier(now: Bars, before: Bars, language: Language) -> list[go.Bar]:
    """Returns an outline for each bar of `now` whose series and category an earlier run has too, where that run's bar ended. None for
    stacked bars, whose ends are sums, and for names that occur twice. The first has in `meta` the ticks of the axis: the current bars' own, and
    those of both runs."""
    if now.stacked or before.stacked or len(set(before.categories)) < len(before.categories):
        return []
    found = []
    for index, one in enumerate(now.series):
        same = [other for other in before.series if (other.name, other.role) == (one.name, one.role)]
        if len(same) != 1 or sum((other.name, other.role) == (one.name, one.role) for other in now.series) > 1:
            continue
        by_name = dict(zip(before.categories, same[0].values, strict=True))
        values = [by_name.get(category) for category in now.categories]
        places = list(range(len(values)))
        if all(value is None for value in values):
            continue
        found.append(go.Bar(
            x=values if now.horizontal else places, y=places if now.horizontal else values,
            orientation="h" if now.horizontal else "v", offsetgroup=str(index), name=EARLIER, showlegend=False,
            marker=dict(color=translucent(INK, 0.12), line=dict(color=INK, width=1.5), cornerradius=2),
            customdata=[[shown(name, language), was(value, language)] for name, value in zip(now.categories, values, strict=True)],
            hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra>" + shown(one.name, language) + "</extra>",
        ))  # fmt: skip
    if found:
        ends = [trace.x if now.horizontal else trace.y for trace in found]
        own, joint = (_ticks(now, drawn, language) for drawn in ((), finite(end for one in ends for end in one)))
        axis = "xaxis" if now.horizontal else "yaxis"
        found[0].meta = {"own": {axis: ticks_anew(own)}, "joint": {axis: ticks_anew(joint)}}
    return found


def _ticks(panel: Bars, further: Sequence[float], language: Language) -> dict[str, Any]:
    """Returns the ticks of the axis of these bars, which begins at zero, and of further ends on it."""
    return ticks([*_ends(panel), *further, 0.0], language)


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
    labels = [number(value, language) for value in one.values]
    hover = [exact(value, language) for value in one.values]
    plenty = len(names) * len(panel.series) > 24
    error = errors(one.values, one.low, one.high)
    # Bars of different offset groups are drawn side by side even where they are stacked, as A's and B's should.
    group = (one.role or None) if panel.stacked else str(index)
    chart.add_trace(go.Bar(
        x=list(one.values) if panel.horizontal else places,
        y=places if panel.horizontal else list(one.values),
        orientation="h" if panel.horizontal else "v",
        name=shown(one.name, language), offsetgroup=group,
        marker=dict(color=tone, cornerradius=2, line=dict(width=0),
                    pattern=dict(shape=pattern, fillmode="overlay", size=5, solidity=0.16, fgcolor="#ffffff")),
        text=None if plenty or panel.stacked or error else labels, textposition="outside", cliponaxis=False,
        textfont=dict(family=MONO, size=11),
        error_x=error if panel.horizontal else None, error_y=None if panel.horizontal else error,
        customdata=[[name, text] for name, text in zip(names, hover, strict=True)],
        hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra>" + shown(one.name, language) + "</extra>",
    ))  # fmt: skip


def _ends(panel: Bars) -> list[float]:
    """Returns where the bars end, with their intervals: stacked ones above each other, apart for each side, those below zero below."""
    if not panel.stacked:
        return finite(value for one in panel.series for value in (*one.values, *one.low, *one.high))
    sums: dict[tuple[str, int, bool], float] = defaultdict(float)
    for one in panel.series:
        for place, value in enumerate(one.values):
            sums[one.role, place, (value or 0) < 0] += value or 0
    return list(sums.values())


def _axes(chart: go.Figure, panel: Bars, language: Language) -> None:
    value_label = shown(panel.y_label, language)
    count = max(len(panel.categories), 1)
    axis = categories(panel.categories, language, width=22 if panel.horizontal else max(3, min(14, 24 // count)))
    values = finite(value for one in panel.series for value in (*one.values, *one.low, *one.high))
    signed = any(value < 0 for value in values)
    # A number at the lower end of a bar needs room, or it lies over the names.
    room = span([*values, 0.0], margin=0.14) if signed and not panel.stacked else None
    # Of bars upon each other the axis goes to their sum.
    numbers = _ticks(panel, (), language)
    if panel.horizontal:
        axis["range"] = axis["range"][::-1]
        chart.update_yaxes(showgrid=False, **axis)
        chart.update_xaxes(zeroline=signed, zerolinewidth=1.5, rangemode="tozero", **numbers)
        if room:
            chart.update_xaxes(range=room)
        axis_title(chart, value_label, "")
    else:
        chart.update_xaxes(showgrid=False, **axis)
        chart.update_yaxes(zeroline=signed, zerolinewidth=1.5, rangemode="tozero", **numbers)
        if room:
            chart.update_yaxes(range=room)
        axis_title(chart, "", value_label)

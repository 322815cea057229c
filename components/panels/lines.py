"""Draws Lines as a plotly figure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.panels.figures import (
    DASHES,
    EARLIER,
    INK,
    MARKERS,
    axis_title,
    base,
    colour,
    exact,
    finite,
    log_ticks,
    measured_ticks,
    shown,
    sided,
    span,
    ticks,
    ticks_anew,
    translucent,
    was,
    without_needless_legend,
)
from playground.lab.panels import Line, Lines, Mark
from playground.lab.text import Language, say

# Marks closer than this share of the axis have names on different lines: on a phone a name takes half the width.
NEAR = 0.45


def figure(panel: Lines, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel's curves, with bands behind and marks in front."""
    chart = base(320, language, legend=len(panel.lines) > 1)
    for index, line in enumerate(panel.lines):
        if line.low and line.high:
            _add_band(chart, line, colour(line.role, index))
    for index, line in enumerate(panel.lines):
        _add_line(chart, panel, line, index, language)
    x_values = [x for line in panel.lines for x in line.x] + [mark.x for mark in panel.marks]
    named: list[tuple[float, tuple[bool, bool]]] = []
    for mark in panel.marks:
        (share,) = _shares((mark.x,), x_values, log=panel.log_x)
        to_left = share > 0.6
        below = _rises(panel, mark, to_left, x_values)
        # A name over a near mark's would hide it: the next one is a line further away.
        lines = sum(abs(share - other) < NEAR and sides == (to_left, below) for other, sides in named)
        named.append((share, (to_left, below)))
        away = (26 + 16 * lines) * (1 if below else -1)
        _add_mark(
            chart, mark.x, mark.y, shown(mark.name, language), colour(mark.role, 4), panel, to_left, away, language
        )
    chart.update_xaxes(type="log" if panel.log_x else "linear", range=span(x_values, log=panel.log_x, margin=0.03))
    chart.update_yaxes(type="log" if panel.log_y else "linear")
    if not panel.log_x and x_values and _counted(x_values):
        chart.update_xaxes(dtick=1)
    chart.update_xaxes(**(measured_ticks if panel.log_x else ticks)(x_values, language))
    chart.update_yaxes(**_y_ticks(panel, (), language))
    axis_title(chart, shown(panel.x_label, language), shown(panel.y_label, language))
    return chart


def overlay(a: Lines, b: Lines, language: Language) -> go.Figure:
    """Overlays A's and B's curves, distinguished by colour, dash and marker."""
    panel = overlaid(a, b, language)
    return without_needless_legend(figure(panel, language), len(panel.lines))


def overlaid(a: Lines, b: Lines, language: Language) -> Lines:
    """Returns both sides' curves and marks as one panel."""
    lines = tuple(
        dataclasses.replace(line, name=sided(say(line.name, language), role), role=role)
        for role, side in (("a", a), ("b", b))
        for line in side.lines
    )
    marks = tuple(dataclasses.replace(mark, role=role) for role, side in (("a", a), ("b", b)) for mark in side.marks)
    return dataclasses.replace(a, lines=lines, marks=marks)


def earlier(now: Lines, before: Lines, language: Language) -> list[go.Scatter]:
    """Returns, in grey, an earlier run's curve for each of `now` that it has too. None where the axes differ, and for names that occur
    twice. The first has in `meta` the ticks of the axis: the current curves' own, and those of both runs."""
    axes = [(panel.x_label, panel.y_label, panel.log_x, panel.log_y) for panel in (now, before)]
    if axes[0] != axes[1]:
        return []
    found = []
    for line in now.lines:
        named = [
            [one for one in panel.lines if (one.name, one.role) == (line.name, line.role)] for panel in (now, before)
        ]
        if [len(lines) for lines in named] != [1, 1]:
            continue
        (same,) = named[1]
        found.append(go.Scatter(
            x=list(same.x), y=list(same.y), name=EARLIER, showlegend=False, connectgaps=False,
            mode="lines+markers" if len(same.x) == 1 else "lines", line=dict(color=INK, width=1.5, dash=DASHES["dash"]), marker=dict(color=INK, size=6),
            customdata=[[exact(x, language), was(y, language)] for x, y in zip(same.x, same.y, strict=True)],
            hovertemplate=f"{shown(now.x_label, language) or 'x'} %{{customdata[0]}}<br><b>%{{customdata[1]}}</b>"
                          f"<extra>{shown(line.name, language)}</extra>",
        ))  # fmt: skip
    if found:
        own, joint = (_y_ticks(now, drawn, language) for drawn in ((), finite(y for curve in found for y in curve.y)))
        found[0].meta = {"own": {"yaxis": ticks_anew(own)}, "joint": {"yaxis": ticks_anew(joint)}}
    return found


def _y_ticks(panel: Lines, further: Sequence[float], language: Language) -> dict[str, Any]:
    """Returns the ticks of the vertical axis of these curves and of further values on it."""
    values = [*finite(y for line in panel.lines for y in (*line.y, *line.high)), *further]
    return (log_ticks if panel.log_y else ticks)(values, language)


def _add_line(chart: go.Figure, panel: Lines, line: Line, index: int, language: Language) -> None:
    tone = colour(line.role, index)
    twin = sum(earlier.role == line.role for earlier in panel.lines[:index]) if line.role else index
    dash = DASHES[line.dash]
    if line.dash == "solid" and line.role:
        dash = (
            ("solid", "2px,3px", "10px,3px,2px,3px")[twin % 3]
            if line.role == "a"
            else ("8px,4px", "4px,2px", "12px,4px")[twin % 3]
        )
    symbol = MARKERS[(twin * 2 + (line.role == "b")) % len(MARKERS)]
    chart.add_trace(go.Scatter(
        x=list(line.x), y=list(line.y), name=shown(line.name, language), legendgroup=str(index), connectgaps=False,
        mode="lines+markers" if line.markers and len(line.x) <= 64 else "lines",
        line=dict(color=tone, width=2, dash=dash), marker=dict(symbol=symbol, size=7, color=tone, line=dict(width=0)),
        customdata=[[exact(x, language), exact(y, language)] for x, y in zip(line.x, line.y, strict=True)],
        hovertemplate=f"{shown(panel.x_label, language) or 'x'} %{{customdata[0]}}<br><b>%{{customdata[1]}}</b>"
                      f"<extra>{shown(line.name, language)}</extra>",
    ))  # fmt: skip


def _add_band(chart: go.Figure, line: Line, tone: str) -> None:
    points = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=True)
        if low is not None and high is not None
    ]
    chart.add_trace(go.Scatter(
        x=[x for x, _, _ in points] + [x for x, _, _ in reversed(points)],
        y=[high for _, _, high in points] + [low for _, low, _ in reversed(points)],
        fill="toself", fillcolor=translucent(tone, 0.14), line=dict(width=0), mode="lines", hoverinfo="skip", showlegend=False,
    ))  # fmt: skip


def _counted(values: Sequence[float]) -> bool:
    """Returns whether the values are few whole numbers, between which there is nothing."""
    return all(float(value).is_integer() for value in values) and 1 <= max(values) - min(values) <= 10


def _shares(places: Sequence[float], values: Sequence[float], *, log: bool) -> list[float]:
    """Returns the relative positions of places between the minimum and maximum of values, 0 to 1."""
    if log:
        values = [log10(value) for value in values if value > 0]
        places = [log10(place) if place > 0 else min(values, default=0.0) for place in places]
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(place - low) / (high - low) if high > low else 0.0 for place in places]


def _rises(panel: Lines, mark: Mark, to_left: bool, x_values: Sequence[float]) -> bool:
    """Returns whether the curve of a mark goes up on the side where its name is, so that a name above would lie on the curve."""
    y_values = [mark.y, *(y for line in panel.lines for y in line.y if y is not None)]
    (x,) = _shares((mark.x,), x_values, log=panel.log_x)
    (y,) = _shares((mark.y,), y_values, log=panel.log_y)
    if y < 0.2:
        # There is no space below.
        return False
    for line in panel.lines:
        drawn = sorted((one, other) for one, other in zip(line.x, line.y, strict=True) if other is not None)
        if not drawn:
            continue
        xs = _shares([one for one, _ in drawn], x_values, log=panel.log_x)
        ys = _shares([other for _, other in drawn], y_values, log=panel.log_y)
        here, aside = np.interp((x, x + (-0.1 if to_left else 0.1)), xs, ys)
        if abs(here - y) < 0.02 and aside > here:
            return True
    return False


def _add_mark(
    chart: go.Figure,
    x: float,
    y: float,
    name: str,
    tone: str,
    panel: Lines,
    to_left: bool,
    away: int,
    language: Language,
) -> None:
    """Adds a ring with its name beside it, to the left if there is no space on the right, `away` pixels below it, or above where negative."""
    chart.add_trace(go.Scatter(
        x=[x], y=[y], mode="markers", showlegend=False, customdata=[[name, exact(x, language), exact(y, language)]],
        marker=dict(symbol="circle-open", size=13, color=tone, line=dict(width=2.5)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}, <b>%{customdata[2]}</b><extra></extra>",
    ))  # fmt: skip
    if not name.strip():
        return
    chart.add_annotation(
        x=log10(x) if panel.log_x and x > 0 else x, y=log10(y) if panel.log_y and y > 0 else y, text=name, showarrow=True,
        arrowhead=0, arrowwidth=1, arrowcolor=INK, ax=-26 if to_left else 26, ay=away, font=dict(size=11.5), xanchor="right" if to_left else "left",
    )  # fmt: skip

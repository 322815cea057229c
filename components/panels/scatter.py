"""Draws Scatter as a plotly figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go

from components.panels.figures import (
    DASHES,
    INK,
    MARKERS,
    PALETTE,
    axis_title,
    base,
    columns_wide,
    errors,
    exact,
    log_ticks,
    short,
    shown,
    span,
    ticks,
    translucent,
)
from playground.lab.panels import Point, Scatter
from playground.lab.text import Language, say

# More names would overlap: then only points of the line and those alone in their group are named. A line leaves less room.
NAMED, NAMED_BESIDE_A_LINE = 16, 12
ABOVE = "top center"
# A figure's drawing area in pixels, about, and a letter of a name: to see which names would meet.
WIDTH, HEIGHT, LETTER = 700, 280, 6
# Left, lower, right and upper edge, in pixels.
Box = tuple[float, float, float, float]


def figure(panel: Scatter, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel, on the common ranges of `pair`; groups as in the first of them."""
    panels = pair or (panel,)
    every = [point for one in panels for point in one.points]
    xs = [x for point in every for x in (point.x, *(point.x_interval or ()))]
    ys = [y for point in every for y in (point.y, *(point.y_interval or ()))]
    groups = list(dict.fromkeys(say(point.group, language) for point in every))
    chart = base(360, language, legend=len(groups) > 1)
    named = _named(panel, language)
    beside = _placed(panel, named, language, xs, ys)
    # Plotly breaks a line at a point without a place.
    joined: list[Point | None] = [panel.points[place] for place in panel.line]
    for one, other in panel.links:
        joined += [None, panel.points[one], panel.points[other]]
    if joined:
        chart.add_trace(go.Scatter(
            x=[point and point.x for point in joined], y=[point and point.y for point in joined], mode="lines", hoverinfo="skip",
            showlegend=False, line=dict(color=INK, width=1.5, dash=DASHES["dot"]),
        ))  # fmt: skip
    for index, group in enumerate(groups):
        places = [place for place, point in enumerate(panel.points) if say(point.group, language) == group]
        points = [panel.points[place] for place in places]
        names = [shown(point.name, language) for point in points]
        tone = PALETTE[index % len(PALETTE)]
        chart.add_trace(go.Scatter(
            x=[point.x for point in points], y=[point.y for point in points], name=shown(group, language) or " ",
            mode="markers+text" if named else "markers", cliponaxis=False,
            textposition=[beside.get(place, ABOVE) for place in places] if named else None,
            text=[
                shown(short(say(panel.points[place].name, language)), language) if place in named else "" for place in places
            ] if named else None,
            textfont=dict(size=11),
            marker=dict(symbol=_symbol(index), size=8, color=tone, opacity=0.85, line=dict(width=0)),
            error_x=_bars([(point.x, point.x_interval) for point in points], tone),
            error_y=_bars([(point.y, point.y_interval) for point in points], tone),
            customdata=[
                [name, _with_ends(point.x, point.x_interval, language), _with_ends(point.y, point.y_interval, language)] for name, point in zip(names, points, strict=True)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}<extra>" + shown(group, language) + "</extra>",
        ))  # fmt: skip
    chart.update_xaxes(type="log" if panel.log_x else "linear", range=span(xs, log=panel.log_x, margin=0.09))
    chart.update_yaxes(type="log" if panel.log_y else "linear", range=span(ys, log=panel.log_y, margin=0.12))
    for update, log, values in ((chart.update_xaxes, panel.log_x, xs), (chart.update_yaxes, panel.log_y, ys)):
        update(**(log_ticks if log else ticks)(values, language))
    axis_title(chart, shown(panel.x_label, language), shown(panel.y_label, language))
    return chart


def _bars(values: Sequence[tuple[float, tuple[float, float] | None]], tone: str) -> dict[str, Any] | None:
    """Returns the error bars of a group in its colour, or None if no point has one."""
    ends = [interval or (value, value) for value, interval in values]
    if not any(interval for _, interval in values):
        return None
    found = errors([value for value, _ in values], [low for low, _ in ends], [high for _, high in ends])
    return {**(found or {}), "color": translucent(tone, 0.6), "thickness": 1, "width": 0}


def _with_ends(value: float, interval: tuple[float, float] | None, language: Language) -> str:
    middle = exact(value, language)
    return middle if interval is None else f"{middle} [{exact(interval[0], language)}, {exact(interval[1], language)}]"


def _placed(
    panel: Scatter, named: set[int], language: Language, xs: Sequence[float], ys: Sequence[float]
) -> dict[int, str]:
    """Returns for each named point where its name goes: above it, unless a name there would be cut off or meet another name, point or
    error bar. `xs`, `ys`: what the axes hold."""
    x_span = span(xs, log=panel.log_x, margin=0.1)
    y_span = span(ys, log=panel.log_y, margin=0.1)
    places = {
        index: (_pixel(point.x, panel.log_x, x_span, WIDTH), _pixel(point.y, panel.log_y, y_span, HEIGHT))
        for index, point in enumerate(panel.points)
    }
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in places.values()]
    for index, (x, y) in places.items():
        point = panel.points[index]
        if point.x_interval:
            left, right = (_pixel(end, panel.log_x, x_span, WIDTH) for end in point.x_interval)
            taken.append((left, y - 1, right, y + 1))
        if point.y_interval:
            low, high = (_pixel(end, panel.log_y, y_span, HEIGHT) for end in point.y_interval)
            taken.append((x - 1, low, x + 1, high))
    found = {}
    for index in sorted(named, key=lambda index: places[index]):
        width = LETTER * columns_wide(short(say(panel.points[index].name, language)))
        x, y = places[index]
        boxes = {
            "top center": (x - width / 2, y + 6, x + width / 2, y + 20),
            "bottom center": (x - width / 2, y - 20, x + width / 2, y - 6),
            "middle right": (x + 7, y - 7, x + 7 + width, y + 7),
            "middle left": (x - 7 - width, y - 7, x - 7, y + 7),
        }
        found[index] = min(
            boxes,
            key=lambda name: (_cut_off(boxes[name]), sum(_meet(boxes[name], other) for other in taken)),
        )
        taken.append(boxes[found[index]])
    return found


def _pixel(value: float, log: bool, reach: list[float] | None, size: int) -> float:
    if reach is None or (log and value <= 0):
        return 0.0
    return size * ((log10(value) if log else value) - reach[0]) / (reach[1] - reach[0])


def _cut_off(box: Box) -> bool:
    """Returns whether a name would go beyond the left or right end of the figure."""
    return box[0] < 0 or box[2] > WIDTH


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _symbol(index: int) -> str:
    """Returns the symbol of a group: where colours repeat, it is another one."""
    return MARKERS[(index + index // len(PALETTE)) % len(MARKERS)]


def _named(panel: Scatter, language: Language) -> set[int]:
    """Returns the indices of the points with visible names."""
    groups = Counter(say(point.group, language) for point in panel.points)
    if len(panel.points) <= (NAMED_BESIDE_A_LINE if panel.line else NAMED):
        # The legend names a group; the same name once more at its point may cover others.
        return {
            place
            for place, point in enumerate(panel.points)
            if len(groups) == 1 or say(point.name, language) != say(point.group, language)
        }
    alone = {place for place, point in enumerate(panel.points) if groups[say(point.group, language)] == 1}
    return {*panel.line, *alone} if panel.line else set()

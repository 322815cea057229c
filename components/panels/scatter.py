"""Draws Scatter as a plotly figure."""

from __future__ import annotations

from collections import Counter
from typing import Any

import plotly.graph_objects as go

from components.panels.figures import DASHES, INK, MARKERS, PALETTE, axis_title, base, number, short, shown, span
from playground.lab.panels import Scatter
from playground.lab.text import Language, say

# More names would overlap: then only points of the line and those alone in their group are named. A line leaves less room.
NAMED, NAMED_BESIDE_A_LINE = 16, 12


def figure(panel: Scatter, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel, on the common ranges of `pair`; groups as in the first of them."""
    panels = pair or (panel,)
    every = [point for one in panels for point in one.points]
    groups = list(dict.fromkeys(say(point.group, language) for point in every))
    chart = base(360, legend=len(groups) > 1)
    named = _named(panel, language)
    if panel.line:
        joined = [panel.points[place] for place in panel.line]
        chart.add_trace(go.Scatter(
            x=[point.x for point in joined], y=[point.y for point in joined], mode="lines", hoverinfo="skip",
            showlegend=False, line=dict(color=INK, width=1.5, dash=DASHES["dot"]),
        ))  # fmt: skip
    for index, group in enumerate(groups):
        places = [place for place, point in enumerate(panel.points) if say(point.group, language) == group]
        points = [panel.points[place] for place in places]
        names = [shown(point.name, language) for point in points]
        tone = PALETTE[index % len(PALETTE)]
        chart.add_trace(go.Scatter(
            x=[point.x for point in points], y=[point.y for point in points], name=shown(group, language) or " ",
            mode="markers+text" if named else "markers", textposition="top center", cliponaxis=False,
            text=[
                shown(short(say(panel.points[place].name, language)), language) if place in named else "" for place in places
            ] if named else None,
            textfont=dict(size=11),
            marker=dict(symbol=_symbol(index), size=8, color=tone, opacity=0.85, line=dict(width=0)),
            customdata=[[name, number(point.x), number(point.y)] for name, point in zip(names, points, strict=True)],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}, %{customdata[2]}<extra>" + shown(group, language) + "</extra>",
        ))  # fmt: skip
    chart.update_xaxes(
        type="log" if panel.log_x else "linear", range=span([p.x for p in every], log=panel.log_x, margin=0.09)
    )
    chart.update_yaxes(
        type="log" if panel.log_y else "linear", range=span([p.y for p in every], log=panel.log_y, margin=0.12)
    )
    axis_title(chart, shown(panel.x_label, language), shown(panel.y_label, language))
    return chart


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

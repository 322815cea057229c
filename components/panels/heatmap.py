"""Draws Heatmap as a plotly figure."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from components.panels.figures import DIVERGING, SEQUENTIAL, base, categories, number, shown
from playground.lab.panels import Heatmap
from playground.lab.text import Language

# With more cells, texts are shown only on hover.
WRITTEN_COLUMNS, WRITTEN_CELLS = 14, 220


def figure(panel: Heatmap, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel, on the common colour scale of `pair`."""
    low, high = _scale(pair or (panel,))
    columns = [shown(label, language) for label in panel.columns]
    rows = [shown(label, language) for label in panel.rows]
    texts = [[shown(text, language) for text in row] for row in panel.texts]
    chart = base(min(90 + 26 * max(len(rows), 3), 760), legend=False)
    hover = [
        [
            f"{rows[i]} · {columns[j]}<br><b>{number(value)}</b>" + (f" {texts[i][j]}" if texts else "")
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(panel.values)
    ]
    written = bool(texts) and len(columns) <= WRITTEN_COLUMNS and len(columns) * len(rows) <= WRITTEN_CELLS
    chart.add_trace(go.Heatmap(
        z=[list(row) for row in panel.values], x=list(range(len(columns))), y=list(range(len(rows))), zmin=low, zmax=high,
        zmid=0 if panel.diverging else None, colorscale=DIVERGING if panel.diverging else SEQUENTIAL, xgap=1, ygap=1,
        text=texts if written else None, texttemplate="%{text}" if written else None, textfont=dict(size=11),
        customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        colorbar=dict(thickness=10, outlinewidth=0, len=1, tickfont=dict(size=11), x=1.01,
                      title=dict(text=shown(panel.value_label, language), side="top", font=dict(size=11.5))),
    ))  # fmt: skip
    chart.update_xaxes(
        showgrid=False,
        side="top" if len(rows) > 12 else "bottom",
        **categories(panel.columns, language, 2 if len(columns) > 8 else 8),
    )
    axis = categories(panel.rows, language, 24)
    axis["range"] = axis["range"][::-1]
    chart.update_yaxes(showgrid=False, **axis)
    return chart


def _scale(panels: tuple[Heatmap, ...]) -> tuple[float | None, float | None]:
    values = [value for panel in panels for row in panel.values for value in row if value is not None]
    lows = [panel.low for panel in panels if panel.low is not None] or values
    highs = [panel.high for panel in panels if panel.high is not None] or values
    if not lows or not highs:
        return None, None
    low, high = min(lows), max(highs)
    if panels[0].diverging:
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    return low, high

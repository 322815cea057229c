"""Draws Heatmap as a plotly figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.panels.figures import DIVERGING, SEQUENTIAL, base, categories, columns_wide, exact, shown, ticks
from playground.lab.panels import Heatmap
from playground.lab.text import Language

# With more cells, texts are shown only on hover.
WRITTEN_COLUMNS, WRITTEN_CELLS = 14, 220
# On a cell of any colour black or white has a contrast of 4.5 or more. Where the dark theme, which inverts the cell, needs the other of
# them, the last digit says so to figures.css: by (in light, in dark).
TEXT_INKS = {
    ("black", "black"): "#000000", ("black", "white"): "#000001", ("white", "white"): "#ffffff", ("white", "black"): "#fffffe",
}  # fmt: skip
# With more columns, on a phone, there would be more gaps than cells.
GAPS = 30
# Pixels: a Latin letter of a cell, a column's name that is turned on end, and the colour bar with the margins.
LETTER, TURNED_NAME, BESIDE = 6, 13, 90
Colour = tuple[float, float, float]


def figure(panel: Heatmap, language: Language, pair: tuple[Any, ...] = ()) -> go.Figure:
    """Draws one panel, on the common colour scale of `pair`."""
    low, high = _scale(pair or (panel,))
    columns = [shown(label, language) for label in panel.columns]
    rows = [shown(label, language) for label in panel.rows]
    texts = [[shown(text, language) for text in row] for row in panel.texts]
    chart = base(min(90 + 26 * max(len(rows), 3), 760), language, legend=False)
    named, written_as = (f"{shown(label, language)} ".lstrip() for label in (panel.value_label, panel.text_label))
    hover = [
        [
            " · ".join(filter(str.strip, (rows[i], columns[j])))
            + f"<br>{named}<b>{exact(value, language)}</b>"
            + (f"<br>{written_as}{texts[i][j]}" if texts and texts[i][j] else "")
            for j, value in enumerate(row)
        ]
        for i, row in enumerate(panel.values)
    ]
    written = bool(texts) and len(columns) <= WRITTEN_COLUMNS and len(columns) * len(rows) <= WRITTEN_CELLS
    chart.add_trace(go.Heatmap(
        z=[list(row) for row in panel.values], x=list(range(len(columns))), y=list(range(len(rows))), zmin=low, zmax=high,
        zmid=0 if panel.diverging else None, colorscale=DIVERGING if panel.diverging else SEQUENTIAL, xgap=1 if len(columns) <= GAPS else 0, ygap=1,
        text=_inked(texts, panel, low, high) if written else None, texttemplate="%{text}" if written else None, textfont=dict(size=11),
        customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        colorbar=dict(**ticks((low, high), language), thickness=10, outlinewidth=0, len=1, tickfont=dict(size=11), x=1.01,
                      title=dict(text=shown(panel.value_label, language), side="top", font=dict(size=11.5))),
    ))  # fmt: skip
    whole = all(value is None or float(value).is_integer() for row in panel.values for value in row)
    if whole and low is not None and high is not None and high - low <= 10:
        # Counts have no fractions.
        chart.update_traces(colorbar_dtick=1)
    chart.update_xaxes(
        showgrid=False,
        side="top" if len(rows) > 12 else "bottom",
        **categories(panel.columns, language, 2 if len(columns) > 8 else 8),
    )
    axis = categories(panel.rows, language, 24)
    axis["range"] = axis["range"][::-1]
    chart.update_yaxes(showgrid=False, **axis)
    return chart


def _inked(texts: list[list[str]], panel: Heatmap, low: float | None, high: float | None) -> list[list[str]]:
    """Returns the cells' texts, white or black as reads better on the cell's own colour."""
    scale = DIVERGING if panel.diverging else SEQUENTIAL
    stops, colours = [float(str(stop)) for stop, _ in scale], [_rgb(str(colour)) for _, colour in scale]

    def inked(text: str, value: float | None) -> str:
        if value is None or low is None or high is None or high <= low:
            return text
        share = (value - low) / (high - low)
        red, green, blue = (float(np.interp(share, stops, [one[part] for one in colours])) for part in range(3))
        cell = (red, green, blue)
        return f'<span style="color:{TEXT_INKS[_ink(cell), _ink(in_dark(cell))]}">{text}</span>'

    return [[inked(*cell) for cell in zip(*row, strict=True)] for row in zip(texts, panel.values, strict=True)]


def _ink(cell: Colour) -> str:
    return "black" if contrast((0, 0, 0), cell) > contrast((255, 255, 255), cell) else "white"


def in_dark(colour: Colour) -> Colour:
    """Returns a cell's colour (red, green, blue; 0 to 255) in the dark theme: CSS' `invert(1) hue-rotate(180deg)`."""
    inverted = [255 - part for part in colour]
    # The matrix of hue-rotate in W3C's Filter Effects, at 180°: a grey stays, what is apart from it goes to the other side.
    grey = 2 * (0.213 * inverted[0] + 0.715 * inverted[1] + 0.072 * inverted[2])
    red, green, blue = (min(255.0, max(0.0, grey - part)) for part in inverted)
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Returns the contrast ratio, 1 to 21, of two colours (red, green, blue; 0 to 255) by WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def crowded_below(panel: Heatmap, language: Language) -> tuple[int, int]:
    """Returns the widths of the figure, in pixels, below which the texts of neighbouring cells and the names of columns meet.

    Plotly draws them all the same: the page leaves out what doesn't fit.
    """
    columns = len(panel.columns)
    letters = max((columns_wide(shown(text, language)) for row in panel.texts for text in row), default=0)
    names = max((columns_wide(shown(label, language)) for label in panel.rows), default=0)
    beside = BESIDE + LETTER * min(names, 24)
    return round(beside + columns * (LETTER * letters + 4)), round(beside + columns * TURNED_NAME)


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

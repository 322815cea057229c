"""Common parts of the plotly figures: fonts, colours by role, axes, escaped labels. Knows no panel kind.

Text and line colours here are middle greys; `figures.css` replaces them by the page's in dark and light themes.
"""

from __future__ import annotations

import html
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from components.words import WAS
from playground.lab.text import Label, Language, say, significant

# Latin fonts first on an English page: a Chinese one has full-width quotation marks.
FONTS = {
    Language.ZH: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif',
    Language.EN: '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
}
MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace'
INK, LINE = "#7a8190", "rgba(128,136,152,0.22)"

# Contrast of at least 3:1 on white and on dark cards.
SIDES = {"a": "#3f6be0", "b": "#d2691e"}
# Apart from each other for every kind of colour vision, from the sides for normal vision; series also differ by dash, marker and pattern.
PALETTE = ("#1d7f80", "#c17cb0", "#998e0e", "#2497fd", "#bb326d", "#759a6d", "#725aad", "#8b633b")
DASHES = {"solid": "solid", "dash": "8px,4px", "dot": "2px,3px", "dashdot": "10px,3px,2px,3px"}
MARKERS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "triangle-down")
PATTERNS = ("", "/", ".", "x", "-", "\\", "+", "|")

# Significant digits of labels and ticks, and of what is asked for by hovering; a logarithmic axis has so many powers of ten at most.
DIGITS, HOVER_DIGITS, MOST_DECADES = 3, 4, 8

# The name of a trace of an earlier run, by which the page takes it away again.
EARLIER = "pg-earlier"

# Brown to teal, which every kind of colour vision tells apart. In the dark theme figures.css inverts both scales: their low end is the
# card's colour there too.
DIVERGING = [[0.0, "#8f4a12"], [0.25, "#cf9a5f"], [0.5, "#e9e9e6"], [0.75, "#64b5aa"], [1.0, "#0b7a6f"]]
SEQUENTIAL = [[0.0, "#eef2fb"], [0.35, "#a9bff0"], [0.7, "#4f78da"], [1.0, "#1c3f9e"]]


def shown(label: Label, language: Language) -> str:
    """Escapes "<" and "&" in a label, as plotly interprets some markup."""
    return html.escape(say(label, language), quote=False).replace("\n", "↵")


def wrapped(text: str, width: int = 16) -> str:
    """Wraps a long category name at spaces or between Chinese characters (escaped text)."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + len(word) + 1 <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return "<br>".join(lines)


def short(text: str, limit: int = 18) -> str:
    """Truncates text to `limit` characters, before escaping."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def colour(role: str, index: int) -> str:
    """Returns a side's colour, or the palette's by index."""
    return SIDES.get(role) or PALETTE[index % len(PALETTE)]


def translucent(hex_colour: str, opacity: float) -> str:
    """Adds an opacity to #rrggbb."""
    red, green, blue = (int(hex_colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def base(height: int, language: Language, *, legend: bool, **layout: Any) -> go.Figure:
    """Returns an empty figure with the common layout."""
    # In one piece: to update an empty figure takes ten times as long.
    return go.Figure(layout=dict(
        template="none",
        height=height,
        autosize=True,
        margin=dict(l=8, r=12, t=34 if legend else 12, b=8),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=dict(family=FONTS[language], size=12, color=INK),
        showlegend=legend,
        legend=dict(orientation="h", x=0, xanchor="left", y=1.0, yanchor="bottom", font=dict(size=12), itemsizing="trace",
                    bgcolor="rgba(0,0,0,0)", tracegroupgap=0),
        hoverlabel=dict(bgcolor="#1d2129", bordercolor="#1d2129", font=dict(family=FONTS[language], size=12, color="#eef0f4"), align="left"),
        hovermode="closest",
        dragmode=False,
        modebar=dict(remove=["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale", "toImage"],
                     bgcolor="rgba(0,0,0,0)"),
        xaxis=_axis(),
        yaxis=_axis(),
        **layout,
    ))  # fmt: skip


def _axis() -> dict[str, Any]:
    return dict(
        gridcolor=LINE, linecolor=LINE, zeroline=False, zerolinecolor=LINE, ticks="", automargin=True, fixedrange=True,
        tickfont=dict(size=11.5), title=dict(font=dict(size=12), standoff=8), separatethousands=True, exponentformat="power",
        minexponent=6,
    )  # fmt: skip


def axis_title(figure: go.Figure, x: str, y: str) -> None:
    """Sets axis titles: x below, y horizontally above the axis, for readable Chinese."""
    figure.update_xaxes(title_text=x or None)
    if not y:
        return
    top = figure.layout.margin.t
    legend = bool(figure.layout.showlegend)
    figure.update_layout(margin_t=top + (18 if legend else 16))
    figure.add_annotation(
        text=y, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom", showarrow=False, yshift=3,
        font=dict(size=12, color=INK),
    )  # fmt: skip
    if legend:
        figure.update_layout(legend=dict(y=1, yanchor="bottom", yref="paper"))
        figure.layout.legend.y = 1 + 20 / max(figure.layout.height - top - 60, 80)


def categories(labels: Sequence[Label], language: Language, width: int = 14) -> dict[str, Any]:
    """Returns axis settings for categories at 0, 1, 2…, so that equal names remain separate.

    Names without spaces and Latin letters (Chinese) are never rotated: they wrap after `width` characters.
    """
    names = [short(say(label, language), 40).replace("\n", "↵") for label in labels]
    upright = bool(names) and not any(re.search(r"[A-Za-z]{3}|\d{3}", name) for name in names)
    texts = [
        "<br>".join(html.escape(name[at : at + width], quote=False) for at in range(0, len(name), width)) or " "
        if upright
        else wrapped(html.escape(name, quote=False), max(width, 8))
        for name in names
    ]
    angle = {"tickangle": 0} if upright else {}
    return dict(
        tickmode="array", tickvals=list(range(len(texts))), ticktext=texts, range=[-0.5, len(texts) - 0.5], **angle
    )


def columns_wide(text: str) -> int:
    """Returns the width of a text in Latin letters: a Chinese character takes two."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def span(values: Iterable[float | None], *, log: bool = False, margin: float = 0.06) -> list[float] | None:
    """Returns the range of an axis that holds all values, with a margin; in powers of ten when `log`. None without
    values.
    """
    numbers = [value for value in values if value is not None and (value > 0 or not log)]
    if not numbers:
        return None
    low, high = min(numbers), max(numbers)
    if log:
        low, high = math.log10(low), math.log10(high)
    pad = (high - low) * margin or abs(high) * 0.1 or 1.0
    return [low - pad, high + pad]


def finite(values: Iterable[float | None]) -> list[float]:
    """Returns the values there are."""
    return [value for value in values if value is not None]


def number(value: float | None, language: Language) -> str:
    """Writes a value for a label or a tick: three significant digits, whatever its size."""
    return "—" if value is None else significant(value, DIGITS, language)


def exact(value: float | None, language: Language) -> str:
    """Writes a value for a hover label: four significant digits."""
    return "—" if value is None else significant(value, HOVER_DIGITS, language)


def was(value: float | None, language: Language) -> str:
    """Writes a value of an earlier run for a hover label."""
    return WAS.format(value=exact(value, language)).in_(language)


def errors(
    values: Sequence[float | None], low: Sequence[float | None], high: Sequence[float | None]
) -> dict[str, Any] | None:
    """Returns plotly error bars from absolute bounds, or None if a series has none."""
    if not low or not high:
        return None
    return dict(
        type="data", symmetric=False, thickness=1.2, width=3, color=INK,
        array=[max(h - v, 0) if v is not None and h is not None else 0 for v, h in zip(values, high, strict=True)],
        arrayminus=[max(v - bottom, 0) if v is not None and bottom is not None else 0 for v, bottom in zip(values, low, strict=True)],
    )  # fmt: skip


def sided(name: str, role: str) -> str:
    """Prefixes a legend name with its side's letter."""
    return f"{role.upper()} · {name}" if name else role.upper()


def _ticks(places: Sequence[float], language: Language, digits: int = DIGITS) -> dict[str, Any]:
    """Returns the settings of an axis with ticks at these places; a whole power of ten needs no factor."""
    texts = [significant(place, digits, language) for place in places]
    return {"tickvals": list(places), "ticktext": [re.sub("^(−?)1×", r"\1", text) for text in texts]}


def ticks(values: Iterable[float | None], language: Language) -> dict[str, Any]:
    """Returns the ticks of a linear axis whose numbers are powers of ten or, in Chinese, 万 and 亿. Empty where plotly's own are as we write
    numbers: below a million. The values of an axis that begins at zero have one."""
    numbers = finite(values)
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if not (most := max(abs(low), abs(high))) or 1e-3 <= most < 1e6:
        return {}
    reach = high - low or most
    step = next(step for step in _round_numbers(math.floor(math.log10(reach)) - 1) if step >= reach / 6)
    # Of a single value plotly's axis is so short that no other place may be on it.
    origin = low if low == high else 0.0
    # One more at each end: an axis goes a little beyond its values.
    first, last = math.floor((low - origin) / step) - 1, math.ceil((high - origin) / step) + 1
    # Ticks that are near each other, far from zero, have as many digits as tell them apart.
    digits = max(DIGITS, math.floor(math.log10(most)) - math.floor(math.log10(step)) + 1)
    return _ticks([origin + step * place for place in range(first, last + 1)], language, digits)


def ticks_anew(found: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings of an axis that may have had other ticks, also where these leave them to plotly."""
    return {"tickvals": None, "ticktext": None} | found


def _round_numbers(decade: int) -> Iterator[float]:
    """Yields 1, 2 and 5 times each power of ten from that on."""
    return (float(f"{digit}e{power}") for power in itertools.count(decade) for digit in (1, 2, 5))


def log_ticks(values: Sequence[float], language: Language) -> dict[str, Any]:
    """Returns ticks of a logarithmic axis: powers of ten above a decade and a half, else a few round values."""
    positive = [value for value in values if value > 0]
    if not positive:
        return {"dtick": 1}
    # Half a tick beyond the curves still lies on the axis.
    low, high = 0.9 * min(positive), 1.1 * max(positive)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [power for decade in decades if low <= (power := 10.0**decade) <= high]
    if max(positive) > 30 * min(positive) and len(powers) > 1:
        return _ticks(powers[:: math.ceil(len(powers) / MOST_DECADES)], language)
    for digits in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        inside = [tick for decade in decades for digit in digits if low <= (tick := digit * 10.0**decade) <= high]
        if len(inside) >= 3:
            return _ticks(inside, language)
    return {"nticks": 6}


def measured_ticks(values: Sequence[float], language: Language) -> dict[str, Any]:
    """Returns ticks of a logarithmic axis at the places that were measured, where they are few and apart, else round ones."""
    places = sorted({value for value in values if value > 0})
    if not 1 < len(places) <= 8:
        return log_ticks(values, language)
    least = 0.07 * math.log(places[-1] / places[0])
    if any(math.log(after / before) < least for before, after in itertools.pairwise(places)):
        return log_ticks(values, language)
    return _ticks(places, language)


def without_needless_legend(figure: go.Figure, series: int) -> go.Figure:
    """Removes the legend of just A and B, which the heading above the figure names."""
    if series <= 2 and figure.layout.showlegend:
        figure.update_layout(showlegend=False, margin_t=max(figure.layout.margin.t - 22, 12))
    return figure

"""Says in a sentence or two what a plotly figure shows, for those who hear the page. Knows panels and no topic.

The name of a figure is its title, its kind, its axes, and of each series its ends: a screen reader finds nothing in the drawing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from components.panels import bars, lines
from components.panels.figures import number
from playground.lab.panels import Bars, Heatmap, Histogram, Lines, Panel, Scatter, Series, SideBySide
from playground.lab.text import Label, Language, Text, say

# A figure of more series names these and counts the others; so few values are all said.
MOST_SERIES, FEW_VALUES = 6, 3

_BARS = Text(zh="柱状图，{n} 类{axis}。", en="Bar chart of {n:|category|categories}{axis}.")
_LINES = Text(zh="折线图{axes}。", en="Line chart{axes}.")
_SCATTER = Text(zh="散点图，{n} 个点{axes}。", en="Scatter plot of {n:|point|points}{axes}.")
_HEATMAP = Text(
    zh="热图，{rows} 行 {columns} 列{axis}。", en="Heat map of {rows:|row|rows} and {columns:|column|columns}{axis}."
)
_HISTOGRAM = Text(zh="直方图{axis}。", en="Histogram{axis}.")
_AXIS = Text(zh="，{name}", en=", {name}")
_AXES = Text(zh="，纵轴 {y}，横轴 {x}", en=", {y} over {x}")
_ENDS = Text(
    zh="最低 {low}（{at_low}），最高 {high}（{at_high}）", en="lowest {low} ({at_low}), highest {high} ({at_high})"
)
_FLAT = Text(zh="都是 {low}", en="all {low}")
_WAY = Text(zh="{from_x} 处为 {first}，{to_x} 处为 {last}", en="from {first} at {from_x} to {last} at {to_x}")
_MOST = Text(zh="最多 {count}，在 {left} 与 {right} 之间", en="most, {count}, between {left} and {right}")
_NOTHING = Text(zh="没有数值", en="no values")
_OTHERS = Text(zh="另有 {n} 组。", en="And {n} more.")


def names(panel: Panel, title: Label, language: Language) -> list[str]:
    """Returns the name of each figure of a panel, in the order of `Drawing.figures`."""
    head = f"{say(title, language)}{'：' if language is Language.ZH else ': '}"
    if not isinstance(panel, SideBySide):
        return [head + _said(panel, language)]
    if isinstance(panel.a, Bars) and isinstance(panel.b, Bars):
        return [head + _said(bars.overlaid(panel.a, panel.b, language), language)]
    if isinstance(panel.a, Lines) and isinstance(panel.b, Lines):
        return [head + _said(lines.overlaid(panel.a, panel.b, language), language)]
    both = [f"{role.upper()} · {_said(side, language)}" for role, side in (("a", panel.a), ("b", panel.b))]
    return [head + " ".join(both)] if isinstance(panel.a, Histogram) else [head + one for one in both]


def _said(panel: Panel, language: Language) -> str:
    return _KINDS[type(panel)](panel, language)


def _bars(panel: Bars, language: Language) -> str:
    head = _BARS.format(n=len(panel.categories), axis=_axis(panel.y_label, language))
    return _joined(head, [(one.name, _of_series(panel.categories, one, language)) for one in panel.series], language)


def _of_series(categories: Sequence[Label], one: Series, language: Language) -> str:
    return _of_values(
        [(say(name, language), value) for name, value in zip(categories, one.values, strict=True)], language
    )


def _of_values(values: Sequence[tuple[str, float | None]], language: Language) -> str:
    """Names and values where they are few, else their ends."""
    known = [(name, value) for name, value in values if value is not None]
    if not known:
        return _NOTHING.in_(language)
    if len(known) <= FEW_VALUES:
        return ("，" if language is Language.ZH else ", ").join(
            f"{name} {number(value, language)}" for name, value in known
        )
    (at_low, low), (at_high, high) = (choose(known, key=lambda item: item[1]) for choose in (min, max))
    form = _FLAT if low == high else _ENDS
    return form.format(low=number(low, language), high=number(high, language), at_low=at_low, at_high=at_high).in_(
        language
    )


def _lines(panel: Lines, language: Language) -> str:
    said = []
    for line in panel.lines:
        known = [(x, y) for x, y in zip(line.x, line.y, strict=True) if y is not None]
        if len(known) <= FEW_VALUES:
            said.append((line.name, _of_values([(number(x, language), y) for x, y in known], language)))
            continue
        (from_x, first), (to_x, last) = known[0], known[-1]
        way = _WAY.format(
            first=number(first, language),
            from_x=number(from_x, language),
            last=number(last, language),
            to_x=number(to_x, language),
        ).in_(language)
        ends = _of_values([(number(x, language), y) for x, y in known], language)
        said.append((line.name, f"{way}{'；' if language is Language.ZH else '; '}{ends}"))
    return _joined(_LINES.format(axes=_axes(panel.x_label, panel.y_label, language)), said, language)


def _scatter(panel: Scatter, language: Language) -> str:
    groups = dict.fromkeys(say(point.group, language) for point in panel.points)
    said = [
        (
            group,
            _of_values([(say(one.name, language) or number(one.x, language), one.y) for one in panel.points if say(one.group, language) == group], language),
        )
        for group in groups
    ]  # fmt: skip
    return _joined(
        _SCATTER.format(n=len(panel.points), axes=_axes(panel.x_label, panel.y_label, language)), said, language
    )


def _heatmap(panel: Heatmap, language: Language) -> str:
    cells = [
        (" · ".join(filter(str.strip, (say(row, language), say(column, language)))), value)
        for row, values in zip(panel.rows, panel.values, strict=True)
        for column, value in zip(panel.columns, values, strict=True)
    ]
    head = _HEATMAP.format(rows=len(panel.rows), columns=len(panel.columns), axis=_axis(panel.value_label, language))
    return _joined(head, [("", _of_values(cells, language))], language)


def _histogram(panel: Histogram, language: Language) -> str:
    said = []
    for one in panel.series:
        known = [(value, place) for place, value in enumerate(one.values) if value is not None]
        if not known:
            said.append((one.name, _NOTHING.in_(language)))
            continue
        count, place = max(known)
        most = _MOST.format(
            count=number(count, language),
            left=number(panel.edges[place], language),
            right=number(panel.edges[place + 1], language),
        )
        said.append((one.name, most.in_(language)))
    return _joined(_HISTOGRAM.format(axis=_axis(panel.x_label, language)), said, language)


def _axis(name: Label, language: Language) -> str:
    return _AXIS.format(name=say(name, language)).in_(language) if say(name, language) else ""


def _axes(x: Label, y: Label, language: Language) -> str:
    if not say(x, language) or not say(y, language):
        return _axis(x or y, language)
    return _AXES.format(x=say(x, language), y=say(y, language)).in_(language)


def _joined(head: Text, series: Sequence[tuple[Label, str]], language: Language) -> str:
    """The kind of figure, then a sentence for each of the first series."""
    colon, stop, space = ("：", "。", "") if language is Language.ZH else (": ", ".", " ")
    said = [head.in_(language)]
    for name, text in series[:MOST_SERIES]:
        said.append(f"{say(name, language)}{colon}{text}{stop}" if say(name, language) else f"{text}{stop}")
    if len(series) > MOST_SERIES:
        said.append(_OTHERS.format(n=len(series) - MOST_SERIES).in_(language))
    return space.join(said)


_KINDS: dict[type[Panel], Callable[[Any, Language], str]] = {
    Bars: _bars,
    Lines: _lines,
    Scatter: _scatter,
    Heatmap: _heatmap,
    Histogram: _histogram,
}

"""Finds what an earlier run had in the place of a panel's values, for the page to show behind them. Knows panels and figures, no topic.

A value has a counterpart only under the same name: metrics by label and unit, rows of a table by their words, also of the table
beside a grid, bars and lines by series and
category. The other kinds, and names that occur twice, have none: then nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import plotly.graph_objects as go

from components.panels import bars, lines
from playground.lab.codec import encode
from playground.lab.grid_panels import Grid
from playground.lab.panels import Bars, Lines, Metric, Metrics, Panel, SideBySide, Table
from playground.lab.text import Language

Was = dict[str, Any]
# The kinds of panels whose values may have a counterpart.
KINDS = frozenset(panel.kind for panel in (Metrics, Table, Bars, Lines, Grid))


def was(now: Panel, before: Panel, language: Language) -> Was | None:
    """Returns an earlier panel's values by the places of the current one's: {"values": …} of a native panel (a grid's are those of the table beside it), {"a": …, "b": …} of one
    side by side, {"traces": …} for a figure. None where no value has a counterpart."""
    if isinstance(now, SideBySide) and isinstance(before, SideBySide):
        if isinstance(now.a, Bars) and isinstance(before.a, Bars):
            return was(bars.overlaid(now.a, now.b, language), bars.overlaid(before.a, before.b, language), language)
        if isinstance(now.a, Lines) and isinstance(before.a, Lines):
            return was(lines.overlaid(now.a, now.b, language), lines.overlaid(before.a, before.b, language), language)
        sides = {side: was(getattr(now, side), getattr(before, side), language) for side in ("a", "b")}
        return sides if any(sides.values()) else None
    if isinstance(now, Bars) and isinstance(before, Bars):
        return _traces(bars.earlier(now, before, language))
    if isinstance(now, Lines) and isinstance(before, Lines):
        return _traces(lines.earlier(now, before, language))
    if isinstance(now, Metrics) and isinstance(before, Metrics):
        return _values(_metrics(now, before))
    if isinstance(now, Table) and isinstance(before, Table):
        return _values(_cells(now, before))
    if isinstance(now, Grid) and isinstance(before, Grid):
        return was(now.beside, before.beside, language) if now.beside and before.beside else None
    return None


def _values(values: Sequence[Any]) -> Was | None:
    return {"values": encode(tuple(values))} if any(value is not None for value in values) else None


def _traces(traces: Sequence[go.Bar | go.Scatter]) -> Was | None:
    return {"traces": [trace.to_plotly_json() for trace in traces]} if traces else None


def _by_name(items: Sequence[Any], name: Callable[[Any], Hashable]) -> dict[Hashable, Any]:
    """Returns the items whose name occurs once."""
    times = Counter(map(name, items))
    return {name(item): item for item in items if times[name(item)] == 1}


def _metrics(now: Metrics, before: Metrics) -> list[dict[str, Any] | None]:
    def name(item: Metric) -> Hashable:
        return item.label, item.unit, item.b is None

    ours, theirs = _by_name(now.items, name), _by_name(before.items, name)
    found = [theirs.get(name(item)) if name(item) in ours else None for item in now.items]
    return [None if item is None else {"a": encode(item.a), "b": encode(item.b)} for item in found]


def _cells(now: Table, before: Table) -> list[list[float | None] | None]:
    """Rows of numbers, None for a row without a counterpart."""
    if now.columns != before.columns:
        return [None] * len(now.rows)

    # In a column of numbers a word may stand for one, such as “broken”: it names the row only where both runs have the same word.
    numeric = {
        at for row in (*now.rows, *before.rows) for at, cell in enumerate(row) if at and isinstance(cell, int | float)
    }

    def words(row: Sequence[Any]) -> Hashable:
        # A rank or a setting is a number too, and names the row where no word does.
        return tuple((at, cell) for at, cell in enumerate(row) if not isinstance(cell, int | float | None)) or row[:1]

    def names(row: Sequence[Any]) -> Hashable:
        return words(tuple(None if at in numeric else cell for at, cell in enumerate(row)))

    def worded(row: Sequence[Any]) -> bool:
        return any(not isinstance(cell, int | float | None) for cell in row)

    found = [(name, _by_name(now.rows, name), _by_name(before.rows, name)) for name in (words, names)]
    rows: list[list[float | None] | None] = []
    for row in now.rows:
        same = next(
            (theirs[name(row)] for name, ours, theirs in found if name(row) in ours and name(row) in theirs), None
        )
        if same is None:
            rows.append(None)
            continue
        from_column = 0 if worded(row) else 1
        numbers = [
            cell if at >= from_column and isinstance(cell, int | float) and isinstance(row[at], int | float) else None
            for at, cell in enumerate(same)
        ]
        rows.append(numbers if any(number is not None for number in numbers) else None)
    return rows

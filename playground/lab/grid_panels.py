"""Defines the panel of a grid whose cells can be clicked, such as one layer and position to intervene in. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.lab.panels import Panel, Table
from playground.lab.text import Label


@dataclass(frozen=True)
class ColumnGroup:
    """A heading over the next `columns` columns."""

    name: Label
    columns: int


@dataclass(frozen=True)
class Grid(Panel, kind="grid"):
    """Numbers by row and column; a click on a cell writes its entry of `choices` to `setting` and starts a run.

    `values[row][column]`: None for what has no value. `choices`: None for a cell that can't be chosen; () for a grid without clicks.
    `resets`: other settings that every click writes. `selected`: the marked cells, (row, column). `low`, `high`: ends of the scale, by
    default those of the data; `diverging` centres it on 0. `texts`: shown beside the number when pointed at. `click`: what a click does.
    `beside`: what came of the chosen cells, in the same frame, under `beside_label`.
    """

    columns: tuple[Label, ...]
    rows: tuple[Label, ...]
    values: tuple[tuple[float | None, ...], ...]
    value_label: Label = ""
    groups: tuple[ColumnGroup, ...] = ()
    diverging: bool = False
    low: float | None = None
    high: float | None = None
    texts: tuple[tuple[str, ...], ...] = ()
    setting: str = ""
    choices: tuple[tuple[str | None, ...], ...] = ()
    resets: dict[str, str | int | float | bool] = field(default_factory=dict)
    selected: tuple[tuple[int, int], ...] = ()
    click: Label = ""
    beside: Table | None = None
    beside_label: Label = ""

"""Defines the typed panels of a lab's Result. Data only, encoded to and decoded from JSON; drawings are elsewhere.

One dataclass per kind; `components/panels/` has one drawing per kind. A `Label` that is a plain string is shown
unchanged in both languages (a token, a number, a name such as int8). `role` "a" or "b" sets a series' colour.
Panels of tokens and texts are in `token_panels.py`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_type_hints

from playground.lab.codec import Kinded
from playground.lab.text import Label, Text

PANEL = "panel"
FINDINGS = "findings"


@dataclass(frozen=True)
class Panel(Kinded):
    """Common attributes of panels. `caveat` (how it was counted, approximated, cut short) is always shown; `warning`: it warns, as what is
    drawn was simulated or can't be relied on. `loaded`: the warning that times were taken under load, shown once on a page.

    `measured`: contains times of this run, the only values that may differ between equal runs. `simulated`: computed from a
    model of something that wasn't run, using measured times if `measured` is set too; the page labels it.
    """

    caveat: Text | None = field(default=None, kw_only=True)
    warning: bool = field(default=False, kw_only=True)
    loaded: Text | None = field(default=None, kw_only=True)
    measured: bool = field(default=False, kw_only=True)
    simulated: bool = field(default=False, kw_only=True)


P = TypeVar("P", bound=Panel)


@dataclass(frozen=True)
class SideBySide(Panel, Generic[P], kind="side_by_side"):
    """The same panel for A and for B, drawn in equal columns on one scale.

    `a_label` and `b_label` summarize each side's settings ("int4 · repetition penalty 1.2").
    """

    a: P
    b: P
    a_label: Label = ""
    b_label: Label = ""


@dataclass(frozen=True)
class Move:
    """The action of a click in a panel: write `values` (by dotted name) to the lab's controls, then start a run if `runs`.

    A run in progress is stopped first. Values are validated when the run starts, like any others.
    """

    values: dict[str, str | int | float | bool]
    runs: bool = True


@dataclass(frozen=True)
class PanelTitle:
    """Title and layout of a Result's panel. `hint`: one short line on how to read it."""

    title: Text
    hint: Text | None = None
    half: bool = False


def panel(title: Text, *, hint: Text | None = None, half: bool = False) -> Any:
    """Declares a panel of a Result, None until computed. Adjacent `half` panels that lead share a row."""
    return field(default=None, metadata={PANEL: PanelTitle(title, hint, half)})


def undrawn() -> Any:
    """Declares the `findings` field of a Result: None until computed, and never drawn."""
    return field(default=None, metadata={FINDINGS: True}, kw_only=True)


@dataclass(frozen=True)
class PanelField:
    """A panel field of a Result: its name, declared type and layout."""

    name: str
    type: Any
    title: PanelTitle


def panels_of(result: type) -> tuple[PanelField, ...]:
    """Returns the panel fields of a Result class, in page order."""
    hints = get_type_hints(result)
    return tuple(
        PanelField(item.name, hints[item.name], item.metadata[PANEL])
        for item in dataclasses.fields(result)
        if PANEL in item.metadata
    )


Res = TypeVar("Res", bound=Any)


def merged(before: Res | None, new: Res) -> Res:
    """Merges two Results: the fields of `new` that aren't None replace those of `before`."""
    if before is None:
        return new
    kept = {
        item.name: getattr(before, item.name) for item in dataclasses.fields(new) if getattr(new, item.name) is None
    }
    return dataclasses.replace(new, **kept)


@dataclass(frozen=True)
class Prose(Panel, kind="prose"):
    """A short paragraph of plain text."""

    text: Text


@dataclass(frozen=True)
class Metric:
    """One figure, for one side (`b` None) or for both.

    `digits`: decimals shown. `better`: "lower" or "higher" where one is better. `hint`: how it was
    measured, shown on hover. `measured`: a time of this run. `interval`: in brackets, shown behind the unit.
    """

    label: Label
    a: float | Label | None
    b: float | Label | None = None
    unit: Label = ""
    digits: int = 2
    better: str = ""
    hint: Text | None = None
    measured: bool = False
    interval: str = ""


@dataclass(frozen=True)
class Metrics(Panel, kind="metrics"):
    """A strip of figures."""

    items: tuple[Metric, ...]

    def find(self, label: Label) -> Metric:
        """Returns the figure of that label. Raises StopIteration if there is none."""
        return next(item for item in self.items if item.label == label)


@dataclass(frozen=True)
class Series:
    """One value per category or bin; `low` and `high` are error bars (same length, or empty)."""

    name: Label
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    role: str = ""


@dataclass(frozen=True)
class Bars(Panel, kind="bars"):
    """Bars by category. `horizontal` for long names; `stacked` stacks the series."""

    categories: tuple[Label, ...]
    series: tuple[Series, ...]
    y_label: Label = ""
    horizontal: bool = False
    stacked: bool = False


@dataclass(frozen=True)
class Line:
    """One curve. `low` and `high` draw a band. `dash`: "solid", "dash", "dot" or "dashdot"."""

    name: Label
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    role: str = ""
    dash: str = "solid"
    markers: bool = True


@dataclass(frozen=True)
class Mark:
    """A highlighted point with a name."""

    x: float
    y: float
    name: Label
    role: str = ""


@dataclass(frozen=True)
class Placing:
    """Clicks that write points into the setting of this name, a line "x y" each: on a point they remove it, elsewhere they add one.

    `x`, `y`: the lowest and the highest that are taken; `most`: points. Nothing runs: several are placed, then Run takes them all.
    """

    setting: str
    x: tuple[float, float]
    y: tuple[float, float]
    most: int


@dataclass(frozen=True)
class Lines(Panel, kind="lines"):
    """Curves over a numeric axis. `placing`: what clicks write; the marks are then the points that the curves were computed for."""

    lines: tuple[Line, ...]
    x_label: Label = ""
    y_label: Label = ""
    log_x: bool = False
    log_y: bool = False
    marks: tuple[Mark, ...] = ()
    placing: Placing | None = None


@dataclass(frozen=True)
class Point:
    """A named point; `group` determines its colour and legend entry. `x_interval`, `y_interval`: both ends of an error bar."""

    x: float
    y: float
    name: Label = ""
    group: Label = ""
    x_interval: tuple[float, float] | None = None
    y_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Scatter(Panel, kind="scatter"):
    """Points in a plane. `line`: indices of points to connect, in order, such as a Pareto front; if there are too many points
    to label all, only these and points alone in their group are labelled. `links`: pairs of indices of points to join, such as a
    sentence and its translation."""

    points: tuple[Point, ...]
    x_label: Label = ""
    y_label: Label = ""
    log_x: bool = False
    log_y: bool = False
    line: tuple[int, ...] = ()
    links: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Heatmap(Panel, kind="heatmap"):
    """A grid of numbers, `values[row][column]`; `texts`, if given, are shown in the cells. `text_label`: what they are.

    `diverging` centres the scale on 0. `low`, `high`: ends of the scale, by default those of the data.
    """

    columns: tuple[Label, ...]
    rows: tuple[Label, ...]
    values: tuple[tuple[float | None, ...], ...]
    value_label: Label = ""
    diverging: bool = False
    texts: tuple[tuple[str, ...], ...] = ()
    text_label: Label = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Histogram(Panel, kind="histogram"):
    """Counts per bin; `edges` has one entry more than counts. `grid`: vertical lines, such as quantization levels."""

    edges: tuple[float, ...]
    series: tuple[Series, ...]
    x_label: Label = ""
    grid: tuple[float, ...] = ()
    log_y: bool = False


# What a table has in a cell; None: no value.
Cell = int | float | Label | None


@dataclass(frozen=True)
class Table(Panel, kind="table"):
    """Rows of cells; `highlight`: indices of the rows of this run's settings. Numbers are shown with `digits` decimals."""

    columns: tuple[Label, ...]
    rows: tuple[tuple[Cell, ...], ...]
    highlight: tuple[int, ...] = ()
    digits: int = 3


@dataclass(frozen=True)
class GraphNode:
    """A node; `id` is unique, `size` and `group` have no fixed scale."""

    id: str
    name: Label
    size: float = 1.0
    group: Label = ""


@dataclass(frozen=True)
class GraphEdge:
    """An edge between the nodes of two ids."""

    source: str
    target: str
    weight: float = 1.0
    name: Label = ""


@dataclass(frozen=True)
class Graph(Panel, kind="graph"):
    """Nodes and weighted edges."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    directed: bool = False


@dataclass(frozen=True)
class LatticeArc:
    """A word from the border before character `start` to the one before `end`. `value` is written on it; `best`: on the best path."""

    start: int
    end: int
    text: str
    value: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Lattice(Panel, kind="lattice"):
    """The words that fit into a run of characters, as arcs above it: a directed acyclic graph of the borders between characters."""

    characters: tuple[str, ...]
    arcs: tuple[LatticeArc, ...]
    value_label: Label = ""


@dataclass(frozen=True)
class MovingNode:
    """A node at a fixed place, `x` and `y` from 0 to 1. By step: `sizes`, None while it isn't there yet; `strengths`, 0 (faded) to 1."""

    id: str
    name: Label
    x: float
    y: float
    sizes: tuple[float | None, ...]
    strengths: tuple[float, ...]
    group: Label = ""


@dataclass(frozen=True)
class MovingEdge:
    """An edge between the nodes of two ids. `weights`: by step, None while there is none; a weight that grew was renewed."""

    source: str
    target: str
    weights: tuple[float | None, ...]


@dataclass(frozen=True)
class GraphOverTime(Panel, kind="graph_over_time"):
    """A graph that changes in steps, with a slider. `steps`: their names, `notes`: a line on each, such as what was read.

    `start`: index of the step shown first. `future`: index of the first step that the run's predictions hadn't seen, None without one.
    """

    nodes: tuple[MovingNode, ...]
    edges: tuple[MovingEdge, ...]
    steps: tuple[Label, ...]
    notes: tuple[Label, ...]
    start: int = 0
    future: int | None = None


@dataclass(frozen=True)
class Code(Panel, kind="code"):
    """A code listing; `language` is a name such as python or json."""

    text: str
    language: str = "python"

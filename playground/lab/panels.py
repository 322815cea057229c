"""Typed panels: what a lab's Result is made of. Data only, JSON both ways; knows nothing of how they are drawn.

One dataclass per kind; `components/panels/` has one drawing per kind. A `Label` that is a plain string is shown as it is
in both languages (a token, a number, a name such as int8). `role` "a" or "b" gives a series that side's colour.
The panels that show a model's text stand in `token_panels.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from playground.lab.codec import Kinded
from playground.lab.text import Label, Text

PANEL = "panel"


@dataclass(frozen=True)
class Panel(Kinded):
    """What every panel may say. `caveat` (simulated, unreliable, approximated) is always shown.

    `measured`: holds times taken in this run, the only thing that may differ between two equal runs. `simulated`: what it holds
    was worked out from a model of something that didn't run, from measured times if it is `measured` as well; the page says so.
    """

    caveat: Text | None = field(default=None, kw_only=True)
    measured: bool = field(default=False, kw_only=True)
    simulated: bool = field(default=False, kw_only=True)


P = TypeVar("P", bound=Panel)


@dataclass(frozen=True)
class SideBySide(Panel, Generic[P], kind="side_by_side"):
    """The same panel for A and for B, drawn in equal columns on one scale.

    `a_label` and `b_label` say in a few words what the side's settings are ("int4 · repetition penalty 1.2").
    """

    a: P
    b: P
    a_label: Label = ""
    b_label: Label = ""


@dataclass(frozen=True)
class Move:
    """What a click in a panel does: `values` go into the lab's controls, by dotted name; then a run starts if `runs`.

    A run that is under way is stopped first. Values are checked like any others, when they run.
    """

    values: dict[str, str | int | float | bool]
    runs: bool = True


@dataclass(frozen=True)
class PanelTitle:
    """Where a Result's panel stands on the page. `hint`: how to read it, one short line."""

    title: Text
    hint: Text | None = None
    half: bool = False
    fold: bool = False


def panel(title: Text, *, hint: Text | None = None, half: bool = False, fold: bool = False) -> Any:
    """A Result's field: None until computed. Two `half` panels in a row share it; `fold` starts closed."""
    return field(default=None, metadata={PANEL: PanelTitle(title, hint, half, fold)})


@dataclass(frozen=True)
class Prose(Panel, kind="prose"):
    """A short plain text."""

    text: Text


@dataclass(frozen=True)
class Metric:
    """One figure, for one side (`b` None) or for both.

    `digits`: decimals shown. `better`: "lower" or "higher" where that means something. `hint`: how it was
    measured, shown on hover. `measured`: a time of this run.
    """

    label: Label
    a: float | Label | None
    b: float | Label | None = None
    unit: Label = ""
    digits: int = 2
    better: str = ""
    hint: Text | None = None
    measured: bool = False


@dataclass(frozen=True)
class Metrics(Panel, kind="metrics"):
    """A strip of figures."""

    items: tuple[Metric, ...]

    def find(self, label: Label) -> Metric:
        """The figure of that label. Raises StopIteration where there is none."""
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
    """Bars by category. `horizontal` for long names; `stacked` adds the series up."""

    categories: tuple[Label, ...]
    series: tuple[Series, ...]
    y_label: Label = ""
    horizontal: bool = False
    stacked: bool = False


@dataclass(frozen=True)
class Line:
    """One curve. `low` and `high` draw a band. `dash`: "solid", "dash" or "dot"."""

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
    """A point worth pointing at, with its name."""

    x: float
    y: float
    name: Label
    role: str = ""


@dataclass(frozen=True)
class Lines(Panel, kind="lines"):
    """Curves over a number."""

    lines: tuple[Line, ...]
    x_label: Label = ""
    y_label: Label = ""
    log_x: bool = False
    log_y: bool = False
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Point:
    """A named point; `group` gives its colour and legend entry."""

    x: float
    y: float
    name: Label = ""
    group: Label = ""


@dataclass(frozen=True)
class Scatter(Panel, kind="scatter"):
    """Points on a plane. `line`: indices of points to join, in order, such as those of a Pareto front; where there are too
    many points to name them all, these and those alone in their group are named."""

    points: tuple[Point, ...]
    x_label: Label = ""
    y_label: Label = ""
    log_x: bool = False
    log_y: bool = False
    line: tuple[int, ...] = ()


@dataclass(frozen=True)
class Heatmap(Panel, kind="heatmap"):
    """A grid of numbers, `values[row][column]`; `texts` are shown in the cells where given.

    `diverging` centres the scale on 0. `low`, `high`: ends of the scale, else from the data.
    """

    columns: tuple[Label, ...]
    rows: tuple[Label, ...]
    values: tuple[tuple[float | None, ...], ...]
    value_label: Label = ""
    diverging: bool = False
    texts: tuple[tuple[str, ...], ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Histogram(Panel, kind="histogram"):
    """Counts between `edges` (one more than counts). `grid`: vertical lines, such as the levels of a quantizer."""

    edges: tuple[float, ...]
    series: tuple[Series, ...]
    x_label: Label = ""
    grid: tuple[float, ...] = ()
    log_y: bool = False


@dataclass(frozen=True)
class Table(Panel, kind="table"):
    """Rows of cells; `highlight`: the rows that this run's settings stand in. Numbers are shown with `digits` decimals."""

    columns: tuple[Label, ...]
    rows: tuple[tuple[int | float | Label | None, ...], ...]
    highlight: tuple[int, ...] = ()
    digits: int = 3


@dataclass(frozen=True)
class GraphNode:
    """`size` and `group` are free scales; `id` is unique."""

    id: str
    name: Label
    size: float = 1.0
    group: Label = ""


@dataclass(frozen=True)
class GraphEdge:
    """From one node's id to another's."""

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
class Code(Panel, kind="code"):
    """A listing; `language` is a name such as python or json."""

    text: str
    language: str = "python"

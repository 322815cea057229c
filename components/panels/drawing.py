"""Creates and updates the Gradio components that draw a panel. Knows no topic."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from components.panels import bars, heatmap, histogram, lines, scatter, spoken
from playground.lab.codec import KINDS, encode
from playground.lab.panels import Heatmap, Lines, Panel, PanelTitle, SideBySide
from playground.lab.text import Language

# A figure of one panel. `pair`: both sides' panels, for common axis ranges.
Single = Callable[[Any, Language, tuple[Any, ...]], go.Figure]
# One figure of A's and B's panels overlaid.
Overlay = Callable[[Any, Any, Language], go.Figure]

FIGURES: dict[str, Single] = {
    "bars": bars.figure,
    "lines": lines.figure,
    "scatter": scatter.figure,
    "heatmap": heatmap.figure,
    "histogram": histogram.figure,
}
# Kinds whose sides are overlaid; the others are two figures on one scale.
OVERLAYS: dict[str, Overlay] = {
    "bars": bars.overlay,
    "lines": lines.overlay,
    "histogram": histogram.overlay,
}
NATIVE = frozenset(
    {
        "tokens", "ribbon", "attention", "attribution", "waterfall", "tree", "passages", "metrics", "table", "prose", "code",
        "graph", "graph_over_time", "lattice", "chat", "prompt_string", "explorer",
        "grid",
    }
)  # fmt: skip

_HTML_TEMPLATE = '<div class="pg-panel"></div>'
# The library is in the page's head (`HEAD`); a panel only calls it.
_ON_LOAD = "window.pgPanels.mount(element, props, watch)"


@dataclass(frozen=True)
class Drawing:
    """The components of one panel, in the order of `update`'s values."""

    title: PanelTitle
    kind: str
    side_by_side: bool
    language: Language
    heading: bool
    components: tuple[gr.components.Component, ...] = field(repr=False)

    def update(self, panel: Panel | None) -> list[Any]:
        """Returns one Gradio update per component. None hides them."""
        if panel is None:
            return [gr.update(visible=False) for _ in range(self.size)] if self.heading else [gr.skip()] * self.size
        if not self.heading:
            # In a fold, whether a chart is there depends on whether it is open: the page knows.
            return [gr.update(value=value) for value in self.values(panel)]
        return [gr.update(value=value, visible=True) for value in self.values(panel)]

    def values(self, panel: Panel) -> list[Any]:
        """Returns the components' values for a panel: JSON text for a gr.HTML, a figure for a gr.Plot."""
        self._check(panel)
        if self.kind in NATIVE:
            return [self._value(encode(panel))]
        return [self._heading_value(panel), *self._figures(panel)]

    @property
    def figures(self) -> tuple[gr.components.Component, ...]:
        """The plotly figures among the components."""
        return tuple(component for component in self.components if isinstance(component, gr.Plot))

    @property
    def size(self) -> int:
        """Number of components."""
        if self.kind in NATIVE:
            return 1
        return 3 if self.side_by_side and self.kind not in OVERLAYS else 2

    def _check(self, panel: Panel) -> None:
        inner = panel.a if isinstance(panel, SideBySide) else panel
        if inner.kind != self.kind or isinstance(panel, SideBySide) != self.side_by_side:
            raise TypeError(f"a place for {self.kind} (side by side: {self.side_by_side}) was given {panel.kind}")

    def _value(self, panel: dict[str, Any]) -> str:
        # One text: Gradio's page copies a nested value node by node, several times. Without "<": Gradio warns of scripts in a gr.HTML.
        title = self.title.title.in_(self.language) if self.heading else ""
        hint = self.title.hint.in_(self.language) if self.title.hint and self.heading else ""
        value = {"language": self.language.value, "title": title, "hint": hint, "panel": panel}
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", r"\u003c")

    def _heading_value(self, panel: Panel) -> str:
        parts = (panel, panel.a, panel.b) if isinstance(panel, SideBySide) else (panel,)
        labels = (panel.a_label or "A", panel.b_label or "B") if isinstance(panel, SideBySide) else ("", "")
        caveats = dict.fromkeys(part.caveat.in_(self.language) for part in parts if part.caveat is not None)
        loaded = next((part.loaded for part in parts if part.loaded is not None), None)
        return self._value({
            "kind": "heading",
            "placing": _placing(panel),
            "caveat": " ".join(caveats) or None,
            "warning": any(part.warning for part in parts),
            "loaded": loaded and encode(loaded),
            "measured": any(part.measured for part in parts),
            "simulated": any(part.simulated for part in parts),
            "a_label": encode(labels[0]),
            "b_label": encode(labels[1]),
            "crowded_below": self._crowded_below(parts[-1]),
            "names": spoken.names(panel, self.title.title, self.language),
        })  # fmt: skip

    def _crowded_below(self, panel: Panel) -> list[int] | None:
        return list(heatmap.crowded_below(panel, self.language)) if isinstance(panel, Heatmap) else None

    def _figures(self, panel: Panel) -> Iterable[go.Figure]:
        if not isinstance(panel, SideBySide):
            return [FIGURES[self.kind](panel, self.language, (panel,))]
        if self.kind in OVERLAYS:
            return [OVERLAYS[self.kind](panel.a, panel.b, self.language)]
        return [FIGURES[self.kind](side, self.language, (panel.a, panel.b)) for side in (panel.a, panel.b)]


def _placing(panel: Panel) -> dict[str, Any] | None:
    """Returns what clicks in a figure write, and the points that it was computed for."""
    if not isinstance(panel, Lines) or panel.placing is None:
        return None
    return encode(panel.placing) | {"marks": [[mark.x, mark.y] for mark in panel.marks]}


def kind_of(hint: Any) -> tuple[str, bool]:
    """Returns the panel kind of a Result field's type, and whether it is side by side.

    Accepts `Tokens`, `Tokens | None`, `SideBySide[Tokens] | None`, or a kind's name. Raises TypeError for anything else.
    """
    if isinstance(hint, str):
        if hint not in KINDS:
            raise TypeError(f"no panel kind is named {hint!r}")
        return hint, False
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        found = {kind_of(option) for option in args if option is not type(None)}
        if len(found) == 1:
            return found.pop()
    elif origin is SideBySide:
        return kind_of(args[0])[0], True
    elif isinstance(hint, type) and issubclass(hint, Panel) and hint.kind:
        return hint.kind, False
    raise TypeError(f"{hint!r} is not one kind of panel")


def make(
    title: PanelTitle, hint: Any, language: Language | str, *, heading: bool = True, panel: Panel | None = None
) -> Drawing:
    """Creates the components of a Result's field inside a Blocks context. `hint`: the field's type.

    `heading` False omits title and hint, which the page shows on the fold that the panel is in; its plotly figures stay hidden until
    the page shows them, the rest is drawn once the fold is open. Otherwise hidden until `update`, unless `panel` is given.
    """
    kind, paired = kind_of(hint)
    place = Drawing(title, kind, paired, Language(language), heading, ())
    values = place.values(panel) if panel is not None else [None] * place.size
    if kind in NATIVE:
        components: tuple[Any, ...] = (_html(values[0], heading),)
    elif paired and kind not in OVERLAYS:
        header = _html(values[0], heading)
        with gr.Row(elem_classes="pg-plots"):
            components = (header, _plot(values[1], "pg-plot-a"), _plot(values[2], "pg-plot-b"))
    else:
        components = (_html(values[0], heading), _plot(values[1]))
    return dataclasses.replace(place, components=components)


def _html(value: str | None, heading: bool) -> gr.HTML:
    return gr.HTML(
        value, visible=value is not None or not heading, html_template=_HTML_TEMPLATE, js_on_load=_ON_LOAD, apply_default_css=False,
        container=False, padding=False, elem_classes="pg-place",
    )  # fmt: skip


def _plot(figure: go.Figure | None, *classes: str) -> gr.Plot:
    return gr.Plot(
        figure, visible=figure is not None, show_label=False, container=False, min_width=300, buttons=[],
        elem_classes=["pg-plot", *classes],
    )  # fmt: skip

"""Builds a widget for each control of a Settings dataclass. Knows controls and Gradio; knows no topic.

Widgets don't validate values: `playground.lab.validation` rejects invalid ones with a message in the page's language.
Gradio's own checks raise in English, hence the subclasses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import words
from playground.lab.controls import Choice, FieldOf, GroupControl, Number, Switch, TextBox, fields_of
from playground.lab.text import Language, say

# Groups of settings with these names are drawn side by side.
SIDES = ("a", "b")


class _Unchecked:
    """Passes on the browser's value unchecked."""

    def preprocess(self, payload: Any) -> Any:
        return payload


class UncheckedSlider(_Unchecked, gr.Slider):
    def get_block_name(self) -> str:
        return "slider"


class UncheckedNumber(_Unchecked, gr.Number):
    def get_block_name(self) -> str:
        return "number"


class UncheckedRadio(_Unchecked, gr.Radio):
    def get_block_name(self) -> str:
        return "radio"


class UncheckedDropdown(_Unchecked, gr.Dropdown):
    def get_block_name(self) -> str:
        return "dropdown"


@dataclass(frozen=True)
class Widgets:
    """Widgets of one place on the page, by the dotted name of their field."""

    place: str
    fields: tuple[FieldOf, ...]
    by_path: dict[str, gr.components.Component]

    @property
    def components(self) -> list[gr.components.Component]:
        return [self.by_path[item.path] for item in self.fields]

    def values(self, raw: tuple[Any, ...]) -> dict[str, Any]:
        """Maps raw values, in the order of `components`, to dotted names."""
        return {item.path: value for item, value in zip(self.fields, raw, strict=True)}


def element_id(place: str, path: str) -> str:
    """Returns the DOM id of a field's widget."""
    return f"pg-{place}--{path.replace('.', '-').replace('_', '-')}"


def build(
    settings: type, language: Language, place: str, *, advanced: bool = True, hidden: str = "", after_text: Any = None
) -> Widgets:
    """Builds the widgets inside a Blocks context: basic ones, then a collapsible section of the advanced ones if `advanced`.

    `hidden`: path of a text box that isn't shown. `after_text()` is called after the first text box is built.
    """
    fields = tuple(item for item in fields_of(settings) if advanced or not item.advanced)
    by_path: dict[str, gr.components.Component] = {}
    waiting = [after_text] if after_text else []

    def draw(items: list[FieldOf]) -> None:
        # Fields of one group are adjacent, inside that group's frame.
        for head, run in itertools.groupby(items, key=lambda item: item.groups[:1]):
            if head:
                with _frame(head[0][1], language):
                    for item in run:
                        by_path[item.path] = widget(item, language, place)
                continue
            for item in run:
                by_path[item.path] = widget(item, language, place, visible=item.path != hidden)
                if isinstance(item.control, TextBox) and not item.control.from_panel and waiting:
                    waiting.pop()()

    draw([item for item in fields if not item.advanced])
    if waiting:
        waiting.pop()()
    folded = [item for item in fields if item.advanced]
    if folded:
        with gr.Accordion(more_label(folded, language), open=False, elem_classes="pg-more"):
            draw(folded)
    return Widgets(place, fields, by_path)


def more_label(folded: list[FieldOf], language: Language) -> str:
    """Returns a short summary of the advanced controls as the section's label."""
    names = list(dict.fromkeys(item.control.label.in_(language) for item in folded))
    # A hyphen that no line ends at: "Top-" and "p" would be on two.
    joined = ("、" if language is Language.ZH else ", ").join(names[:4]).replace("-", "\u2011")
    rest = "…" if len(names) > 4 else ""
    return f"{words.MORE.in_(language)}{'：' if language is Language.ZH else ': '}{joined}{rest}"


def _frame(control: GroupControl, language: Language) -> gr.Column:
    with gr.Column(
        elem_classes=["pg-group", f"pg-side-{control.role}" if control.role else "pg-side-none"], min_width=0
    ) as frame:
        gr.HTML(
            control.label.in_(language), html_template="<h2></h2>", apply_default_css=False,
            js_on_load="element.querySelector('h2').textContent = props.value", elem_classes="pg-group-title",
        )  # fmt: skip
    return frame


def widget(item: FieldOf, language: Language, place: str, *, visible: bool = True) -> gr.components.Component:
    """Builds the widget of one field, with its default in the language."""
    control = item.control
    common: dict[str, Any] = {
        "value": item.default(language),
        "label": control.label.in_(language),
        "info": control.help.in_(language) if control.help else None,
        "elem_id": element_id(place, item.path),
        "visible": visible,
        "interactive": True,
    }
    if isinstance(control, TextBox):
        if control.from_panel:
            # Keep it in the DOM, hidden: unmounted components receive no change events.
            common["visible"] = "hidden"
        return gr.Textbox(
            **common, lines=control.lines, max_lines=max(control.lines, 12), elem_classes="pg-control pg-text"
        )
    if isinstance(control, Number):
        if control.slider:
            return UncheckedSlider(
                **common, minimum=control.low, maximum=control.high, step=control.step, buttons=[],
                elem_classes="pg-control pg-slider",
            )  # fmt: skip
        return UncheckedNumber(**common, step=control.step, elem_classes="pg-control pg-number")
    if isinstance(control, Choice):
        options = [(say(label, language), value) for value, label in control.options]
        if control.compact:
            classes = ["pg-control", "pg-segments", *(["pg-segments-two"] if _too_wide(options) else [])]
            return UncheckedRadio(**common, choices=options, elem_classes=classes)
        return UncheckedDropdown(**common, choices=options, elem_classes="pg-control pg-menu")
    if isinstance(control, Switch):
        return gr.Checkbox(**common, elem_classes="pg-control pg-switch")
    raise TypeError(f"no widget for {control!r}")


def _too_wide(options: list[tuple[str, str]]) -> bool:
    """Returns whether the segments need two rows in a column of 250 pixels; a Chinese character is as wide as two letters."""
    letters = sum(1 if character < "\u2e80" else 2 for label, _ in options for character in label)
    return letters + 3 * len(options) > 36


def describe(settings: type, language: Language, place: str, *, advanced: bool = True) -> Iterator[dict[str, Any]]:
    """Yields the script's data on each widget of `build`, in the same order: name, default, options, and visibility condition.

    A setting that A and B each have is marked: the script says in what the two differ.
    """
    paths = {item.path for item in fields_of(settings)}
    for item in fields_of(settings):
        if item.advanced and not advanced:
            continue
        described: dict[str, Any] = {
            "path": item.path,
            "id": element_id(place, item.path),
            "value": item.default(language),
            "name": item.control.label.in_(language),
        }
        if item.control.shown_when:
            prefix = item.path.rpartition(".")[0]
            sibling = item.control.shown_when.name
            described["shown"] = [f"{prefix}.{sibling}" if prefix else sibling, list(item.control.shown_when.values)]
        if isinstance(item.control, TextBox) and item.control.from_panel:
            described["panel"] = True
        side, dot, name = item.path.partition(".")
        if side in SIDES and all(f"{other}{dot}{name}" in paths for other in SIDES):
            described["sided"] = True
        if isinstance(item.control, Number):
            described |= {"low": item.control.low, "high": item.control.high, "step": item.control.step}
        if isinstance(item.control, Choice):
            described["options"] = {value: say(label, language) for value, label in item.control.options}
        elif isinstance(item.control, Switch):
            described["options"] = {"true": words.ON.in_(language), "false": words.OFF.in_(language)}
        yield described

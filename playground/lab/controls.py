"""Defines typed controls: frozen descriptions on the fields of a Settings dataclass.

The page's widgets, the command line's flags, the API's schema and the validation are derived from them.
Knows no widget library.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from playground.lab.text import Label, Language, Text

CONTROL = "control"


@dataclass(frozen=True)
class ShownWhen:
    """Shows the control only while its sibling field `name` has one of `values`."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Control:
    """Common attributes of controls. `advanced` ones are in a collapsed section; `help` is one sentence."""

    label: Text
    default: Any
    advanced: bool = False
    help: Text | None = None
    shown_when: ShownWhen | None = None


@dataclass(frozen=True)
class TextBox(Control):
    """Free text. `default` is a Text or a str; `max_chars` counts characters; `optional` permits blank.

    `from_panel`: set by clicks in a panel (`panels.Move`), so the page draws no input for it; links, the command line and the
    API include it like any other.
    """

    max_chars: int = 2000
    lines: int = 3
    optional: bool = False
    from_panel: bool = False


@dataclass(frozen=True)
class Number(Control):
    """A number, an integer if the field's type is int. Bounds are inclusive."""

    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    slider: bool = True
    whole: bool = False


@dataclass(frozen=True)
class Choice(Control):
    """One of `options`, a mapping of value to label."""

    options: tuple[tuple[str, Label], ...] = ()
    compact: bool = True

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for value, _ in self.options)


@dataclass(frozen=True)
class Switch(Control):
    """On or off."""


@dataclass(frozen=True)
class GroupControl(Control):
    """A nested dataclass of controls. `role` "a" or "b" sets its colour.

    `overrides`: defaults of inner fields, instead of the inner dataclass's.
    """

    role: str = ""
    overrides: tuple[tuple[str, Any], ...] = ()


def text_box(
    label: Text,
    *,
    default: Text | str,
    max_chars: int = 2000,
    lines: int = 3,
    optional: bool = False,
    from_panel: bool = False,
    advanced: bool = False,
    help: Text | None = None,
    shown_when: ShownWhen | None = None,
) -> Any:
    """Declares a field of free text."""
    control = TextBox(label, default, advanced, help, shown_when, max_chars, lines, optional, from_panel)
    return field(default=default.zh if isinstance(default, Text) else default, metadata={CONTROL: control})


def number(
    label: Text,
    *,
    default: float,
    low: float,
    high: float,
    step: float | None = None,
    slider: bool | None = None,
    advanced: bool = False,
    help: Text | None = None,
    shown_when: ShownWhen | None = None,
) -> Any:
    """Declares a number from `low` to `high`, both inclusive; an integer if `default` is an int."""
    whole = isinstance(default, int)
    step = step or (1 if whole else 0.05)
    control = Number(label, default, advanced, help, shown_when, low, high, step,
                     high - low <= 4096 if slider is None else slider, whole)  # fmt: skip
    return field(default=default, metadata={CONTROL: control})


def choice(
    label: Text,
    options: Mapping[str, Label],
    *,
    default: str,
    compact: bool = True,
    advanced: bool = False,
    help: Text | None = None,
    shown_when: ShownWhen | None = None,
) -> Any:
    """Declares a choice from `options` (value to label). `compact` draws them in one row, else as a menu."""
    if default not in options:
        raise ValueError(f"default {default!r} is not an option of {label.en}")
    control = Choice(label, default, advanced, help, shown_when, tuple(options.items()), compact)
    return field(default=default, metadata={CONTROL: control})


def switch(
    label: Text,
    *,
    default: bool,
    advanced: bool = False,
    help: Text | None = None,
    shown_when: ShownWhen | None = None,
) -> Any:
    """Declares a field that is on or off."""
    return field(default=default, metadata={CONTROL: Switch(label, default, advanced, help, shown_when)})


def group(
    label: Text, kind: type, *, role: str = "", advanced: bool = False, help: Text | None = None, **overrides: Any
) -> Any:
    """Declares a nested dataclass of controls; `overrides` replace its defaults."""
    default = kind(**overrides)
    control = GroupControl(label, default, advanced, help, None, role, tuple(overrides.items()))
    return field(default=default, metadata={CONTROL: control})


@dataclass(frozen=True)
class FieldOf:
    """A control in its Settings: `path` is the dotted name, `groups` the enclosing groups, outermost first."""

    path: str
    control: Control
    type: type
    groups: tuple[tuple[str, GroupControl], ...] = ()

    @property
    def advanced(self) -> bool:
        return self.control.advanced or any(outer.advanced for _, outer in self.groups)

    @property
    def name(self) -> str:
        """Returns the last part of the dotted name."""
        return self.path.rsplit(".", 1)[-1]

    def label(self, language: Language | str) -> str:
        return " · ".join([*(outer.label.in_(language) for _, outer in self.groups), self.control.label.in_(language)])

    def default(self, language: Language | str) -> Any:
        """Returns the default in a language, with the overrides of the enclosing groups."""
        value = self.control.default
        if self.groups:
            value = dict(self.groups[-1][1].overrides).get(self.name, value)
        return value.in_(language) if isinstance(value, Text) else value


def fields_of(
    settings: type, _prefix: str = "", _groups: tuple[tuple[str, GroupControl], ...] = ()
) -> Iterator[FieldOf]:
    """Returns every control of a Settings dataclass in field order, nested groups flattened."""
    hints = get_type_hints(settings)
    for item in dataclasses.fields(settings):
        control = item.metadata.get(CONTROL)
        if control is None:
            raise TypeError(f"{settings.__name__}.{item.name} has no control")
        path = _prefix + item.name
        if isinstance(control, GroupControl):
            yield from fields_of(hints[item.name], path + ".", (*_groups, (path, control)))
        else:
            yield FieldOf(path, control, hints[item.name], _groups)

"""Typed controls: frozen descriptions on the fields of a Settings dataclass.

The page's widgets, the command line's flags, the API's schema and the validation are all made from these.
Knows nothing of any widget library.
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
    """Show the control only while its sibling field `name` has one of `values`."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Control:
    """What every control has. `advanced` ones sit in a fold; `help` is one sentence."""

    label: Text
    default: Any
    advanced: bool = False
    help: Text | None = None
    shown_when: ShownWhen | None = None


@dataclass(frozen=True)
class TextBox(Control):
    """Free text. `default` is a Text or a str; `max_chars` counts characters; `optional` permits blank.

    `from_panel`: clicks in a panel write it (`panels.Move`). The page draws no box for it; links carry it, the command
    line and the API take it like any other.
    """

    max_chars: int = 2000
    lines: int = 3
    optional: bool = False
    from_panel: bool = False


@dataclass(frozen=True)
class Number(Control):
    """A number, whole when the field's type is int. Bounds included."""

    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    slider: bool = True
    whole: bool = False


@dataclass(frozen=True)
class Choice(Control):
    """One of `options`: value to label."""

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
    """A nested dataclass of controls. `role` "a" or "b" gives it that side's colour.

    `overrides` are defaults of inner fields that differ from the inner dataclass's own.
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
    """A field of free text."""
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
    """A field of a number from `low` to `high`, both included. Whole if `default` is an int."""
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
    """A field of one of `options` (value to label). `compact` draws them in one row, else as a menu."""
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
    """A field that is on or off."""
    return field(default=default, metadata={CONTROL: Switch(label, default, advanced, help, shown_when)})


def group(
    label: Text, kind: type, *, role: str = "", advanced: bool = False, help: Text | None = None, **overrides: Any
) -> Any:
    """A field that holds a dataclass of controls of its own; `overrides` change its defaults here."""
    default = kind(**overrides)
    control = GroupControl(label, default, advanced, help, None, role, tuple(overrides.items()))
    return field(default=default, metadata={CONTROL: control})


@dataclass(frozen=True)
class FieldOf:
    """A control where it stands: `path` is the dotted name, `groups` the groups around it, outermost first."""

    path: str
    control: Control
    type: type
    groups: tuple[tuple[str, GroupControl], ...] = ()

    @property
    def advanced(self) -> bool:
        return self.control.advanced or any(outer.advanced for _, outer in self.groups)

    @property
    def name(self) -> str:
        """What a message calls it: the labels of its groups and its own."""
        return self.path.rsplit(".", 1)[-1]

    def label(self, language: Language | str) -> str:
        return " · ".join([*(outer.label.in_(language) for _, outer in self.groups), self.control.label.in_(language)])

    def default(self, language: Language | str) -> Any:
        """The default in a language, with the overrides of the groups around it."""
        value = self.control.default
        if self.groups:
            value = dict(self.groups[-1][1].overrides).get(self.name, value)
        return value.in_(language) if isinstance(value, Text) else value


def fields_of(
    settings: type, _prefix: str = "", _groups: tuple[tuple[str, GroupControl], ...] = ()
) -> Iterator[FieldOf]:
    """Every control of a Settings dataclass, nested groups flattened, in the order of the fields."""
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

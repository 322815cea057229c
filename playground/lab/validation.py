"""Validates raw values into Settings, or raises one clear message; independent of where the values come from.

The page, the HTTP API and the command line all use it, so bounds are checked in one place.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

from playground.lab.controls import CONTROL, Choice, FieldOf, GroupControl, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text

S = TypeVar("S")

# Left-to-right marks, embeddings, overrides and isolates: they reorder the displayed text, but not the model's input.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# What separates lines or pages beside LF: CR LF, CR, VT, FF, the separators FS to RS, NEL, LS and PS, as in `str.splitlines`.
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Removes NUL and other control characters, bidi controls and lone surrogates; every kind of line break becomes LF."""
    text = _LINE_BREAK.sub("\n", text).replace("\x1f", " ")
    kept = (c for c in text if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in BIDI_CONTROLS))
    return "".join(kept)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flattens nested mappings to dotted names; already dotted names are unchanged."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        # An empty one stays, so that it is refused where a value belongs.
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def defaults(settings: type, language: Language | str) -> dict[str, Any]:
    """Returns the default of every control, by dotted name."""
    return {item.path: item.default(language) for item in fields_of(settings)}


def validate(settings: type[S], values: Mapping[str, Any], language: Language | str) -> S:
    """Returns Settings of `values` (dotted names or nested), with defaults for missing ones.

    Raises PlaygroundError for the first invalid value, for an unknown name, and for `values` that are no mapping.
    """
    if not isinstance(values, Mapping):
        raise PlaygroundError(
            Text(
                zh='“settings”应为对象：设置名与值，例如 {{"text": "…"}}。',
                en='“settings” must be an object of names and values, such as {{"text": "…"}}.',
            ).format(),
            "settings",
        )
    flat = flatten(values)
    items = {item.path: item for item in fields_of(settings)}
    groups = {path.rpartition(".")[0] for path in items} - {""}
    for name, value in flat.items():
        if name not in items and not (name in groups and value == {}):
            raise _unknown(name, items)
    checked = {path: check(item, flat.get(path, item.default(language)), language) for path, item in items.items()}
    return _build(settings, checked, "")


def _build(kind: type[S], flat: Mapping[str, Any], prefix: str) -> S:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(kind):  # type: ignore[arg-type]
        path = prefix + item.name
        if isinstance(item.metadata[CONTROL], GroupControl):
            values[item.name] = _build(hints[item.name], flat, path + ".")
        else:
            values[item.name] = flat[path]
    return kind(**values)


def _unknown(name: str, items: Mapping[str, FieldOf]) -> PlaygroundError:
    inside = [path for path in items if path.startswith(f"{name}.")]
    near = inside or difflib.get_close_matches(name, items, 1) or [next(iter(items))]
    return PlaygroundError(
        Text(
            zh="没有名为“{name}”的设置，最接近的是“{near}”。",
            en="There is no setting “{name}”; the nearest is “{near}”.",
        ).format(name=name[:80], near=near[0]),
        name[:80],
    )


def _refuse(item: FieldOf, zh: str, en: str, **values: object) -> PlaygroundError:
    label = Text(item.label("zh"), item.label("en"))
    return PlaygroundError(Text(zh, en).format(label=label, **values), item.path)


def check(item: FieldOf, value: Any, language: Language | str) -> Any:
    """Converts one value to its field's type. Raises PlaygroundError for a wrong type or a value out of bounds."""
    control = item.control
    if isinstance(control, TextBox):
        return _check_text(item, control, value)
    if isinstance(control, Number):
        return _check_number(item, control, value)
    if isinstance(control, Choice):
        if isinstance(value, str) and value in control.values:
            return value
        raise _refuse(item, "“{label}”没有选项“{value}”，可选：{options}。", "“{label}” has no option “{value}”; choose one of: {options}.",
                      value=str(value)[:40], options=", ".join(control.values))  # fmt: skip
    if isinstance(control, Switch):
        return _check_switch(item, value)
    raise TypeError(f"unknown control {control!r}")


def _check_text(item: FieldOf, control: TextBox, value: Any) -> str:
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise _refuse(item, "“{label}”应为文字。", "“{label}” must be text.")
    text = clean(value)
    if len(text) > control.max_chars:
        raise _refuse(item, "“{label}”有 {n} 个字符，最多 {limit} 个，请删短。",
                      "“{label}” has {n} characters; the limit is {limit}. Please shorten it.",
                      n=len(text), limit=control.max_chars)  # fmt: skip
    if not text.strip() and not control.optional:
        raise _refuse(
            item,
            "“{label}”是空的，请输入一句话，或点一个示例。",
            "“{label}” is empty: type a sentence, or pick an example.",
        )
    return text


def _check_number(item: FieldOf, control: Number, value: Any) -> int | float:
    bounds = {"low": f"{control.low:.10g}", "high": f"{control.high:.10g}"}
    kind = Text(zh="整数", en="whole number") if control.whole else Text(zh="数字", en="number")
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError):
        raise _refuse(
            item,
            "“{label}”应为 {low} 到 {high} 之间的{kind}。",
            "“{label}” must be a {kind} from {low} to {high}.",
            kind=kind,
            **bounds,
        ) from None
    if not math.isfinite(number) or not control.low <= number <= control.high:
        raise _refuse(item, "“{label}”是 {value}，应在 {low} 到 {high} 之间。",
                      "“{label}” is {value}; it must be from {low} to {high}.", value=str(value)[:24], **bounds)  # fmt: skip
    if not control.whole:
        return number
    if not number.is_integer():
        raise _refuse(item, "“{label}”应为整数。", "“{label}” must be a whole number.")
    return int(number)


def _check_switch(item: FieldOf, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise _refuse(item, "“{label}”只能是开或关（true / false）。", "“{label}” is either on or off (true / false).")

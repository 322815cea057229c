"""Encodes frozen dataclasses as JSON and decodes them by their type hints."""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

KINDS: dict[str, type] = {}


class Kinded:
    """A dataclass whose JSON includes its kind, so that it can be decoded without knowing its type."""

    kind: ClassVar[str] = ""

    def __init_subclass__(cls, kind: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind:
            if kind in KINDS:
                raise ValueError(f"two kinds named {kind}")
            cls.kind = kind
            KINDS[kind] = cls


def encode(value: Any) -> Any:
    """Returns a JSON-serializable form. Raises ValueError for NaN and infinity, which JSON lacks."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a panel holds nan or inf; use None for what has no value")
        return value
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {str(name): encode(item) for name, item in value.items()}
    if dataclasses.is_dataclass(value):
        body = {item.name: encode(getattr(value, item.name)) for item in dataclasses.fields(value)}
        return {"kind": value.kind, **body} if isinstance(value, Kinded) else body
    raise TypeError(f"{type(value).__name__} is not plain data: {value!r}")


def without_measured(data: Any) -> Any:
    """Removes from a result's JSON what is measured: panels and figures that say so, and findings named `measured`."""
    if isinstance(data, dict):
        if data.get("measured") is True:
            return {"measured": True}
        return {name: without_measured(value) for name, value in data.items() if not (name == "measured" and value)}
    return [without_measured(item) for item in data] if isinstance(data, list) else data


def decode(hint: Any, data: Any) -> Any:
    """Inverts `encode` for a value of type `hint`. Raises TypeError or KeyError if `data` doesn't match."""
    if isinstance(data, dict) and data.get("kind") in KINDS:
        return _dataclass(KINDS[data["kind"]], data)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(args, data)
    if origin in (tuple, dict) and not isinstance(data, list if origin is tuple else dict):
        # A string has a length and letters: it would pass for a tuple of strings.
        raise TypeError(f"{data!r} is no {hint}")
    if origin is tuple:
        items = args[:1] * len(data) if args[1:] == (...,) else args
        return tuple(decode(item, part) for item, part in zip(items, data, strict=True))
    if origin is dict:
        return {name: decode(args[1], part) for name, part in data.items()}
    if dataclasses.is_dataclass(origin or hint):
        return _dataclass(typing.cast(type, origin or hint), data)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(data)
    if hint is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        # As it came: a whole number in a field for floats is written as it was when it is encoded again.
        return data
    if hint in (int, str, bool, type(None)) and type(data) is (hint if hint is not None else type(None)):
        return data
    raise TypeError(f"{data!r} is no {hint}")


def _union(options: tuple[Any, ...], data: Any) -> Any:
    # int before float, so that an integer in `float | int | str` stays an integer.
    for option in sorted(options, key=lambda option: option is float):
        try:
            return decode(option, data)
        except (TypeError, KeyError, ValueError):
            continue
    raise TypeError(f"{data!r} is none of {options}")


def _dataclass(kind: type, data: Any) -> Any:
    if not isinstance(data, dict):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return kind(**{name: decode(hint, data[name]) for name, hint in _hints(kind).items()})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """Returns the types of a dataclass's fields: evaluated anew for every value, they take two thirds of the time to decode a result."""
    hints = get_type_hints(kind)
    return {item.name: hints[item.name] for item in dataclasses.fields(kind)}

"""Refuses settings whose run would take too long, naming the field that costs most and the way out. Knows no topic and no machine."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from playground.lab.controls import Choice, FieldOf, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text, say

# The longest run that is taken, by a topic's formula: seconds on two idle cores.
LONGEST_SECONDS = 60.0

TOO_LONG = Text(
    zh="这次运行约需 {seconds} 秒，最多 {limit} 秒。“{label}”费时最多：{advice}。",
    en="This run would take about {seconds} s; the most is {limit} s. “{label}” costs most: {advice}.",
)
AT_MOST = Text(zh="改成最多 {value}", en="take {value} at most")
AT_LEAST = Text(zh="改成至少 {value}", en="take {value} at least")
CHARACTERS = Text(zh="缩短到最多 {value} 个字符", en="shorten it to {value} characters at most")
OPTION = Text(zh="选“{value}”", en="choose “{value}”")
ON = Text(zh="打开它", en="switch it on")
OFF = Text(zh="关掉它", en="switch it off")
EMPTY = Text(zh="留空", en="leave it empty")
BESIDES = Text(zh="{first}；“{label}”：{advice}", en="{first}; “{label}”: {advice}")

# Seconds of a run with these settings.
Seconds = Callable[[Any], float]


def refusal(kind: type, settings: Any, seconds: Seconds, limit: float) -> PlaygroundError | None:
    """Returns why a run of `settings` (of the class `kind`) is refused, with the costliest field.

    The advice is the nearest value of that field that would do; where none does, its cheapest and the same of the next field. None for
    a run of at most `limit` seconds, and where no settings at all would do: what is refused has a way out.
    """
    expected = seconds(settings)
    if expected <= limit:
        return None
    left = settings
    advised: Text | None = None
    costliest: FieldOf | None = None
    for item, cheapest in _by_saving(kind, settings, seconds):
        enough = seconds(_replaced(left, item.path, cheapest)) <= limit
        value = _nearest(item, left, cheapest, seconds, limit) if enough else cheapest
        advice, label = _advice(item, left, value), _label(item)
        advised = BESIDES.format(first=advised, label=label, advice=advice) if advised else advice
        costliest = costliest or item
        left = _replaced(left, item.path, value)
        if enough:
            said = TOO_LONG.format(
                seconds=math.ceil(expected), limit=f"{limit:g}", label=_label(costliest), advice=advised
            )
            return PlaygroundError(said, costliest.path)
    return None


def _label(item: FieldOf) -> Text:
    return Text(item.label("zh"), item.label("en"))


def _by_saving(kind: type, settings: Any, seconds: Seconds) -> list[tuple[FieldOf, Any]]:
    """Returns the fields that cost something with their cheapest value, the costliest first."""
    found = []
    whole = seconds(settings)
    for item in fields_of(kind):
        costs = [
            (seconds(_replaced(settings, item.path, value)), place, value)
            for place, value in enumerate(_extremes(item, settings))
        ]
        if costs and (least := min(costs, key=lambda cost: cost[:2]))[0] < whole:
            found.append((whole - least[0], item, least[2]))
    return [(item, value) for _, item, value in sorted(found, key=lambda one: -one[0])]


def _extremes(item: FieldOf, settings: Any) -> tuple[Any, ...]:
    """Returns the values of a field among which its cheapest is."""
    control = item.control
    if isinstance(control, Number):
        return (control.low, control.high)
    if isinstance(control, Choice):
        return control.values
    if isinstance(control, Switch):
        return (not _value(settings, item.path),)
    if isinstance(control, TextBox) and not control.from_panel:
        return ("" if control.optional else _value(settings, item.path)[:1],)
    return ()


def _nearest(item: FieldOf, settings: Any, cheapest: Any, seconds: Seconds, limit: float) -> Any:
    """Returns the value nearest to the present one, on the control's steps, that takes at most `limit` seconds, by halving."""
    control, now = item.control, _value(settings, item.path)
    if isinstance(control, TextBox):
        steps = len(now) - len(cheapest)

        def at(step: int) -> Any:
            return now[: len(cheapest) + step]
    elif isinstance(control, Number):
        size = control.step if now > cheapest else -control.step
        steps = int(abs(now - cheapest) / control.step)

        def at(step: int) -> Any:
            value = round(cheapest + size * step, 10)
            return int(value) if control.whole else value
    else:
        return cheapest
    fits, fails = 0, steps + 1
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if seconds(_replaced(settings, item.path, at(middle))) <= limit:
            fits = middle
        else:
            fails = middle
    return at(fits)


def _advice(item: FieldOf, settings: Any, value: Any) -> Text:
    control, now = item.control, _value(settings, item.path)
    if isinstance(control, TextBox):
        return CHARACTERS.format(value=len(value)) if value else EMPTY
    if isinstance(control, Number):
        return (AT_MOST if value < now else AT_LEAST).format(value=f"{value:g}")
    if isinstance(control, Choice):
        label = dict(control.options)[value]
        return OPTION.format(value=Text(say(label, "zh"), say(label, "en")))
    return ON if value else OFF


def _value(settings: Any, path: str) -> Any:
    for name in path.split("."):
        settings = getattr(settings, name)
    return settings


def _replaced(settings: Any, path: str, value: Any) -> Any:
    name, _, rest = path.partition(".")
    return dataclasses.replace(settings, **{name: _replaced(getattr(settings, name), rest, value) if rest else value})

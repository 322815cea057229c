"""The longest run that each topic takes: its time, and the longest that a visitor waits who presses Stop in it.

    python -m benchmarks.longest [topic …]

Grows the settings by the topic's own formula and the bounds of its controls until one step more would be refused as too long; then runs
the lab once, in this process, nothing remembered. A run hears of Stop at its checkpoints, so the longest time between two of them counts.
"""

from __future__ import annotations

import argparse
import functools
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.comparison import Table, seconds
from playground import catalog
from playground.estimates import by_formula
from playground.lab.bench import Bench, Models
from playground.lab.controls import Choice, FieldOf, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.limits import LONGEST_SECONDS
from playground.lab.text import Language
from playground.lab.timing import Scheduled
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate

STOP_SECONDS = 1.0
# Of a number of steps: 19 of 0.1 are 18.999….
_ROUNDING = 1e-9


class WatchedBench(Bench):
    """A bench without a time limit that notes the longest time between two checkpoints, in seconds; the end of the run is one."""

    def __init__(self, models: Models) -> None:
        super().__init__(models, seconds=3600.0)
        self.longest = 0.0
        self._last = time.monotonic()

    def checkpoint(self) -> None:
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now
        super().checkpoint()


@dataclass(frozen=True)
class Longest:
    """A run: what it was expected to take by the formula and what it took (seconds), the share of the processor that it waited for, the
    longest time between two checkpoints (seconds), and the names of the settings that aren't the default's. `refused`: why it isn't one.
    """

    topic: str
    expected: float
    took: float
    waited: float
    gap: float
    grown: tuple[str, ...]
    refused: str = ""


@dataclass(frozen=True)
class Growth:
    """A field's values from the one that costs least to the one that costs most: `at(step)` of `count` steps."""

    item: FieldOf
    count: int
    at: Callable[[int], Any]

    @property
    def dearest(self) -> Any:
        return self.at(self.count - 1)


def growth(item: FieldOf, language: Language, cost: Callable[[Any], float]) -> Growth | None:
    """Returns a field's values on its control's steps; None for one that is no control or has no two values."""
    control = item.control
    if isinstance(control, Number):
        low, high, size = control.low, control.high, control.step
        cheap, step = (low, size) if cost(high) >= cost(low) else (high, -size)

        def number(steps: int) -> Any:
            value = round(cheap + step * steps, 10)
            return int(value) if control.whole else value

        return Growth(item, int((high - low) / size + _ROUNDING) + 1, number)
    if isinstance(control, (Choice, Switch)):
        options = control.values if isinstance(control, Choice) else (False, True)
        valid = sorted((value for value in options if cost(value) < math.inf), key=cost)
        return Growth(item, len(valid), lambda steps: valid[steps]) if valid else None
    if isinstance(control, TextBox) and not control.from_panel:
        longest = ((str(item.default(language)) or "一行文字 1") + "\n") * control.max_chars
        return Growth(item, control.max_chars, lambda steps: longest[: steps + 1])
    return None


def grown(topic: AnyTopic, language: Language = Language.ZH, limit: float = LONGEST_SECONDS) -> dict[str, Any]:
    """Returns values of the controls with which a run takes just under `limit` seconds by the topic's formula, or the most it can.

    The fields that add least are taken to the values that cost most first, so that those that add most are cut to fit.
    """
    values: dict[str, Any] = {}

    def with_(item: FieldOf, value: Any) -> float:
        try:
            return by_formula(topic, validate(topic.settings, {**values, item.path: value}, language))
        except PlaygroundError:
            return math.inf

    def of(item: FieldOf) -> Growth | None:
        return growth(item, language, functools.partial(with_, item))

    alone = [one for item in fields_of(topic.settings) if (one := of(item)) is not None]
    for item in [one.item for one in sorted(alone, key=lambda one: with_(one.item, one.dearest))]:
        one = of(item)  # beside what is grown already, another of its values may cost most
        if one is None:
            continue
        now = by_formula(topic, validate(topic.settings, values, language))
        fits, fails = -1, one.count
        while fails - fits > 1:
            middle = (fits + fails) // 2
            if with_(item, one.at(middle)) <= limit:
                fits = middle
            else:
                fails = middle
        if fits >= 0 and with_(item, one.at(fits)) > now:
            values[item.path] = one.at(fits)
    return values


def measure(topic: AnyTopic, models: Models, language: Language = Language.ZH) -> Longest:
    """Runs a topic's longest run once."""
    values = grown(topic, language)
    settings = validate(topic.settings, values, language)
    names = tuple(item.label("en") for item in fields_of(topic.settings) if item.path in values)
    bench, before, start = WatchedBench(models), Scheduled.now(), time.monotonic()
    why = ""
    try:
        for _ in topic.results(settings, bench, None):
            bench.checkpoint()
    except PlaygroundError as error:
        why = error.message.en
    bench.checkpoint()
    waited = Scheduled.now().waited_since(before) or 0.0
    took = time.monotonic() - start
    return Longest(topic.slug, by_formula(topic, settings), took, waited, bench.longest, names, why)


def table(found: list[Longest]) -> Table:
    """Returns one line for each topic."""
    rows = [
        (one.topic, ", ".join(one.grown), seconds(one.expected), one.refused or seconds(one.took), seconds(one.gap), f"{one.waited:.0%}")
        for one in found
    ]  # fmt: skip
    ran = [one for one in found if not one.refused]
    over = [one.topic for one in ran if one.took > LONGEST_SECONDS]
    deaf = [one.topic for one in ran if one.gap > STOP_SECONDS]
    return Table(
        "The longest run that is taken",
        ("topic", "grown", "by formula", "took", "longest until Stop is heard", "waited for other programs"),
        tuple(rows),
        goal=f"{LONGEST_SECONDS:g} s at most, and Stop heard within {STOP_SECONDS:g} s, on two idle cores.",
        notes=f"Longer than {LONGEST_SECONDS:g} s: {', '.join(over) or 'none'}. Stop heard later than {STOP_SECONDS:g} s: {', '.join(deaf) or 'none'}."
        " Settings are grown from the field that adds least to the one that adds most, so another mixture may cost otherwise.",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topics", nargs="*", default=[topic.slug for topic in catalog.topics()], metavar="topic")
    options = parser.parse_args()
    models, found = catalog.load_models(lambda fraction, text: None), []
    for topic in map(catalog.find, options.topics):
        one = measure(topic, models)
        found.append(one)
        print(
            one.topic,
            seconds(one.expected),
            seconds(one.took),
            seconds(one.gap),
            one.refused,
            sep="  ",
            file=sys.stderr,
            flush=True,
        )
    print(table(found).markdown())


if __name__ == "__main__":
    main()

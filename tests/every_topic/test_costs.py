"""What the run of every topic is said to cost, by its formula alone."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import pytest

from playground import catalog
from playground.estimates import Estimates, by_formula
from playground.lab.controls import Choice, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.limits import LONGEST_SECONDS
from playground.lab.text import Language
from playground.lab.topic import AnyTopic, Example
from playground.lab.validation import validate
from tests.every_topic.topics import (
    LANGUAGES,
    every_language,
    every_topic,
    fields,
    smallest,
)
from tests.runs import HOSTILE

# Names that numbers have which say how often something is computed.
COUNTS_OF_WORK = frozenset(
    "samples networks seeds steps max_tokens tokens reply_tokens rounds folds permutations questions asked draws orders vectors"
    " unlabelled origins resamples text_steps prompts beams length".split()
)


@every_topic
def test_the_cost_grows_with_a_longer_text(slug: str) -> None:
    topic = catalog.find(slug)
    path = topic.text_field or next((item.path for item in fields(topic, TextBox)), "")
    for item in fields(topic, TextBox):
        if item.path == path:
            longer = (str(item.default("zh")) * 40)[: item.control.max_chars]  # type: ignore[attr-defined]
            assert costs_differ(topic, path, str(item.default("zh")), longer) > 0


@every_topic
def test_the_cost_of_a_number_goes_one_way(slug: str) -> None:
    """The advice of a refusal is found by halving."""
    topic = catalog.find(slug)
    for item in fields(topic, Number):
        low, high, step = item.control.low, item.control.high, item.control.step  # type: ignore[attr-defined]
        count = int((high - low) / step + 1e-9)  # 1.9 / 0.1 is 18.999…
        tried = [low + step * (count * part // 8) for part in range(9)]
        values = [int(value) if item.control.whole else min(high, value) for value in tried]  # type: ignore[attr-defined]
        settings = [validate(topic.settings, {item.path: value}, Language.ZH) for value in values]
        costs = [by_formula(topic, one) for one in settings]
        rising = all(a <= 1.02 * b for a, b in itertools.pairwise(costs))
        falling = all(1.02 * a >= b for a, b in itertools.pairwise(costs))
        assert rising or falling, (item.path, costs)


@every_topic
def test_every_number_that_counts_work_is_in_the_formula(slug: str) -> None:
    """Numbers of samples, steps, seeds, tokens and the like, by their names."""
    topic = catalog.find(slug)
    for item in fields(topic, Number):
        if item.name in COUNTS_OF_WORK:
            bounds = (item.control.low, item.control.high)  # type: ignore[attr-defined]
            assert costs_differ(topic, item.path, *bounds), item.path


@every_topic
@every_language
def test_what_the_project_itself_runs_is_never_refused_as_too_long(slug: str, language: Language) -> None:
    topic = catalog.find(slug)
    for case in (Example(topic.title, {}), *topic.examples, *topic.failures, *topic.claims):
        Estimates().check(topic, validate(topic.settings, case.in_(language), language))


@every_topic
def test_the_costliest_settings_are_refused_or_take_a_minute_at_most(slug: str) -> None:
    topic = catalog.find(slug)
    settings = validate(topic.settings, costliest(topic.slug), Language.ZH)
    if by_formula(topic, settings) <= LONGEST_SECONDS:
        Estimates().check(topic, settings)
        return
    with pytest.raises(PlaygroundError) as caught:
        Estimates().check(topic, settings)
    error = caught.value
    named = next(item for item in fields_of(topic.settings) if item.path == error.field)
    for language in LANGUAGES:
        assert named.label(language) in error.message.in_(language)
        assert f"{LONGEST_SECONDS:g}" in error.message.in_(language)


@every_topic
@pytest.mark.parametrize("kind", ["empty", "hostile", "long"])
def test_a_cost_is_finite_and_positive_whatever_the_texts(slug: str, kind: str) -> None:
    topic = catalog.find(slug)
    text = {"empty": "x", "hostile": HOSTILE, "long": "这是一段很长的文字，\n" * 3000}[kind]
    values = {item.path: text[: item.control.max_chars] for item in fields(topic, TextBox)}  # type: ignore[attr-defined]
    for numbers_of in ({}, smallest(topic)):
        found = by_formula(topic, validate(topic.settings, values | numbers_of, Language.EN))
        assert math.isfinite(found) and found > 0


def costs_differ(topic: AnyTopic, path: str, first: Any, second: Any) -> float:
    """By how many seconds the second value of a setting costs more than the first, beside the defaults or beside what costs most."""
    for values in ({}, costliest(topic.slug)):
        settings = [validate(topic.settings, {**values, path: value}, Language.ZH) for value in (first, second)]
        found = by_formula(topic, settings[1]) - by_formula(topic, settings[0])
        if abs(found) > 1e-6:
            return found
    return 0.0


@functools.cache
def costliest(slug: str) -> dict[str, Any]:
    """Values of every control that cost most, each found by itself, the others as found before."""
    topic = catalog.find(slug)
    values: dict[str, Any] = {}
    for item in fields_of(topic.settings):
        control = item.control
        tried: tuple[Any, ...] = ()
        if isinstance(control, Number):
            tried = (control.low, control.high)
        elif isinstance(control, Choice):
            tried = control.values
        elif isinstance(control, Switch):
            tried = (False, True)
        elif isinstance(control, TextBox) and not control.from_panel:
            lines = (str(item.default("zh")) or "一行文字 1\n") * control.max_chars
            tried = (item.default("zh"), lines[: control.max_chars])
        if tried:
            costs = [
                by_formula(topic, validate(topic.settings, {**values, item.path: one}, Language.ZH)) for one in tried
            ]
            values[item.path] = tried[costs.index(max(costs))]
    return values

"""What no topic takes, and what is taken out of a text, without a run."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from playground import catalog
from playground.lab.controls import Choice, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from tests.every_topic.topics import (
    LANGUAGES,
    every_topic,
    fields,
)


def beyond_bounds(topic: AnyTopic) -> list[tuple[str, Any]]:
    """A value that can't be taken for every control: each kind of wrong that it can be."""
    wrong: list[tuple[str, Any]] = []
    for item in fields_of(topic.settings):
        control = item.control
        if isinstance(control, Number):
            numbers = (control.low - 1, control.high + 1, "nan", "inf", "1e400", "many", None, True, [1], "")
            wrong += [(item.path, value) for value in (*numbers, *([control.low + 0.5] if control.whole else []))]
        elif isinstance(control, Choice):
            wrong += [(item.path, value) for value in ("no-such-option", "", None, 3, ["none"], "<img src=x>")]
        elif isinstance(control, Switch):
            wrong += [(item.path, value) for value in ("perhaps", None, [], 7)]
        elif isinstance(control, TextBox):
            wrong += [(item.path, value) for value in ("字" * (control.max_chars + 1), 5, ["text"], {"a": "b"})]
            if not control.optional:
                wrong += [(item.path, value) for value in ("", "   \n\t", "\u3000", "\x00", "\u202e\u2066", None)]
    return [*wrong, ("no_such_setting", 1), ("__class__", "x"), ("", 1)]


@every_topic
def test_what_is_out_of_bounds_is_refused_by_field_in_both_languages(slug: str) -> None:
    topic = catalog.find(slug)
    labels = {item.path: item for item in fields_of(topic.settings)}
    for path, value in beyond_bounds(topic):
        with pytest.raises(PlaygroundError) as caught:
            validate(topic.settings, {path: value}, Language.ZH)
        error = caught.value
        assert error.field == (f"{path}.a" if isinstance(value, dict) else path), (path, value)
        if path in labels and not isinstance(value, dict):
            for language in LANGUAGES:
                assert labels[path].label(language) in error.message.in_(language), (path, value)


@every_topic
def test_what_nobody_can_see_is_taken_out_of_texts(slug: str) -> None:
    topic = catalog.find(slug)
    for item in fields(topic, TextBox):
        settings = validate(topic.settings, {item.path: "a\x00b\u202ec\r\nd\ud800"}, Language.EN)
        assert functools.reduce(getattr, item.path.split("."), settings) == "abc\nd"

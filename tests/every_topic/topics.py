"""What the tests of every topic share: the topics, their defaults' runs, odd settings."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args, get_type_hints

import pytest

from playground import catalog
from playground.lab.codec import encode, without_measured
from playground.lab.controls import FieldOf, Number, TextBox, fields_of
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.running import Finished
from tests.runs import finish, spoken

LANGUAGES = list(Language)
SLUGS = [topic.slug for topic in catalog.topics()]

every_topic = pytest.mark.parametrize("slug", SLUGS)
every_language = pytest.mark.parametrize("language", LANGUAGES, ids=str)


def default_run(slug: str, language: Language) -> Finished:
    """The run of a topic's defaults; skips its test where this commit runs it in the other language."""
    if language not in spoken(catalog.find(slug).number):
        pytest.skip("in this language with another commit")
    return finish(slug, {}, language)


def bytes_of(result: Any) -> str:
    return json.dumps(without_measured(encode(result)), ensure_ascii=False, sort_keys=True)


def fields(topic: AnyTopic, kind: type) -> list[FieldOf]:
    return [item for item in fields_of(topic.settings) if isinstance(item.control, kind)]


def sentence_of(topic: AnyTopic, text: str) -> dict[str, Any]:
    """Values that put `text`, cut to what it takes, into the topic's text."""
    path = topic.text_field or next((item.path for item in fields(topic, TextBox)), "")
    limit = next((item.control.max_chars for item in fields(topic, TextBox) if item.path == path), 0)  # type: ignore[attr-defined]
    return {path: text[:limit]} if path else {}


def smallest(topic: AnyTopic) -> dict[str, Any]:
    """Every number at its lower bound."""
    return {item.path: item.control.low for item in fields(topic, Number)}  # type: ignore[attr-defined]


def findings_type(slug: str) -> type:
    """The dataclass of a topic's findings."""
    (kind,) = dataclasses_in(get_type_hints(catalog.find(slug).result)["findings"])
    return kind


def dataclasses_in(hint: Any) -> list[type]:
    """The project's dataclasses in a type hint, at any depth."""
    inner = [found for part in get_args(hint) for found in dataclasses_in(part)]
    return [hint] if isinstance(hint, type) and dataclasses.is_dataclass(hint) else inner

"""Every topic on texts that nobody expects, and some at the same time, on the real model."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from playground import catalog
from playground.lab.codec import decode, encode
from playground.lab.controls import fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.panels import panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.running import Finished
from tests.every_topic.topics import (
    LANGUAGES,
    SLUGS,
    bytes_of,
    every_topic,
    sentence_of,
    smallest,
)
from tests.every_topic.verdicts import check_verdict
from tests.runs import HOSTILE, chosen, due, finish, spoken, unhurried

ODD_TEXTS = {
    "wordless": "😀🎉👩‍👩‍👧。。，！？…—",
    "hostile": HOSTILE,
    "long": "这是一段很长的文字，" * 1000,
}


@pytest.mark.model
@every_topic
@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_an_odd_text_at_the_smallest_numbers_gives_findings_or_a_message_that_names_its_field(
    slug: str, kind: str
) -> None:
    topic = catalog.find(slug)
    # The other two by turns: runs are scarce.
    if not (due(topic.number) and (kind == "hostile" or chosen(("long", "wordless").index(kind), 2))):
        pytest.skip("with another commit")
    language = spoken(topic.number)[0]
    try:
        run = finish(slug, smallest(topic) | sentence_of(topic, ODD_TEXTS[kind]), language)
    except PlaygroundError as error:
        # The hostile text has words and an ordinary length: a topic that refuses it refuses everything, or its numbers alone.
        assert kind != "hostile", error.message.en
        assert error.field in {item.path for item in fields_of(topic.settings)}, error.message.en
        for told in LANGUAGES:
            assert error.message.in_(told).strip()
        return
    for item in panels_of(type(run.result)):
        value = getattr(run.result, item.name)
        assert decode(item.type | None, json.loads(json.dumps(encode(value)))) == value, item.name
    check_verdict(topic, run.settings, run.result.findings)


def assert_same(first: Finished, again: Finished) -> None:
    assert bytes_of(again.result) == bytes_of(first.result)
    assert again.settings == first.settings
    # The cost isn't compared: a lab may keep what doesn't depend on the settings, such as accuracies on a fixed set.


@pytest.mark.model
def test_visitors_at_the_same_time_get_what_each_gets_alone() -> None:
    # A few of the topics, or all of a copy that has others: they share one store, one line of work and one way of counting. That a
    # second run gives the same bytes is the test of the HTTP endpoint's (tests/test_api.py).
    some = [slug for slug in ("decoding", "overfitting", "multi-task") if slug in SLUGS] or list(SLUGS)
    language = {slug: spoken(catalog.find(slug).number)[0] for slug in some}
    alone = [finish(slug, {}, language[slug]) for slug in some]
    with ThreadPoolExecutor(2) as visitors:
        together = list(visitors.map(lambda slug: computed(slug, {}, language[slug]), some))
    for first, again in zip(alone, together, strict=True):
        assert_same(first, again)


def computed(slug: str, values: dict[str, Any], language: Language) -> Finished:
    """A run beside the desk and its line: computed now, even while others compute."""
    topic = unhurried(slug)
    *_, last = catalog.events(topic, validate(topic.settings, values, language))
    assert isinstance(last, Finished)
    return last

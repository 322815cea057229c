"""What every topic must keep, with no edit here when a topic is added."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_type_hints

import gradio as gr
import pytest

from components import panels
from playground import catalog, plain
from playground.lab.codec import decode, encode
from playground.lab.controls import Choice, FieldOf, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.panels import PANEL, Panel
from playground.lab.text import Language
from playground.lab.topic import Example, Failure, Topic
from playground.lab.validation import defaults, validate
from playground.running import Finished

LANGUAGES = list(Language)
SLUGS = [topic.slug for topic in catalog.topics()]

every_topic = pytest.mark.parametrize("slug", SLUGS)
every_language = pytest.mark.parametrize("language", LANGUAGES, ids=str)


def finish(slug: str, values: dict[str, Any], language: Language) -> Finished:
    """A run to its end."""
    *_, last = catalog.events(slug, values, language)
    assert isinstance(last, Finished)
    return last


@functools.cache
def default_run(slug: str, language: Language) -> Finished:
    return finish(slug, {}, language)


def without_measured(data: Any) -> Any:
    """The JSON of a result with everything that is marked measured left out."""
    if isinstance(data, dict):
        if data.get("measured") is True:
            return {"measured": True}
        return {name: without_measured(value) for name, value in data.items()}
    return [without_measured(item) for item in data] if isinstance(data, list) else data


def bytes_of(result: Any) -> str:
    return json.dumps(without_measured(encode(result)), ensure_ascii=False, sort_keys=True)


def fields(topic: Topic, kind: type) -> list[FieldOf]:
    return [item for item in fields_of(topic.settings) if isinstance(item.control, kind)]


# ---- what can be known without a run


def test_there_are_topics() -> None:
    assert SLUGS


@every_topic
def test_every_setting_has_a_control_with_bounds(slug: str) -> None:
    topic = catalog.find(slug)
    items = list(fields_of(topic.settings))
    assert items
    for item in items:
        control = item.control
        if isinstance(control, Number):
            assert control.low < control.high, item.path
            assert control.step > 0, item.path
            assert item.type is (int if control.whole else float), item.path
        elif isinstance(control, TextBox):
            assert 0 < control.max_chars <= 20_000, item.path
        elif isinstance(control, Choice):
            assert len(control.values) == len(set(control.values)) >= 2, item.path
        else:
            assert isinstance(control, Switch), item.path


@every_topic
@every_language
def test_defaults_and_examples_are_valid(slug: str, language: Language) -> None:
    topic = catalog.find(slug)
    assert validate(topic.settings, {}, language) == validate(
        topic.settings, defaults(topic.settings, language), language
    )
    assert topic.examples
    for example in (*topic.examples, *topic.failures):
        validate(topic.settings, example.in_(language), language)


@every_topic
def test_the_page_can_place_every_panel(slug: str) -> None:
    result = catalog.find(slug).result
    hints = get_type_hints(result)
    assert result() == result(**{item.name: None for item in dataclasses.fields(result)})
    for item in dataclasses.fields(result):
        assert PANEL in item.metadata, f"{item.name} is no panel(…)"
        panels.kind_of(hints[item.name])


@every_topic
def test_names_point_at_something(slug: str) -> None:
    topic = catalog.find(slug)
    paths = {item.path for item in fields_of(topic.settings)}
    assert topic.text_field in paths | {""}
    assert topic.failures, "settings under which the method visibly fails"
    assert topic.code, "the functions that the page lists"
    for function in topic.code:
        assert inspect.getsource(function)
    options = [value for value, _ in topic.prediction.options]
    assert len(options) == len(set(options)) != 1


@every_topic
def test_cards_are_complete_and_alike(slug: str) -> None:
    zh, en = catalog.card(slug, Language.ZH), catalog.card(slug, Language.EN)
    assert len(zh.followups) == len(en.followups)
    assert not re.findall(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", prose_of(zh)), (
        "half-width punctuation in Chinese"
    )
    for card in (zh, en):
        assert not re.findall(r"<[a-zA-Z/!][^>\n]*>", prose_of(card)), "raw HTML"


def prose_of(card: catalog.Card) -> str:
    """A card's text without its code."""
    text = "\n".join(
        [*(str(part) for part in dataclasses.astuple(card) if isinstance(part, str)), *map("\n".join, card.followups)]
    )
    return re.sub(r"```.*?```|`[^`\n]*`|\$[^$\n]*\$", "", text, flags=re.DOTALL)


def beyond_bounds(topic: Topic) -> list[tuple[str, Any]]:
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
            catalog.events(slug, {path: value}, Language.ZH)
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


# ---- runs on the real model


def sentence_of(topic: Topic, text: str, most: int | None = None) -> dict[str, Any]:
    """Values that put `text` into the topic's text."""
    path = topic.text_field or next((item.path for item in fields(topic, TextBox)), "")
    limit = next((item.control.max_chars for item in fields(topic, TextBox) if item.path == path), 0)  # type: ignore[attr-defined]
    return {path: text[: min(limit, most or limit)]} if path else {}


@pytest.mark.model
@every_topic
@every_language
def test_the_default_run_fills_every_panel_and_goes_to_json_and_back(slug: str, language: Language) -> None:
    result = default_run(slug, language).result
    hints = get_type_hints(type(result))
    for item in dataclasses.fields(result):
        panel = getattr(result, item.name)
        assert panel is not None, f"{item.name} was never computed"
        data = json.loads(json.dumps(encode(panel)))
        assert decode(hints[item.name], data) == panel


@pytest.mark.model
@every_topic
@every_language
def test_every_panel_draws(slug: str, language: Language) -> None:
    result = default_run(slug, language).result
    hints = get_type_hints(type(result))
    with gr.Blocks():
        for item in dataclasses.fields(result):
            panel: Panel = getattr(result, item.name)
            drawing = panels.make(item.metadata[PANEL], hints[item.name], language)
            updates = drawing.update(panel)
            assert len(updates) == len(drawing.components)
            for update, component in zip(updates, drawing.components, strict=True):
                assert component.postprocess(update["value"]) is not None
    assert list(plain.describe_result(result, language)), "the command line has words for it"


@pytest.mark.model
@every_topic
@every_language
def test_the_prediction_is_scored_from_the_result(slug: str, language: Language) -> None:
    prediction, result = catalog.find(slug).prediction, default_run(slug, language).result
    outcome = prediction.outcome(result)
    assert outcome is not None, "the default run answers its question"
    if prediction.options:
        assert outcome.answer in [value for value, _ in prediction.options]
        assert not any(prediction.right(value, outcome) for value, _ in prediction.options if value != outcome.answer)
    else:
        assert prediction.low <= float(outcome.answer) <= prediction.high
    assert prediction.right(outcome.answer, outcome)
    assert prediction.outcome(type(result)()) is None, "nothing is known before the run"


@pytest.mark.model
@every_topic
@every_language
def test_follow_ups_of_the_result_can_be_asked(slug: str, language: Language) -> None:
    run = default_run(slug, language)
    for item in catalog.find(slug).followups(run.settings, run.result):
        assert item.question.in_(language).strip()
        assert item.answer.in_(language).strip()


def each_failure() -> list[Any]:
    return [
        pytest.param(topic.slug, failure, id=f"{topic.slug}-{number}")
        for topic in catalog.topics()
        for number, failure in enumerate(topic.failures)
    ]


@pytest.mark.model
@pytest.mark.parametrize(("slug", "failure"), each_failure())
def test_failures_still_fail(slug: str, failure: Failure) -> None:
    for language in languages_that_differ(failure):
        run = finish(slug, failure.in_(language), language)
        assert failure.seen(run.settings, run.result), failure.expect.in_(language)


def languages_that_differ(example: Example) -> list[Language]:
    """Both languages when the example says something else in each, else one."""
    return LANGUAGES if example.in_(Language.ZH) != example.in_(Language.EN) else LANGUAGES[:1]


ODD_TEXTS: dict[str, Callable[[], str]] = {
    "emoji": lambda: "😀🎉👩‍👩‍👧",
    "punctuation": lambda: "。。，！？…—",
    "hostile": lambda: "<img src=x onerror=alert(1)> ${7*7} {{x}} %s \x00\u202e",
    "long": lambda: "这是一段很长的文字，" * 1000,
}


@pytest.mark.model
@every_topic
@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_an_odd_text_gives_a_result_or_a_message_that_names_its_field(slug: str, kind: str) -> None:
    topic, text = catalog.find(slug), ODD_TEXTS[kind]()
    language = LANGUAGES[topic.number % 2]
    try:
        finish(slug, sentence_of(topic, text, None if kind == "long" else 10_000), language)
    except PlaygroundError as error:
        assert error.field in {item.path for item in fields_of(topic.settings)}, error.message.en
        assert error.message.in_(language).strip()


@pytest.mark.model
@every_topic
def test_the_smallest_numbers_give_a_result(slug: str) -> None:
    topic = catalog.find(slug)
    smallest = {item.path: item.control.low for item in fields(topic, Number)}  # type: ignore[attr-defined]
    assert finish(slug, smallest, Language.ZH).result is not None


def assert_same(first: Finished, again: Finished) -> None:
    assert bytes_of(again.result) == bytes_of(first.result)
    assert again.settings == first.settings
    # The cost isn't compared: a lab may keep what doesn't depend on the settings, such as accuracies on a fixed set.


# Last in the file: by now other settings, odd texts and failures have gone through the same models.
@pytest.mark.model
@every_topic
def test_the_same_settings_give_the_same_bytes(slug: str) -> None:
    assert_same(default_run(slug, Language.ZH), finish(slug, {}, Language.ZH))


@pytest.mark.model
def test_visitors_at_the_same_time_get_what_each_gets_alone() -> None:
    # A few of the topics: they share one store, one line of work and one way of counting.
    some = SLUGS[::5]
    alone = [default_run(slug, Language.EN) for slug in some]
    with ThreadPoolExecutor(2) as visitors:
        together = list(visitors.map(lambda slug: finish(slug, {}, Language.EN), some))
    for first, again in zip(alone, together, strict=True):
        assert_same(first, again)

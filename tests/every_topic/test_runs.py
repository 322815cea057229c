"""Every topic's runs on the real model: defaults, failures, examples, what the cards say of the lab.

tests/README.md says what each protects and how few runs there are.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
import pytest

from components import panels
from components.outcome import figures as figures_of_chip
from playground import catalog, plain
from playground.lab.codec import decode, encode
from playground.lab.panels import Panel, panels_of
from playground.lab.text import Language
from playground.lab.topic import AnyTopic, Claim, Example, Failure
from tests.every_topic.topics import (
    LANGUAGES,
    default_run,
    every_language,
    every_topic,
    findings_type,
)
from tests.every_topic.verdicts import check_verdict, figures, numbers, shows
from tests.runs import chosen, due, findings_of, settings_of, spoken


@pytest.mark.model
@every_topic
@every_language
def test_the_default_run_fills_every_panel_and_goes_to_json_and_back(slug: str, language: Language) -> None:
    result = default_run(slug, language).result
    for name, hint in [
        ("findings", findings_type(slug)),
        *((item.name, item.type) for item in panels_of(type(result))),
    ]:
        value = getattr(result, name)
        assert value is not None, f"{name} was never computed"
        data = json.loads(json.dumps(encode(value)))
        assert decode(hint, data) == value


# Panels that show what a verdict says otherwise than by its figures.
DRAWN = {
    ("bench", "outputs"): "the token at which the outputs part is marked",
    ("mechanisms", "steering_cost"): "the perplexities whose ratio is said",
}
# How many figures with decimals of a verdict are in none of its panels, at most.
COMPUTED = {
    "chinese": (1, "a share that the panel has with two decimals"),
    "inference": (1, "the ratio of two throughputs"),
    "mechanisms": (1, "the ratio of two perplexities"),
    "multi-task": (6, "differences of mean gains, with their intervals"),
    "quantization": (1, "a perplexity above a million, of which the panel says that it is broken"),
}


@pytest.mark.model
@every_topic
@every_language
def test_the_panels_that_the_verdict_leads_to_show_what_it_says(slug: str, language: Language) -> None:
    topic, run = catalog.find(slug), default_run(slug, language)
    said = figures(topic.verdict(run.settings, run.result.findings).in_(language))
    shown = {item.name: encode(getattr(run.result, item.name)) for item in topic.panels}
    for name in topic.verdict_panels:
        assert (slug, name) in DRAWN or any(shows(shown[name], one) for one in said), f"{name} shows nothing of {said}"
    # What has decimals is no panel's number by chance.
    missing = [one for one in said if "." in one and not any(shows(shown[name], one) for name in topic.verdict_panels)]
    most, _ = COMPUTED.get(slug, (0, ""))
    assert len(missing) <= most, f"{missing} are in none of {topic.verdict_panels}"


@pytest.mark.model
@every_topic
@every_language
def test_every_panel_draws(slug: str, language: Language) -> None:
    result = default_run(slug, language).result
    with gr.Blocks():
        for item in panels_of(type(result)):
            panel: Panel = getattr(result, item.name)
            drawing = panels.make(item.title, item.type, language)
            updates = drawing.update(panel)
            assert len(updates) == len(drawing.components)
            for update, component in zip(updates, drawing.components, strict=True):
                assert component.postprocess(update["value"]) is not None
    lines = list(plain.describe_result(result, language))
    for item in panels_of(type(result)):
        heading = next(at for at, line in enumerate(lines) if item.title.title.in_(language) in line)
        assert lines[heading + 1].strip(), f"the command line has words for {item.name}"
    assert any(line.startswith(dataclasses.fields(findings_type(slug))[0].name) for line in lines), "and the findings"


@pytest.mark.model
@every_topic
@every_language
def test_the_chip_of_a_run_has_two_figures_with_names(slug: str, language: Language) -> None:
    found = figures_of_chip(catalog.find(slug), default_run(slug, language).result)
    assert len(found) >= 2
    names = [(one["of"], one["label"]) for one in found]
    assert all(names.count(name) == 1 for name in names)
    assert all(one["label"] and one["a"] not in (None, "") for one in found)


@pytest.mark.model
@every_topic
@every_language
def test_the_prediction_is_scored_from_the_findings(slug: str, language: Language) -> None:
    prediction, run = catalog.find(slug).prediction, default_run(slug, language)
    outcome = prediction.outcome(run.settings, run.result.findings)
    assert outcome is not None, "the default run answers its question"
    if prediction.options:
        assert outcome.answer in [value for value, _ in prediction.options]
        assert not any(prediction.right(value, outcome) for value, _ in prediction.options if value != outcome.answer)
    else:
        assert prediction.low <= float(outcome.answer) <= prediction.high
        assert not prediction.right(2 * float(outcome.answer) + 1, outcome)
    assert prediction.right(outcome.answer, outcome)
    assert numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


@pytest.mark.model
@every_topic
@every_language
def test_follow_ups_quote_the_result_in_both_languages_alike(slug: str, language: Language) -> None:
    run = default_run(slug, language)
    asked = catalog.find(slug).followups(run.settings, run.result.findings)
    assert len({item.question for item in asked}) == len(asked), "no question comes twice"
    for item in asked:
        assert numbers(item.question.zh) == numbers(item.question.en), item.question
        assert item.answer.zh.strip() != item.question.zh.strip()


@pytest.mark.model
@every_topic
@every_language
def test_the_verdict_of_the_default_run(slug: str, language: Language) -> None:
    run = default_run(slug, language)
    check_verdict(catalog.find(slug), run.settings, run.result.findings)


def each(kind: Callable[[AnyTopic], Sequence[Any]]) -> list[Any]:
    return [
        pytest.param(topic.slug, case, number, id=f"{topic.slug}-{number}")
        for topic in catalog.topics()
        for number, case in enumerate(kind(topic))
    ]


@pytest.mark.model
@pytest.mark.parametrize(("slug", "failure", "number"), each(lambda topic: topic.failures))
def test_failures_still_fail_and_the_verdict_is_true_of_them(
    slug: str, failure: Failure[Any, Any], number: int
) -> None:
    topic = catalog.find(slug)
    if not due(topic.number + number):
        pytest.skip("with another commit")
    for language in languages_of(topic, failure):
        settings, findings = findings_of(slug, failure.in_(language), language)
        assert failure.seen(settings, findings), failure.expect.in_(language)
        check_verdict(topic, settings, findings)


@pytest.mark.model
@pytest.mark.parametrize(("slug", "example", "number"), each(lambda topic: topic.examples))
def test_the_verdict_is_true_of_every_example(slug: str, example: Example, number: int) -> None:
    # One example of every other topic with each commit, in one language. Claims run examples besides, and each topic's
    # test_interview.py has every branch of its verdict.
    topic = catalog.find(slug)
    if not (due(topic.number) and chosen(number, len(topic.examples))):
        pytest.skip("with another commit")
    for language in languages_of(topic, example):
        settings, findings = findings_of(slug, example.in_(language), language)
        check_verdict(topic, settings, findings)
        for item in topic.followups(settings, findings):
            assert numbers(item.question.zh) == numbers(item.question.en), item.question


@pytest.mark.model
@pytest.mark.parametrize(("slug", "claim", "number"), each(lambda topic: topic.claims))
def test_what_the_cards_say_of_the_lab_is_so(slug: str, claim: Claim[Any, Any], number: int) -> None:
    topic = catalog.find(slug)
    if not (is_of_the_defaults(slug, claim) or due(topic.number + number)):
        pytest.skip("with another commit")
    for language in spoken(topic.number):
        settings, findings = findings_of(slug, claim.in_(language), language)
        assert claim.holds(settings, findings), claim.sentence.in_(language)
        check_verdict(topic, settings, findings)


def is_of_the_defaults(slug: str, claim: Claim[Any, Any]) -> bool:
    """Whether a claim needs no run of its own."""
    topic = catalog.find(slug)
    return all(
        settings_of(topic, claim.in_(language), language) == settings_of(topic, {}, language) for language in LANGUAGES
    )


def languages_of(topic: AnyTopic, example: Example) -> Sequence[Language]:
    """The languages in which an example is run: one where it says the same in both."""
    languages = spoken(topic.number)
    return languages if example.in_(Language.ZH) != example.in_(Language.EN) else languages[:1]

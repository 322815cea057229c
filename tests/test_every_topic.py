"""What every topic must keep, with no edit here when a topic is added."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args, get_type_hints

import gradio as gr
import pytest

from components import panels
from docs import shape
from playground import catalog, plain
from playground.estimates import Estimates, by_formula
from playground.lab.codec import decode, encode, without_measured
from playground.lab.controls import Choice, FieldOf, Number, Switch, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.limits import LONGEST_SECONDS
from playground.lab.panels import Panel, panels_of
from playground.lab.text import Language
from playground.lab.topic import AnyTopic, Claim, Example, Failure
from playground.lab.validation import defaults, validate
from playground.running import Finished
from tests.runs import HOSTILE, due, findings_of, finish, settings_of, spoken, unhurried

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
    assert result() == result(**{item.name: None for item in dataclasses.fields(result)})
    drawn = panels_of(result)
    assert {item.name for item in drawn} | {"findings"} == {item.name for item in dataclasses.fields(result)}
    for item in drawn:
        panels.kind_of(item.type)


@every_topic
def test_the_folder_is_of_the_one_shape(slug: str) -> None:
    assert not list(shape.complaints(only=(slug.replace("-", "_"),)))


@every_topic
def test_findings_are_documented(slug: str) -> None:
    """Each dataclass of findings says what it holds: not in the words that `dataclass` writes when there are none."""
    waiting, seen = [findings_type(slug)], set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        said = kind.__doc__ or ""
        assert not said.startswith(f"{kind.__name__}("), f"{kind.__name__} has no docstring"
        assert len(said.split()) >= 4, f"{kind.__name__}: {said}"
        for hint in get_type_hints(kind).values():
            waiting += dataclasses_in(hint)


def findings_type(slug: str) -> type:
    """The dataclass of a topic's findings."""
    (kind,) = dataclasses_in(get_type_hints(catalog.find(slug).result)["findings"])
    return kind


def dataclasses_in(hint: Any) -> list[type]:
    """The project's dataclasses in a type hint, at any depth."""
    inner = [found for part in get_args(hint) for found in dataclasses_in(part)]
    return [hint] if isinstance(hint, type) and dataclasses.is_dataclass(hint) else inner


@every_topic
def test_three_or_four_panels_lead_and_the_others_say_in_a_line_what_they_show(slug: str) -> None:
    topic = catalog.find(slug)
    names = [item.name for item in panels_of(topic.result)]
    if topic.leads:
        assert 3 <= len(topic.leads) <= 4
    else:
        assert len(names) <= 4
    assert [item.name for item in topic.panels][: len(topic.leading)] == [item.name for item in topic.leading]
    assert sorted(item.name for item in topic.panels) == sorted(names)
    for item in topic.folded:
        assert item.title.hint is not None, f"{item.name} is folded without a sentence on what it shows"
        for language in LANGUAGES:
            assert item.title.hint.in_(language).strip()


@every_topic
def test_every_sentence_that_points_at_the_lab_has_a_claim(slug: str) -> None:
    """For topics that have claims: the others get theirs with their cards."""
    topic = catalog.find(slug)
    for language in LANGUAGES if topic.claims else ():
        text = plain_prose(topic, language)
        sentences = [claim.sentence.in_(language) for claim in topic.claims]
        for sentence in sentences:
            assert sentence in text, f"not in the card: {sentence}"
        for said in re.split(SENTENCE_ENDS[language], text):
            if re.search(POINTS_AT_THE_LAB[language], said):
                assert any(sentence in said or said.strip() in sentence for sentence in sentences), f"no claim: {said}"


SENTENCE_ENDS = {Language.ZH: r"[。！？\n]", Language.EN: r"(?<=[.!?])\s|\n"}
# "看" and "see" that point at something on the page: a panel's name in quotes, an example, a part of a drawing.
_ON_THE_PAGE = "“|失败|示例|下面|下方|左|右|第|瀑布|面板|指标|表|图|曲线|热图|搜索树|并排|两侧|[ABＡＢ]"
POINTS_AT_THE_LAB = {
    Language.ZH: rf"(?<![不只])看(?:一下)?(?={_ON_THE_PAGE})|对照(?={_ON_THE_PAGE})",
    Language.EN: r"\b(?:[Ss]ee|[Ll]ook at|[Ww]atch|[Cc]ompare)(?: in)? (?:“|below|the (?:panel|failure|example|table|chart|map|curve|strip"
    r"|waterfall|tree|row|column|grid|heat|bars|ranks))",
}


def plain_prose(topic: AnyTopic, language: Language) -> str:
    """What a card says before its rubric and references."""
    card = catalog.card(topic.slug, language)
    return "\n".join([card.short, card.depth, card.wrong, *map("\n".join, card.followups)])


@every_topic
def test_names_point_at_something(slug: str) -> None:
    topic = catalog.find(slug)
    paths = {item.path for item in fields_of(topic.settings)}
    assert topic.text_field in paths | {""}
    assert topic.failures, "settings under which the method visibly fails"
    assert topic.code, "the functions that the page lists"
    for function in topic.code:
        assert inspect.getsource(function)
    assert len({example.label for example in (*topic.examples, *topic.failures)}) == len(
        topic.examples + topic.failures
    )
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
        count = int((high - low) / step)
        tried = [low + step * (count * part // 8) for part in range(9)]
        values = [int(value) if item.control.whole else min(high, value) for value in tried]  # type: ignore[attr-defined]
        settings = [validate(topic.settings, {item.path: value}, Language.ZH) for value in values]
        costs = [by_formula(topic, one) for one in settings]
        rising = all(a <= 1.02 * b for a, b in itertools.pairwise(costs))
        falling = all(1.02 * a >= b for a, b in itertools.pairwise(costs))
        assert rising or falling, (item.path, costs)


# Names that numbers have which say how often something is computed.
COUNTS_OF_WORK = frozenset(
    "samples networks seeds steps max_tokens tokens reply_tokens rounds folds permutations questions asked draws orders vectors"
    " unlabelled origins resamples text_steps prompts beams length".split()
)


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


@every_topic
def test_what_nobody_can_see_is_taken_out_of_texts(slug: str) -> None:
    topic = catalog.find(slug)
    for item in fields(topic, TextBox):
        settings = validate(topic.settings, {item.path: "a\x00b\u202ec\r\nd\ud800"}, Language.EN)
        assert functools.reduce(getattr, item.path.split("."), settings) == "abc\nd"


# ---- runs on the real model: see tests/README.md for what each protects and how few there are


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


def numbers(text: str) -> Counter[str]:
    """The numbers in a text, which both languages must have alike; of an n-gram's name one language may have a word."""
    plain_text = re.sub(r"\d+(?:-gram| ?元组)", "", text.replace(",", ""))
    return Counter(f"{abs(float(number)):g}" for number in re.findall(r"\d+(?:\.\d+)?", plain_text))


def check_verdict(topic: AnyTopic, settings: Any, findings: Any) -> None:
    """One sentence in each language, with the same numbers, each of which is a finding or a setting."""
    verdict = topic.verdict(settings, findings)
    # What is quoted may have sentences of its own.
    zh, en = (re.sub(r"“[^”]*”", "“”", verdict.in_(language)) for language in LANGUAGES)
    assert re.fullmatch(r"[^。！？\n]+。", zh), zh
    assert re.fullmatch(r"[^\n]+[.]", en) and not re.search(r"[.!?] [A-Z]", en), en
    assert numbers(verdict.zh) == numbers(verdict.en), verdict
    known = list(values_in(findings)) + list(values_in(settings))
    quoted = " ".join(value for value in known if isinstance(value, str))
    figures = [float(value) for value in known if isinstance(value, (int, float)) and math.isfinite(value)]
    for said, exponent, percent in re.findall(
        r"(\d+(?:\.\d+)?)(?:e([+-]\d+))?(?!-gram)(%?)", verdict.en.replace(",", "")
    ):
        power = 10.0 ** int(exponent or 0)
        value, half = float(said) * power, 0.5000001 * power * 10.0 ** -len(said.partition(".")[2])
        scales = (0.01,) if percent else (1.0, 1e3, 1e6, 1e-3, 1e-6, 1e-9, 1e9)
        found = any(abs(abs(figure) - value * scale) <= half * scale for figure in figures for scale in scales)
        assert found or said in quoted, f"{said} is no finding: {verdict.en}"


def values_in(data: Any) -> Iterator[Any]:
    """Every value in nested dataclasses (properties included), dictionaries and tuples."""
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        for item in dataclasses.fields(data):
            yield from values_in(getattr(data, item.name))
        for name, kind in inspect.getmembers(type(data), lambda member: isinstance(member, property)):
            if kind.fget is not None:
                with contextlib.suppress(
                    ArithmeticError, ValueError, TypeError, IndexError, StopIteration, AssertionError
                ):
                    yield from values_in(getattr(data, name))
    elif isinstance(data, dict):
        yield len(data)
        yield from data.keys()
        for value in data.values():
            yield from values_in(value)
    elif isinstance(data, (tuple, list)):
        yield len(data)
        for value in data:
            yield from values_in(value)
    elif isinstance(data, (str, int, float)) and not isinstance(data, bool):
        yield data


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
    # In one language each, in turn: runs are scarce.
    if not due(catalog.find(slug).number + number):
        pytest.skip("with the next commit")
    languages = languages_that_differ(failure)
    language = languages[number % len(languages)]
    settings, findings = findings_of(slug, failure.in_(language), language)
    assert failure.seen(settings, findings), failure.expect.in_(language)
    check_verdict(catalog.find(slug), settings, findings)


@pytest.mark.model
@pytest.mark.parametrize(("slug", "example", "number"), each(lambda topic: topic.examples))
def test_the_verdict_is_true_of_every_example(slug: str, example: Example, number: int) -> None:
    # One example of each topic, in one of the languages in turn: the sentence is checked in both. Claims run examples in both besides,
    # and each topic's test_interview.py has every branch of its verdict.
    topic = catalog.find(slug)
    if number != 2 * (topic.number % ((len(topic.examples) + 1) // 2)):
        pytest.skip("runs are scarce")
    if not due(topic.number):
        pytest.skip("with the next commit")
    language = LANGUAGES[number // 2 % 2]
    settings, findings = findings_of(slug, example.in_(language), language)
    check_verdict(catalog.find(slug), settings, findings)
    for item in catalog.find(slug).followups(settings, findings):
        assert numbers(item.question.zh) == numbers(item.question.en), item.question


@pytest.mark.model
@pytest.mark.parametrize(("slug", "claim", "number"), each(lambda topic: topic.claims))
def test_what_the_cards_say_of_the_lab_is_so(slug: str, claim: Claim[Any, Any], number: int) -> None:
    if not (is_of_the_defaults(slug, claim) or due(catalog.find(slug).number + number)):
        pytest.skip("with the next commit")
    for language in spoken(catalog.find(slug).number):
        settings, findings = findings_of(slug, claim.in_(language), language)
        assert claim.holds(settings, findings), claim.sentence.in_(language)


def is_of_the_defaults(slug: str, claim: Claim[Any, Any]) -> bool:
    """Whether a claim needs no run of its own."""
    topic = catalog.find(slug)
    return all(
        settings_of(topic, claim.in_(language), language) == settings_of(topic, {}, language) for language in LANGUAGES
    )


def languages_that_differ(example: Example) -> list[Language]:
    """Both languages when the example says something else in each, else one."""
    return LANGUAGES if example.in_(Language.ZH) != example.in_(Language.EN) else LANGUAGES[:1]


def sentence_of(topic: AnyTopic, text: str) -> dict[str, Any]:
    """Values that put `text`, cut to what it takes, into the topic's text."""
    path = topic.text_field or next((item.path for item in fields(topic, TextBox)), "")
    limit = next((item.control.max_chars for item in fields(topic, TextBox) if item.path == path), 0)  # type: ignore[attr-defined]
    return {path: text[:limit]} if path else {}


def smallest(topic: AnyTopic) -> dict[str, Any]:
    """Every number at its lower bound."""
    return {item.path: item.control.low for item in fields(topic, Number)}  # type: ignore[attr-defined]


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
    language = LANGUAGES[topic.number % 2]
    if kind != "hostile" and kind != ("long", "wordless", "", "")[SLUGS.index(slug) % 4]:
        pytest.skip("runs are scarce: every topic has the hostile text, every other one of the other two")
    if not due(topic.number):
        pytest.skip("with the next commit")
    try:
        run = finish(slug, smallest(topic) | sentence_of(topic, ODD_TEXTS[kind]), language)
    except PlaygroundError as error:
        # The hostile text has words and an ordinary length: whoever refuses it refuses everything, or its numbers alone.
        assert kind != "hostile", error.message.en
        assert error.field in {item.path for item in fields_of(topic.settings)}, error.message.en
        for spoken in LANGUAGES:
            assert error.message.in_(spoken).strip()
        return
    assert any(getattr(run.result, item.name) is not None for item in panels_of(type(run.result)))
    verdict = topic.verdict(run.settings, run.result.findings)
    assert verdict.zh.endswith("。") and verdict.en.endswith(".")


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
    """A run beside the desk and its line: computed now, whoever else computes."""
    topic = unhurried(slug)
    *_, last = catalog.events(topic, validate(topic.settings, values, language))
    assert isinstance(last, Finished)
    return last

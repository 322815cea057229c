"""What can be known of every topic without a run: settings, folder, findings, panels, cards."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_type_hints

from components import panels
from docs import shape
from playground import catalog
from playground.lab.controls import Choice, Number, Switch, TextBox, fields_of
from playground.lab.panels import panels_of
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import defaults, validate
from tests.every_topic.topics import (
    LANGUAGES,
    SLUGS,
    dataclasses_in,
    every_language,
    every_topic,
    findings_type,
)

# "看" and "see" that point at something on the page: a panel's name in quotes, an example, a part of a drawing.
_ON_THE_PAGE = "“|失败|示例|下面|下方|左|右|第|瀑布|面板|指标|表|图|曲线|热图|搜索树|并排|两侧|[ABＡＢ]"
POINTS_AT_THE_LAB = {
    Language.ZH: rf"(?<![不只])看(?:一下)?(?={_ON_THE_PAGE})|对照(?={_ON_THE_PAGE})",
    Language.EN: r"\b(?:[Ss]ee|[Ll]ook at|[Ww]atch|[Cc]ompare)(?: in)? (?:“|below|the (?:panel|failure|example|table|chart|map|curve|strip"
    r"|waterfall|tree|row|column|grid|heat|bars|ranks))",
}
# Words that a sentence about the lab, its model or its page has, and few others: those are set aside by their topic.
SPEAKS_OF_THE_LAB = {
    Language.ZH: r"这里(?!是否|该)|本实验|这个实验|本页|这个模型|面板|默认(?:设置[下里]|时|文本|文档|例子|是模型)",
    Language.EN: r"\b(?:[Hh]ere|[Tt]h(?:e|is) lab|lab's|[Tt]his (?:page|model)|[Tt]he panels?|[Bb]y default|[Ww]ith the defaults"
    r"|default (?:text|document|example))\b",
}
# What is to be looked at, by a name in quotes.
NAMED = {
    Language.ZH: r"(?<!看)看(?:面板|失败示例|示例)?“([^”]+)”",
    Language.EN: r"\b[Ss]ee (?:the (?:panel|failure|example) )?“([^”]+?)[.,]?”",
}
SENTENCE_ENDS = {Language.ZH: r"[。！？\n]", Language.EN: r"(?<=[.!?])\s|\n"}
FORMULAS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)


def test_there_are_topics() -> None:
    assert SLUGS


def test_a_control_has_one_chinese_name_in_all_topics() -> None:
    names: dict[str, set[str]] = {}
    for slug in SLUGS:
        for item in fields_of(catalog.find(slug).settings):
            for control in (item.control, *(group for _, group in item.groups)):
                names.setdefault(control.label.en, set()).add(control.label.zh)
    assert {en: zh for en, zh in names.items() if len(zh) > 1} == {}


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
    """Each dataclass of findings says what it holds, and of every field, named in backquotes, what it is.

    Not in the words that `dataclass` writes when there are none.
    """
    waiting, seen = [findings_type(slug)], set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        said = kind.__doc__ or ""
        assert not said.startswith(f"{kind.__name__}("), f"{kind.__name__} has no docstring"
        assert len(said.split()) >= 4, f"{kind.__name__}: {said}"
        named = " ".join(re.findall(r"`([^`]+)`", said))
        missing = [item.name for item in dataclasses.fields(kind) if not re.search(rf"\b{item.name}\b", named)]
        assert not missing, f"{kind.__module__}.{kind.__name__} doesn't say what these are: {', '.join(missing)}"
        for hint in get_type_hints(kind).values():
            waiting += dataclasses_in(hint)


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
def test_every_sentence_about_the_lab_has_a_claim_or_a_test(slug: str) -> None:
    """Those that point at the page have a claim. Others that speak of the lab may instead be pinned to a test, or be set aside."""
    topic = catalog.find(slug)
    for language in LANGUAGES:
        text = plain_prose(topic, language)
        claims = places(text, [claim.sentence.in_(language) for claim in topic.claims])
        others = places(text, [other.sentence.in_(language) for other in (*topic.pinned, *topic.asides)])
        start = 0
        for said in re.split(f"({SENTENCE_ENDS[language]})", text):
            place = set(range(start, start + len(said)))
            start += len(said)
            if re.search(POINTS_AT_THE_LAB[language], said):
                assert place & claims, f"no claim: {said}"
            if re.search(SPEAKS_OF_THE_LAB[language], said):
                assert place & (claims | others), f"no claim, not pinned to a test: {said}"


@every_topic
@every_language
def test_what_a_card_says_to_look_at_is_there_by_that_name(slug: str, language: Language) -> None:
    topic = catalog.find(slug)
    names = {item.title.title.in_(language) for item in topic.panels}
    names |= {case.label.in_(language) for case in (*topic.examples, *topic.failures)}
    names |= {item.control.label.in_(language) for item in fields_of(topic.settings)}
    # A row, a column or a bar is named where it is drawn.
    folder = shape.TOPICS / topic.slug.replace("-", "_")
    drawn = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if "cases" not in path.name)
    for quoted in re.findall(NAMED[language], plain_prose(topic, language)):
        assert quoted in drawn or any(name.startswith(quoted) for name in names), quoted


@every_topic
def test_what_is_pinned_names_tests_and_what_is_set_aside_has_a_reason(slug: str) -> None:
    topic = catalog.find(slug)
    for pinned in topic.pinned:
        path, _, function = pinned.test.partition("::")
        assert function in functions_of(path), pinned.test
    for aside in topic.asides:
        assert len(aside.reason.split()) >= 3, aside.sentence.en
        assert any(re.search(SPEAKS_OF_THE_LAB[one], aside.sentence.in_(one)) for one in LANGUAGES), aside.sentence.en


def places(text: str, sentences: Sequence[str]) -> set[int]:
    """Positions in a text of the sentences that it is said to have."""
    found: set[int] = set()
    for sentence in sentences:
        assert sentence in text, f"not in the card: {sentence}"
        for match in re.finditer(re.escape(sentence), text):
            found.update(range(*match.span()))
    return found


@functools.cache
def functions_of(path: str) -> frozenset[str]:
    """Names of a file's test functions. Raises FileNotFoundError."""
    tree = ast.parse((shape.ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def plain_prose(topic: AnyTopic, language: Language) -> str:
    """What a card says before its rubric and references."""
    card = catalog.card(topic.slug, language)
    return "\n".join([card.short, card.depth, card.wrong, *map("\n".join, card.followups)])


def words_of(text: str) -> int:
    """Counts the words of English prose; a formula is one."""
    return sum(bool(re.search(r"\w", word)) for word in FORMULAS.sub("x", text).split())


def characters_of(text: str) -> int:
    """Counts what a Chinese text is read by: its characters, and each word or number in other letters as one."""
    return len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9.,]+", FORMULAS.sub("x", text)))


@every_topic
def test_a_card_is_short_enough_to_be_read(slug: str) -> None:
    """The rest belongs into the follow-ups."""
    zh, en = (catalog.card(slug, language) for language in (Language.ZH, Language.EN))
    assert words_of(en.short) <= 120 and characters_of(zh.short) <= 220
    assert words_of(en.depth) <= 900 and characters_of(zh.depth) <= 1450


@every_language
@every_topic
def test_quotation_marks_of_a_card_are_curly(slug: str, language: Language) -> None:
    """Straight ones are in code alone."""
    text = Path(inspect.getfile(catalog.find(slug).run)).with_name(f"{language}.md").read_text(encoding="utf-8")
    prose = re.sub(r"`[^`]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    assert [line for line in prose.splitlines() if '"' in line] == []


@every_topic
def test_names_point_at_something(slug: str) -> None:
    topic = catalog.find(slug)
    paths = {item.path for item in fields_of(topic.settings)}
    assert topic.text_field in paths | {""}
    assert topic.verdict_panels, "the panels that show what the verdict says"
    names = [item.name for item in topic.panels]
    assert [name for name in names if name in topic.verdict_panels] == list(topic.verdict_panels), "in page order"
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

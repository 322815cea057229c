"""The field's terms: their file, where they are found in a text, and how cards and the palette show them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from components import palette, prose, terms, words
from playground import catalog
from playground.lab.text import Language


def found(text: str, language: Language) -> list[str]:
    return [text[start:end] for start, end, _ in terms.find(text, language)]


def test_every_term_has_one_line_of_meaning_in_both_languages() -> None:
    for term in terms.terms():
        for language in Language:
            meaning = term.meaning.in_(language)
            assert meaning.strip() == meaning != ""
            assert not meaning.endswith((".", "。")), meaning
            assert all(form.strip() == form != "" for form in term.forms[language])
        assert any("\u4e00" <= letter <= "\u9fff" for letter in term.meaning.zh)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in term.meaning.en)


@pytest.mark.parametrize("language", Language, ids=str)
def test_no_form_is_of_two_terms(language: Language) -> None:
    forms = Counter(form.lower() for term in terms.terms() for form in term.forms[language])
    assert [form for form, count in forms.items() if count > 1] == []


@pytest.mark.parametrize("language", Language, ids=str)
def test_every_term_is_in_a_card(language: Language) -> None:
    used = {term for topic in catalog.topics() for term in terms.in_card(catalog.card(topic.slug, language), language)}
    assert [term.name.en for term in terms.terms() if term not in used] == []


@pytest.mark.parametrize("language", Language, ids=str)
def test_every_longer_word_that_is_no_term_has_a_form_in_it_and_is_in_a_card(language: Language) -> None:
    cards = [catalog.card(topic.slug, language) for topic in catalog.topics()]
    text = "\n".join(
        part for card in cards for part in (card.short, card.depth, card.wrong, *dict(card.followups).values())
    )
    for term in terms.terms():
        for other in term.others[language]:
            assert any(form in other for form in term.forms[language]), other
            assert other in text, other


def test_the_longest_form_is_found_and_a_part_of_a_word_is_not() -> None:
    assert found("Tokens, top-p and tokenizers: macro-F1 of few-shot prompts", Language.EN) == [
        "Tokens", "top-p", "macro-F1", "few-shot",
    ]  # fmt: skip
    assert found("KV 缓存里的词元，用LoRA微调", Language.ZH) == ["KV 缓存", "词元", "LoRA"]
    assert found("LoRAs", Language.ZH) == []


def test_a_longer_word_of_another_meaning_is_not_marked() -> None:
    assert found("过采样之后再采样；采样器", Language.ZH) == ["采样"]
    assert found("截断比例与截断", Language.ZH) == ["截断"]
    assert found("差零点几；整数零点", Language.ZH) == ["零点"]
    assert found("生成式模型与生成式摘要", Language.ZH) == ["生成式模型", "生成式摘要"]


def test_a_card_marks_a_term_once_and_not_in_code_or_links() -> None:
    shown = prose.html("`token`, [token](http://example.org) and **a token**; tokens", Language.EN)
    assert shown.count("pg-term") == 1
    assert "<strong>a <dfn" in shown and ">token</dfn></strong>" in shown
    assert "词元" in shown, "its name in the other language"
    assert "pg-term" not in prose.html("a token"), "without a language nothing is marked"


def test_what_is_around_a_term_stays_text() -> None:
    shown = prose.html("<b>token</b> & <i>", Language.EN)
    assert "<b>" not in shown and "&lt;b&gt;<dfn" in shown and "&amp; &lt;i&gt;" in shown


@pytest.mark.parametrize("language", Language, ids=str)
def test_the_palette_finds_a_term_where_it_is_most_at_home(language: Language) -> None:
    entries = [entry for entry in palette.entries(catalog.topics(), catalog.card, language) if entry["kind"] == "term"]
    (quantization,) = [entry for entry in entries if entry["title"] in ("量化", "quantization")]
    assert quantization["place"] == "quantization"
    assert {"quantization", "量化", "lianghua"} <= set(quantization["find"].split())
    assert quantization["told"].startswith(quantization["title"])


def test_a_failure_is_called_one_thing() -> None:
    """失败示例 on the page, in cards and in labs: the chip that a card names must be found under that name."""
    root = Path(__file__).parents[2]
    files = [
        path
        for folder in ("components", "playground", "docs")
        for path in (root / folder).rglob("*")
        if path.suffix in (".py", ".md", ".js", ".tsv")
    ]
    assert not [path for path in files if "失败案例" in path.read_text(encoding="utf-8")]
    assert words.FAILS.zh == "失败示例"

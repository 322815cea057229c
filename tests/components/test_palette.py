"""What can be found: every topic's parts, in both languages and by pinyin."""

from __future__ import annotations

import pytest

from components import palette
from playground import catalog
from playground.lab.text import Language


@pytest.mark.parametrize("language", Language, ids=str)
def test_every_part_of_every_topic_can_be_found(language: Language) -> None:
    found = palette.entries(catalog.topics(), catalog.card, language)
    for topic in catalog.topics():
        own = [entry for entry in found if entry["place"] == topic.slug]
        of = {
            kind: [entry for entry in own if entry["kind"] == kind]
            for kind in ("topic", "panel", "example", "failure", "question")
        }
        (itself,) = of["topic"]
        assert itself["title"] == topic.title.in_(language)
        other = Language.EN if language is Language.ZH else Language.ZH
        assert topic.title.in_(other).lower() in itself["find"]
        assert {topic.slug, str(topic.number)} <= set(itself["find"].split())
        assert [entry["at"] for entry in of["panel"]] == [item.name for item in topic.panels]
        assert [entry["title"] for entry in of["example"]] == [one.label.in_(language) for one in topic.examples]
        # A failure's chip comes after those of the examples.
        assert [entry["at"] for entry in of["failure"]] == [
            len(topic.examples) + place for place in range(len(topic.failures))
        ]
        assert len(of["question"]) == len(catalog.card(topic.slug, language).followups)
        assert all(entry["find"] == entry["find"].lower() and entry["title"].strip() for entry in own)


def test_chinese_is_spelled_without_tones_and_by_initials() -> None:
    assert palette.spellings("量化与剪枝") == ("lianghuayujianzhi", "lhyjz")
    assert palette.spellings("KV 缓存") == ("KV huancun", "Khc")


def test_marks_of_markdown_are_left_out() -> None:
    assert (
        palette.without_marks("**Why** is `KL` of $p$ [not](https://a.b) symmetric?") == "Why is KL of p not symmetric?"
    )

"""The guide for interviewers names what is on the page, by the page's own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components import words
from playground import catalog
from playground.lab.panels import panels_of
from playground.lab.text import Language, Text

DOCS = Path(__file__).parent.parent / "docs"
# Said by the drawings' own script.
ELSEWHERE = {Language.ZH: {"模拟"}, Language.EN: {"simulated"}}


@pytest.mark.parametrize("language", Language, ids=str)
def test_every_label_that_the_guide_quotes_is_on_the_page(language: Language) -> None:
    guide = (DOCS / f"guide.{language}.md").read_text(encoding="utf-8")
    known = {text.in_(language) for text in vars(words).values() if isinstance(text, Text)} | ELSEWHERE[language]
    for topic in catalog.topics():
        known |= {topic.title.in_(language), *(item.title.title.in_(language) for item in panels_of(topic.result))}
    quoted = set(re.findall(r"“([^”]+)”", guide))
    assert len(quoted) > 3
    assert quoted - known == set()
    script = (DOCS.parent / "components/panels/core.js").read_text(encoding="utf-8")
    assert all(f'"{word}"' in script for word in ELSEWHERE[language])

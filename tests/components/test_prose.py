"""Cards as HTML."""

from __future__ import annotations

import re

import pytest

from components import prose
from playground import catalog
from playground.lab.text import Language
from tests.fakes import NoModels, count


def test_markdown_is_drawn_and_raw_html_stays_text() -> None:
    shown = prose.html("**bold** `code`\n\n<img src=x onerror=alert(1)>\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<strong>bold</strong>" in shown and "<code>code</code>" in shown and "<td>2</td>" in shown
    assert "<img" not in shown and "&lt;img" in shown


def test_links_that_run_are_not_made() -> None:
    assert "<a" not in prose.html("[x](javascript:alert(1))")


def test_a_fold_escapes_its_title() -> None:
    assert "<b>" not in prose.fold("<b>", "", name="x", note="<b>")


def test_a_rubric_is_a_block_for_each_level() -> None:
    shown = prose.levels((("Poor", ("Says *this*", "<b>")), ("Excellent", ("`x`",))))
    assert shown.count("<section>") == 2
    assert "<h3>Poor</h3><ul><li>Says <em>this</em></li><li>&lt;b&gt;</li></ul>" in shown
    assert "<h3>Excellent</h3><ul><li><code>x</code></li></ul>" in shown


def test_a_listing_is_the_real_source() -> None:
    shown = prose.listing([count])
    assert "tests/fakes.py:" in shown
    assert "return len(text.split()) if unit == &quot;word&quot; else len(text)" in shown


def test_a_method_is_listed_without_its_indent() -> None:
    assert "<code>def get(self" in prose.listing([NoModels.get])


def test_formulas_are_drawn_by_the_browser_and_what_is_no_formula_stays() -> None:
    drawn = prose.html(r"Loss $\frac{1}{2}x^2$ costs 5 dollars, `$HOME` is code.")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mfrac>' in drawn
    assert "\\frac" not in drawn and "<code>$HOME</code>" in drawn
    assert 'display="block"' in prose.html("$$x$$")
    assert "<img" not in prose.html(r"$<img src=x onerror=alert(1)>$")


@pytest.mark.parametrize("language", Language, ids=str)
def test_no_card_shows_the_source_of_a_formula(language: Language) -> None:
    for topic in catalog.topics():
        card = catalog.card(topic.slug, language)
        for part in (
            card.question,
            card.short,
            card.depth,
            card.wrong,
            *(text for pair in card.followups for text in pair),
        ):
            plain = re.sub(r"<(math|code)\b.*?</\1>", "", prose.html(part), flags=re.DOTALL)
            assert "$" not in plain, (topic.slug, plain)
            assert not re.search(r"<code>[^<]*\\[a-z]{2,}", prose.html(part)), topic.slug

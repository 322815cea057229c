from __future__ import annotations

from components import prose
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

"""The drawing of tables in a real Chromium: figures end at one edge, and an interval is on one line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.lab import panels as p
from playground.lab.text import Text
from tests.browser.conftest import empty_page
from tests.browser.drawings import bare, show


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


def test_intervals_of_six_columns_fit_a_panel_and_break_only_before_their_brackets(page: Page) -> None:
    bare(page)
    rows = tuple(("first-order method", *("−2.86 [−3.94, −1.78]",) * 5) for _ in range(2))
    show(
        page,
        p.Table(("method", "before", "after one step", "after 10 steps", "minus joint training", "minus MAML"), rows),
    )
    fits = "() => { const box = document.querySelector('.pg-table-scroll'); box.style.width = '845px'; return box.scrollWidth <= box.clientWidth; }"
    assert page.evaluate(fits)
    assert page.evaluate(
        "() => [...document.querySelectorAll('.pg-whole')].every(part => part.getClientRects().length === 1)"
    )
    assert page.locator("td").nth(1).inner_text() == "−2.86 [−3.94, −1.78]"


def test_columns_of_figures_end_at_one_edge(page: Page) -> None:
    """Also those whose cells are strings; words and names stay where one begins to read."""
    bare(page)
    broken = Text(zh="坏了（> 10⁶）", en="broken (> 10⁶)")
    rows = (
        ("a", "39% [24%, 54%]", 12.5, broken, "mean"),
        ("b", "4% [1%, 7%]", 3.25, 7.0, "the best of ten"),
        ("c", None, None, 8.5, "3"),
    )
    show(page, p.Table(("name", "accuracy", "ms", "perplexity", "kind"), rows), "en")
    sides = page.eval_on_selector_all(
        "tr", "rows => rows.map(row => [...row.children].map(cell => getComputedStyle(cell).textAlign))"
    )
    assert [[side == "right" for side in row] for row in sides] == [[False, True, True, True, False]] * 4
    # One of two models is broken.
    show(page, p.Table(("name", "perplexity"), (("a", 9.5), ("b", broken))), "en")
    for cell in page.locator("td:nth-child(2)").all():
        expect(cell).to_have_css("text-align", "right")


def test_every_column_is_headed_in_the_typeface_of_words(page: Page) -> None:
    bare(page)
    show(page, p.Table(("name", "perplexity"), (("a", 9.5),)), "en")
    heads, cells = (
        page.eval_on_selector_all(part, "all => all.map(one => getComputedStyle(one).fontFamily)")
        for part in ("th", "td")
    )
    assert heads == [cells[0]] * 2
    assert cells[1] != cells[0], "figures have one of their own"


def test_a_table_of_intervals_stays_on_the_page_and_an_interval_on_its_line(page: Page) -> None:
    figures = ("39% [24%, 54%]", "−1% [−6%, 4%]", "84% [59%, 100%]", "−84%", "–", "64%", "95%", "0.76 / 0.59")
    names = ("method", "average accuracy", "minus naive", "forgetting", "backward transfer", "forward transfer", "AAA", "just learnt", "if told the task")  # fmt: skip
    bare(page)
    show(page, p.Table(names, (("naive", *figures),)), "en")
    page.evaluate("() => { document.querySelector('.pg-panel').style.width = '846px'; }")
    beyond, heights = page.evaluate(
        """() => { const scroller = document.querySelector('.pg-table-scroll');
        return [scroller.scrollWidth - scroller.clientWidth, [...scroller.querySelectorAll('.pg-whole')].map(one => one.getClientRects().length)]; }""",
    )
    assert beyond <= 0 and heights == [1, 1, 1, 1], "an interval, or two figures with a stroke, on a line"
    assert page.locator("td").all_inner_texts()[1].split() == ["39%", "[24%,", "54%]"]

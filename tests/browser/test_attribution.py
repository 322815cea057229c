"""The drawing of attributions in a real Chromium: one scale, what is uncertain, what is reliable."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.text import Text
from tests.browser.conftest import empty_page
from tests.browser.drawings import bare, show
from tests.components.panels import examples


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


def test_attributions_are_in_one_order_on_one_scale_with_opposites_marked(page: Page) -> None:
    def side(*weights: float) -> t.Attribution:
        return t.Attribution(
            "LIME",
            "x",
            0.5,
            tuple(t.Contribution(text, weight) for text, weight in zip("甲乙丙", weights, strict=True)),
        )

    bare(page)
    show(page, p.SideBySide(side(0.1, -0.4, 0.05), side(0.2, 0.1, 0.06)))
    for role in "ab":
        assert page.locator(f".pg-role-{role} .pg-attr-word").all_inner_texts() == ["乙", "甲", "丙"]
        assert page.locator(f".pg-role-{role} .pg-attr-opposite").count() == 1
    width = "role => [...document.querySelectorAll(`.pg-role-${role} .pg-attr-bar i`)].map(bar => parseFloat(bar.style.width))"
    assert page.evaluate(width, "a") == pytest.approx([50, 12.5, 6.25])
    assert page.evaluate(width, "b") == pytest.approx([12.5, 25, 7.5])


def test_an_unreliable_attribution_says_why(page: Page) -> None:
    bare(page)
    show(page, examples.attribution(1), "en")
    assert page.locator(".pg-attr-unreliable").count() == 1
    assert "R² is below 0.5" in page.locator(".pg-attr-reason").inner_text()


def test_a_fit_is_a_scale_and_only_what_is_unreliable_has_a_verdict(page: Page) -> None:
    bare(page)
    wide = page.locator(".pg-attr-fit u")
    for fit in (0.45, 0.52, 0.93):
        show(page, dataclasses.replace(examples.attribution(), fit=fit), "en")
        assert page.locator(".pg-attr-trust").inner_text().startswith(f"R² {fit}")
        assert page.locator(".pg-attr-good, .pg-attr-bad").count() == 0
        share = wide.evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth")
        assert share == pytest.approx(fit, abs=0.02)
    reason = Text(zh="R² 低于 0.5", en="R² is below 0.5")
    show(page, dataclasses.replace(examples.attribution(), fit=0.45, reliable=False, reason=reason), "en")
    expect(page.locator(".pg-attr-bad")).to_contain_text("!")
    expect(page.locator(".pg-attr-fit")).to_contain_text("R² 0.45")
    expect(page.locator(".pg-attr-reason")).to_have_text("R² is below 0.5")
    assert wide.evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth") == pytest.approx(0.45, abs=0.02)


def test_a_bar_whose_interval_spans_zero_is_pale(page: Page) -> None:
    bare(page)
    weights = (t.Contribution("甲", 0.3, 0.2, 0.4), t.Contribution("乙", 0.1, -0.1, 0.3), t.Contribution("丙", 0.05))
    show(page, t.Attribution("LIME", "x", 0.5, weights), "en")
    pale = "row => Number(getComputedStyle(row.querySelector('.pg-attr-bar i')).opacity) < 0.5"
    rows = page.locator(".pg-attr-row")
    assert [row.evaluate(pale) for row in rows.all()] == [False, True, False]
    expect(rows.nth(1)).to_have_attribute("aria-label", "乙: +0.100, the spread holds 0: direction uncertain")


def test_only_what_was_checked_is_called_reliable_and_small_weights_have_digits(page: Page) -> None:
    def drawn(low: float | None, high: float | None) -> t.Attribution:
        weights = (t.Contribution("甲", 0.004, low, high), t.Contribution("乙", 0.0006))
        return t.Attribution("attention", "x", 0.5, weights)

    bare(page)
    show(page, drawn(None, None), "en")
    assert page.locator(".pg-attr-good").count() == 0
    assert page.locator(".pg-attr-trust").inner_text() == "deterministic"
    assert page.locator(".pg-attr-value").all_inner_texts() == ["+0.0040", "+0.0006"]
    show(page, drawn(0.003, 0.005), "en")
    assert page.locator(".pg-attr-good").inner_text().endswith("Reliable")


def test_chinese_text_on_an_english_page_says_that_it_is(page: Page) -> None:
    bare(page)
    words = tuple(t.Contribution(text, 0.1) for text in ("演出", "show", "ショー", "12"))
    show(page, t.Attribution("LIME", "x", 0.5, words), "en")
    languages = page.eval_on_selector_all(
        ".pg-attr-word", "all => Object.fromEntries(all.map(one => [one.textContent, one.lang]))"
    )
    assert languages == {"演出": "zh-CN", "show": "", "ショー": "ja", "12": ""}

"""What axe-core finds on the page, in both languages and themes, with a result, and with what opens upon it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import barriers, open_more, open_topic, panel, run, switch_theme


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_serious_stands_in_anybodys_way(page: Page, fake_server: str, language: str, dark: bool) -> None:
    open_topic(page, fake_server, "counting", language)
    if dark:
        switch_theme(page)
    assert barriers(page) == []
    open_more(page, "counting")
    run(page, "counting")
    expect(panel(page, "counting", "bars").locator(".js-plotly-plot").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(fold => (fold.open = true))")
    page.wait_for_timeout(400)
    assert barriers(page) == []
    panel(page, "counting", "counts").locator(".pg-pin").click()
    panel(page, "counting", "counts").locator(".pg-present").click()
    expect(page.locator(".pg-stage-bar")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.locator(".pg-pins-open").click()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator(".pg-palette-box input")).to_be_focused()
    assert barriers(page) == []


def test_a_phone_has_nothing_serious_either(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    open_topic(page, fake_server, "counting", "zh")
    run(page, "counting")
    expect(panel(page, "counting", "bars").locator(".js-plotly-plot").first).to_be_visible()
    assert barriers(page) == []

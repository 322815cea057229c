"""Panels that don't lead: a title and a sentence, drawn once they are opened: by click, by the rail, by a link."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.driving import open_topic, panel, run

CHART = "#pg-panel-counting-chart"


def test_a_folded_panel_is_drawn_once_it_is_opened(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    fold = page.locator("#pg-panel-counting-folded .pg-panel-fold > button")
    expect(fold).to_have_text(re.compile(r"Folded\s+hidden at first"))
    assert page.locator("#pg-panel-counting-folded .pg-body").count() == 0, "nothing is drawn in a closed fold"
    assert page.locator(f"{CHART} .js-plotly-plot").count() == 0
    fold.click()
    expect(panel(page, "counting", "folded").locator(".pg-body")).to_have_text("hidden")
    page.locator(f"{CHART} .pg-panel-fold > button").click()
    expect(page.locator(f"{CHART} .js-plotly-plot")).to_be_visible()
    # Open panels follow the next run.
    page.locator("#pg-counting--text textarea").fill("abc")
    run(page, "counting")
    expect(page.locator(f"{CHART} .xtick")).to_have_count(3)
    expect(panel(page, "counting", "folded").locator(".pg-body")).to_have_text("hidden")
    # Closed again, a chart costs nothing again.
    page.locator(f"{CHART} .pg-panel-fold > button").click()
    expect(page.locator(f"{CHART} .js-plotly-plot")).to_have_count(0)


def test_leads_stand_first_and_whole(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    order = page.locator("#pg-lab-counting .pg-frame").evaluate_all(
        "frames => frames.map((frame) => frame.id.split('-').pop())"
    )
    assert order == ["words", "counts", "bars", "folded", "chart", "rows", "curve"]
    assert page.locator("#pg-lab-counting .pg-panel-fold").count() == 4
    for name in ("words", "counts", "bars"):
        assert page.locator(f"#pg-panel-counting-{name} .pg-body").count() == 1


def test_a_link_opens_what_is_folded(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en", "?panel=chart")
    run(page, "counting")
    expect(page.locator(f"{CHART} .js-plotly-plot")).to_be_visible()

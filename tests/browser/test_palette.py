"""Ctrl+K: a topic, a panel, an example, a failure or a follow-up is found and brought to sight, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import control, open_topic, panel, run, run_button, write


def find(page: Page, query: str) -> None:
    """Opens the palette and types."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(query)


def options(page: Page) -> list[str]:
    return page.locator("#pg-palette-list li > span").all_inner_texts()


def test_a_topic_is_found_and_opened_with_what_its_controls_hold(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "my own words")
    find(page, "bench")
    page.keyboard.press("Enter")
    expect(run_button(page, "bench")).to_be_visible()
    expect(page).to_have_url(re.compile("#bench"))
    find(page, "counting")
    expect(page.locator("#pg-palette-list li").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("my own words")
    expect(page).to_have_url(re.compile("my"))


def test_arrows_choose_and_escape_leaves_everything_as_it_was(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    before = page.url
    page.locator(".pg-find").click()
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    topics = options(page)
    assert len(topics) > 2
    page.keyboard.press("ArrowDown")
    expect(page.locator("#pg-palette-list li").nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "pg-palette-1")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#pg-palette-list li").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".pg-palette-box")).to_be_hidden()
    assert page.url == before


@pytest.mark.parametrize(("language", "query"), [("zh", "yuanwen"), ("zh", "words"), ("en", "words"), ("en", "原文")])
def test_a_panel_is_found_in_either_language_and_brought_to_sight(
    page: Page, fake_server: str, language: str, query: str
) -> None:
    open_topic(page, fake_server, "counting", language)
    run(page, "counting")
    page.set_viewport_size({"width": 1000, "height": 420})
    find(page, f"counting {query}")
    expect(page.locator("#pg-palette-list li small").first).to_contain_text("面板" if language == "zh" else "panel")
    page.keyboard.press("Enter")
    expect(panel(page, "counting", "words")).to_be_in_viewport()


def test_a_failure_is_taken_into_the_controls_and_a_follow_up_is_opened(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    # Of a topic that isn't open, nor drawn yet.
    find(page, "counting often")
    page.locator("#pg-palette-list li", has=page.locator("small", has_text="failure case")).first.click()
    expect(page.locator(".pg-expect:visible")).to_contain_text("You should see")
    find(page, "counting why")
    page.locator("#pg-palette-list li", has=page.locator("small", has_text="follow-up")).first.click()
    expect(page.locator(".pg-fold-followups .pg-question[open] > div:visible").first).to_be_in_viewport()


def test_nothing_found_says_so_and_hostile_words_stay_words(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    find(page, "<img src=x onerror=window.hacked=1>")
    expect(page.locator(".pg-palette-none")).to_have_text("Nothing found: try another word")
    page.keyboard.press("Enter")
    expect(page.locator(".pg-palette-box")).to_be_hidden()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_it_fits_a_phone_in_both_themes(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 640})
    open_topic(page, fake_server, "counting", "zh")
    page.locator(".pg-find").click()
    box = page.locator(".pg-palette-box").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 640

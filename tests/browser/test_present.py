"""One panel in front of everybody, and the rail of topics beside a wide page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import barriers, open_topic, panel, run, run_button, wide


def bar(page: Page) -> Locator:
    return page.locator(".pg-stage-bar")


def fills(page: Page, name: str) -> bool:
    """Whether a panel reaches from one side of the window to the other, below the bar."""
    box = panel(page, "counting", name).bounding_box()
    size = page.viewport_size
    assert box and size
    return (
        abs(box["x"]) < 2
        and abs(box["width"] - size["width"]) < 2
        and abs(box["y"] + box["height"] - size["height"]) < 2
    )


def test_a_panel_fills_the_window_and_gives_the_page_back_as_it_was(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    page.evaluate("scrollTo(0, 240)")
    height = panel(page, "counting", "counts").locator("h3").evaluate("node => node.getBoundingClientRect().height")
    panel(page, "counting", "counts").locator(".pg-present").click()
    expect(bar(page)).to_contain_text("Counting")
    expect(bar(page)).to_contain_text("int8")
    expect(bar(page)).to_contain_text("2 / 7")
    assert fills(page, "counts")
    larger = panel(page, "counting", "counts").locator("h3").evaluate("node => node.getBoundingClientRect().height")
    assert larger == pytest.approx(1.5 * height, rel=0.05)
    expect(page).to_have_url(re.compile(r"#counting\?panel=counts$"))
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)
    expect(page).to_have_url(re.compile("#counting$"))
    assert page.evaluate("scrollY") == 240


def test_a_panel_that_fills_the_window_has_its_notice_of_load(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    for name in ("words", "counts"):
        body = panel(page, "counting", name).locator(".pg-panel").first
        body.evaluate(
            "node => node.insertAdjacentHTML('beforeend', '<div class=\"pg-caveat pg-loaded\">under load</div>')"
        )
    notices = page.locator(".pg-loaded")
    assert [notice.is_visible() for notice in notices.all()] == [True, False]
    panel(page, "counting", "counts").locator(".pg-present").click()
    expect(notices.last).to_be_visible()
    page.keyboard.press("Escape")
    expect(notices.last).to_be_hidden()


def test_keys_go_through_the_panels(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    panel(page, "counting", "words").hover()
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("panel=words"))
    for name in ("counts", "bars", "folded", "chart", "rows", "curve", "words"):
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"panel={name}"))
        assert fills(page, name)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("panel=curve"))
    # What was folded is open in front of everybody.
    expect(panel(page, "counting", "folded")).to_contain_text("hidden")
    page.keyboard.press("f")
    expect(bar(page)).to_have_count(0)


def test_an_f_that_is_typed_is_a_letter(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    page.locator("#pg-counting--text textarea").click()
    page.keyboard.type("f")
    expect(bar(page)).to_have_count(0)


def test_escape_in_front_of_everybody_stops_no_run(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    run_button(page, "slow").click()
    first = page.locator("#pg-lab-slow .pg-present").first
    first.click()
    expect(bar(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)
    expect(page.locator("#pg-lab-slow .pg-status-running").first).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.locator("#pg-lab-slow .pg-status-stopped").first).to_be_attached()


def test_a_link_brings_the_panel_to_the_front_once_it_is_there(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "zh", "?panel=counts&times=3")
    expect(bar(page)).to_have_count(0)
    run(page, "counting")
    expect(bar(page)).to_be_visible()
    assert fills(page, "counts")


def test_on_a_phone_a_panel_fills_the_window_in_its_own_size(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    open_topic(page, fake_server, "counting", "zh")
    run(page, "counting")
    panel(page, "counting", "counts").locator(".pg-present").click()
    expect(bar(page)).to_be_visible()
    assert fills(page, "counts")
    assert wide(page) <= 0
    close = bar(page).locator("button").last.bounding_box()
    assert close and min(close["width"], close["height"]) >= 44


def rail(page: Page) -> Locator:
    return page.locator(".pg-rail-box")


def test_the_rail_opens_topics_and_marks_those_with_a_result(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    topic = rail(page).get_by_role("tab", name="Counting")
    topic.click()
    expect(run_button(page, "counting")).to_be_visible()
    expect(topic).to_have_attribute("aria-selected", "true")
    expect(topic).not_to_have_class(re.compile("pg-rail-result"))
    run(page, "counting")
    expect(topic).to_have_class(re.compile("pg-rail-result"))
    topic.press("ArrowDown")
    expect(run_button(page, "slow")).to_be_visible()
    expect(rail(page).get_by_role("tab", name="Slow")).to_be_focused()
    page.keyboard.press("Home")
    expect(run_button(page, "bench")).to_be_visible()
    expect(topic).to_have_class(re.compile("pg-rail-result"))


def test_a_large_screen_has_larger_text_and_its_header_begins_where_the_topics_do(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_topic(page, fake_server, "counting", "en")
    size = "document.querySelector('.pg-question-text p').computedStyleMap().get('font-size').value"
    before = page.evaluate(size)
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate(size) > before
    name = page.locator(".pg-header b").bounding_box()
    topic = rail(page).locator(".pg-rail-topic > span").first.bounding_box()
    assert name and topic and abs(name["x"] - topic["x"]) <= 1


def test_the_rail_follows_the_panels_in_sight(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    links = rail(page).locator(".pg-rail-panels a")
    expect(links).to_have_text(["Words", "Counts", "Bars", "Folded", "Folded chart", "Rows", "Curve"])
    links.filter(has_text="Bars").click()
    expect(panel(page, "counting", "bars")).to_be_in_viewport()
    expect(links.filter(has_text="Bars")).to_have_attribute("aria-current", "true")
    page.evaluate("scrollTo(0, 0)")
    expect(links.filter(has_text="Bars")).not_to_have_attribute("aria-current", "true")


@pytest.mark.parametrize(("width", "there"), [(1920, True), (1440, True), (1200, True), (1024, False), (390, False)])
def test_topics_are_beside_a_wide_page_and_above_a_narrow_one(
    page: Page, fake_server: str, width: int, there: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_topic(page, fake_server, "counting", "en")
    expect(rail(page)).to_be_visible(visible=there)
    expect(page.locator(".pg-groups > .tab-wrapper").first).to_be_visible(visible=not there)
    assert wide(page) <= 0
    # Nothing of the lab lies under the rail.
    lab = page.locator("#pg-lab-counting").bounding_box()
    beside = rail(page).bounding_box() if there else {"x": 0, "width": 0}
    assert lab and beside and lab["x"] >= beside["x"] + beside["width"]


@pytest.mark.parametrize("width", [390, 1024])
def test_on_a_narrow_page_the_rail_is_a_drawer(page: Page, fake_server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    opener = page.locator(".pg-header").get_by_role("button", name="Topics")
    drawer = page.locator("dialog.pg-rail-drawer")
    expect(rail(page)).to_be_hidden()
    opener.click()
    expect(drawer.get_by_role("tab", name="Counting")).to_be_focused()
    expect(drawer.get_by_role("tab", name="Counting")).to_have_class(re.compile("pg-rail-result"))
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    drawer.get_by_role("tab", name="Slow").click()
    expect(drawer).to_be_hidden()
    expect(run_button(page, "slow")).to_be_visible()
    expect(page).to_have_url(re.compile("#slow$"))
    opener.click()
    drawer.get_by_role("tab", name="Counting").click()
    opener.click()
    drawer.get_by_role("link", name="Bars").click()
    expect(drawer).to_be_hidden()
    expect(panel(page, "counting", "bars")).to_be_in_viewport()
    # A tap beside it closes it; a wide window has the rail instead.
    opener.click()
    page.mouse.click(width - 8, 500)
    expect(drawer).to_be_hidden()
    opener.click()
    page.set_viewport_size({"width": 1440, "height": 800})
    expect(drawer).to_be_hidden()
    expect(rail(page)).to_be_visible()
    expect(opener).to_be_hidden()

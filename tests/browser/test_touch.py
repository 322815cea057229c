"""What a finger meets on a phone: targets of 44 pixels, and nothing that stays under the dock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import room, watch
from tests.browser.driving import open_folds, open_more, open_topic, panel, run

LEAST = 44
# A label of a field is no target: its input is. What is within a text, as a term, is as large as the text.
SMALL = """least => {
  const targets = "button, summary, a[href], input, textarea, select, label, [role=tab], [role=button], [role=option], [tabindex='0']";
  const inside = ".pg-term, .pg-prose p a, .pg-prose li a, pre, label:has(+ *):not(:has(input)), .head label, label:has(textarea), label:has([type=text], [type=number])";
  const box = (node) => (node.matches("[type=radio], [type=checkbox]") ? node.closest("label") : node).getBoundingClientRect();
  return [...document.querySelectorAll(targets)]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches(inside) && !node.disabled)
    .map((node) => [node, box(node)])
    .filter(([, { width, height }]) => width > 0 && height > 0 && (width < least - 0.5 || height < least - 0.5))
    .map(([node, { width, height }]) => `${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 24)} ${Math.round(width)}×${Math.round(height)}`);
}"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page under fingers."""
    context = room(browser, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    watched = watch(context.new_page())
    yield watched.page
    watched.check()
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_target_has_room_for_a_finger(phone: Page, fake_server: str, language: str) -> None:
    open_topic(phone, fake_server, "counting", language)
    assert phone.evaluate("matchMedia('(pointer: coarse)').matches")
    assert phone.evaluate(SMALL, LEAST) == []
    open_more(phone, "counting")
    phone.locator("#pg-lab-counting .pg-chip-fails").first.click()
    run(phone, "counting")
    phone.evaluate("document.querySelectorAll('details').forEach(fold => (fold.open = true))")
    open_folds(phone, "counting")
    phone.locator("#pg-bench-fold .pg-bench-accordion > button").evaluate("button => button.click()")
    expect(phone.locator("#pg-run-fold .pg-run-button")).to_be_visible()
    assert len(phone.locator("button:visible").all()) > 40
    assert phone.evaluate(SMALL, LEAST) == []
    # Nothing that is hidden shows for having room, and a panel's buttons lie upon no panel.
    expect(phone.locator("#pg-lab-counting .pg-to-field")).to_be_hidden()
    for name, drawn in (("words", ".pg-body"), ("counts", ".pg-body"), ("bars", ".js-plotly-plot")):
        buttons = panel(phone, "counting", name).locator(".pg-head-buttons").bounding_box()
        body = panel(phone, "counting", name).locator(drawn).first.bounding_box()
        assert buttons and body and buttons["y"] + buttons["height"] <= body["y"] + 1, name
    phone.locator(".pg-drawer-opener").click()
    expect(phone.locator(".pg-rail-panels a").first).to_be_visible()
    assert phone.evaluate(SMALL, LEAST) == []
    phone.locator(".pg-rail-close").click()
    panel(phone, "counting", "counts").locator(".pg-pin").click()
    phone.locator(".pg-pins-open").click()
    expect(phone.locator(".pg-pins-list li")).to_have_count(1)
    assert phone.evaluate(SMALL, LEAST) == []
    phone.locator(".pg-pins-close").click()
    phone.locator(".pg-find").click()
    expect(phone.locator(".pg-palette-box [role=option]").first).to_be_visible()
    assert phone.evaluate(SMALL, LEAST) == []
    phone.keyboard.press("Escape")
    panel(phone, "counting", "counts").locator(".pg-present").click()
    expect(phone.locator(".pg-stage-bar")).to_be_visible()
    assert phone.evaluate(SMALL, LEAST) == []


def test_a_wide_screen_under_fingers_has_the_rail_and_no_drawer(browser: Browser, fake_server: str) -> None:
    context = room(browser, viewport={"width": 1366, "height": 900}, has_touch=True)
    watched = watch(context.new_page())
    open_topic(watched.page, fake_server, "counting", "en")
    assert watched.page.evaluate("matchMedia('(pointer: coarse)').matches")
    expect(watched.page.locator(".pg-drawer-opener")).to_be_hidden()
    run(watched.page, "counting")
    link = watched.page.locator(".pg-rail-panels a").first
    expect(link).to_be_visible()
    # A list: its words begin at the left.
    assert link.evaluate("link => getComputedStyle(link).justifyContent") in ("normal", "flex-start")
    assert watched.page.evaluate(SMALL, LEAST) == []
    watched.check()
    context.close()


def test_the_end_of_the_page_comes_out_from_under_the_dock(phone: Page, fake_server: str) -> None:
    open_topic(phone, fake_server, "counting", "en")
    run(phone, "counting")
    expect(panel(phone, "counting", "bars").locator(".js-plotly-plot .bars").first).to_be_attached()
    phone.wait_for_timeout(500)
    # In one look each: a chart that is still drawn would move what is below it.
    lowest = """scroll => {
      const [last, dock] = ["#pg-bench-fold .pg-bench-accordion > button", "#pg-lab-counting .pg-dock"].map((one) => document.querySelector(one));
      if (scroll === "page") scrollTo(0, document.documentElement.scrollHeight);
      else last.scrollIntoView({ block: "end" });
      return dock.getBoundingClientRect().top - last.getBoundingClientRect().bottom;
    }"""
    phone.wait_for_function(f"() => ({lowest})('page') >= 0", timeout=10_000)
    # Nor does the keyboard leave what it is at under the dock.
    phone.evaluate("scrollTo(0, 0)")
    phone.wait_for_function(f"() => ({lowest})('element') >= 0", timeout=10_000)

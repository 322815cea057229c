"""The page's controls in a browser: what fills them, how the keyboard goes through them, and how a choice looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import room
from tests.browser.driving import choose, control, open_topic, panel, reload, run, run_button, status, write


def move(page: Page, place: str, values: dict[str, object], runs: bool = True) -> None:
    """As a click in a panel does."""
    page.evaluate("([place, move]) => window.playground.move(place, move)", [place, {"values": values, "runs": runs}])


def test_a_panels_click_sets_controls_and_runs(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    expect(control(page, "counting", "chosen")).not_to_be_visible()
    move(page, "counting", {"chosen": "by click", "text": "another"})
    expect(panel(page, "counting", "words")).to_contain_text("another by click")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("another")
    expect(page).to_have_url(re.compile(r"chosen=by\+click"))
    expect(status(page, "counting")).to_have_class("pg-status-done")
    reload(page)
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("another by click")
    move(page, "counting", {"chosen": "not yet"}, runs=False)
    expect(page).to_have_url(re.compile(r"chosen=not\+yet"))
    expect(panel(page, "counting", "words")).to_contain_text("another by click")
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("another not yet")
    # The control never heard of it: what a panel wrote stays when another control changes.
    write(page, "counting", "labels", "typed since")
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("another typed since not yet")
    expect(page).to_have_url(re.compile(r"chosen=not\+yet"))


def test_a_panels_click_stops_the_run_under_way_first(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    run_button(page, "slow").click()
    expect(status(page, "slow")).to_contain_text("of 30 steps")
    move(page, "slow", {"chosen": " by click"})
    expect(panel(page, "slow", "words")).to_contain_text("Fine weather by click")
    expect(status(page, "slow")).to_have_class("pg-status-done")


def test_examples_and_failures_fill_the_controls(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    page.get_by_role("button", name="Hello").locator("visible=true").click()
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("hello")
    page.get_by_role("button", name="Too often").locator("visible=true").click()
    expect(page.locator(".pg-expect:visible")).to_contain_text("B is nine times A")
    run(page, "counting")
    expect(panel(page, "counting", "counts")).to_contain_text("108")


def test_the_defaults_are_a_failures_once_its_chip_was_clicked(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    said = page.locator("#pg-lab-bench .pg-expect")
    run(page, "bench")
    expect(said).to_be_empty()
    page.locator("#pg-lab-bench .pg-chip-fails").click()
    expect(said).to_contain_text("characters")
    run(page, "bench")
    expect(said.locator(".pg-seen")).to_have_text("seen ✓")


@pytest.mark.parametrize(("language", "seen", "missed"), [("en", "seen ✓", "not seen"), ("zh", "看到了 ✓", "没有看到")])
def test_a_failures_chip_says_whether_it_was_seen(
    page: Page, fake_server: str, language: str, seen: str, missed: str
) -> None:
    open_topic(page, fake_server, "counting", language)
    chips = page.locator("#pg-lab-counting .pg-chip-fails")
    said = page.locator("#pg-lab-counting .pg-expect")
    names = [str(chip.text_content()) for chip in chips.all()]
    chips.nth(0).click()
    expect(said.locator(".pg-seen, .pg-not-seen")).to_have_count(0)
    run(page, "counting")
    expect(said.locator(".pg-seen")).to_have_text(seen)
    expect(chips).to_have_text([f"{names[0]} · {seen}", names[1]])
    # What is asked for next wasn't run yet.
    chips.nth(1).click()
    expect(said.locator(".pg-seen, .pg-not-seen")).to_have_count(0)
    run(page, "counting")
    expect(said.locator(".pg-not-seen")).to_have_text(missed)
    expect(chips).to_have_text([f"{names[0]} · {seen}", f"{names[1]} · {missed}"])
    # Other settings are no failure's.
    write(page, "counting", "text", "other")
    run(page, "counting")
    expect(said).to_be_empty()


def test_a_control_is_shown_with_its_sibling_only(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    expect(control(page, "counting", "a.bits")).to_be_hidden()
    choose(page, "counting", "a.quantization", "simulated")
    expect(control(page, "counting", "a.bits")).to_be_visible()
    expect(control(page, "counting", "b.bits")).to_be_hidden()
    choose(page, "counting", "a.quantization", "none")
    expect(control(page, "counting", "a.bits")).to_be_hidden()


def test_the_keyboard_runs_a_topic(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    control(page, "counting", "text").locator("textarea").focus()
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('pg-run-button')"):
            break
        stops.append(page.evaluate("document.activeElement.name"))
    page.keyboard.press("Enter")
    expect(status(page, "counting")).to_have_class("pg-status-done")
    segments = [f"pg-counting--{side}-{name}" for side in "ab" for name in ("quantization", "pruning")]
    assert [name for name in stops if name] == segments, "each control is one stop"


def test_arrows_choose_among_the_options_of_a_control(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    options = control(page, "counting", "b.quantization").locator("input")
    page.locator("#pg-counting--b-quantization input:checked").focus()
    for at, value in ((2, "int4"), (3, "simulated"), (0, "none"), (1, "int8")):
        page.keyboard.press("ArrowRight")
        expect(options.nth(at)).to_be_checked()
        expect(options.nth(at)).to_be_focused()
        expect(page).to_have_url(re.compile(rf"quantization={value}" if value != "int8" else r"#counting$"))
    # Gradio names the radio that was chosen anew.
    assert {option.get_attribute("name") for option in options.all()} == {"pg-counting--b-quantization"}
    guess = page.locator("#pg-guess-counting input")
    guess.first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(guess.nth(1)).to_be_checked()
    expect(guess.nth(0)).not_to_be_checked()


CONTRAST = """(selector) => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => { const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y); return (high + 0.05) / (low + 0.05); };
  return [...document.querySelectorAll(selector)].filter((e) => e.offsetParent).map((e) => {
    const style = getComputedStyle(e), around = getComputedStyle(e.closest(".pg-controls, .pg-prediction")).backgroundColor;
    return [e.textContent.trim(), contrast(style.color, style.backgroundColor), contrast(style.backgroundColor, around)];
  });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_selected_is_seen_in_both_themes(browser: Browser, fake_server: str, theme: str) -> None:
    visit = room(browser, viewport={"width": 1200, "height": 1000}, color_scheme=theme).new_page()
    open_topic(visit, fake_server, "counting", "en")
    visit.locator(".pg-prediction:visible label").first.click()
    for label in visit.locator("#pg-lab-counting .pg-folded summary, #pg-lab-counting button.label-wrap").all():
        label.click()
    visit.wait_for_timeout(400)
    found = visit.evaluate(CONTRAST, ".pg-segments label.selected, .pg-prediction label.selected")
    assert len(found) >= 4
    for words, text, surface in found:
        assert text >= 4.5 and surface >= 3, (words, text, surface)
    visit.context.close()

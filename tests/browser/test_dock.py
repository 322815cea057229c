"""The run dock: what happens to a run is in sight, wherever the visitor is, and the keys start and stop it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import (
    choose,
    control,
    open_more,
    open_topic,
    panel,
    run,
    run_button,
    status,
    stop_button,
    wide,
    write,
)

SIZES = [(390, 640), (844, 390), (1024, 600), (1440, 900), (1920, 1080)]


def uncovered(page: Page, place: str) -> bool:
    """Whether Run is what a click on its middle meets."""
    return bool(
        run_button(page, place).evaluate(
            """button => {
              const box = button.getBoundingClientRect();
              return button.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
            }"""
        )
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_run_under_way_is_in_sight_and_nothing_lies_on_it(
    page: Page, fake_server: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_topic(page, fake_server, "slow", "en")
    assert uncovered(page, "slow")
    # No control shows beside it.
    dock, controls = (page.locator(f"#pg-lab-slow .pg-{part}").bounding_box() for part in ("dock", "controls"))
    assert dock and controls
    assert dock["x"] <= controls["x"] + 1
    assert dock["x"] + dock["width"] >= controls["x"] + controls["width"] - 1
    assert wide(page) <= 0
    run_button(page, "slow").click()
    line = status(page, "slow")
    expect(line).to_contain_text("of 30 steps")
    expect(line.locator(".pg-bar")).to_be_visible()
    for scrolled in (0, 300, 100_000):
        page.evaluate("top => scrollTo(0, top)", scrolled)
        expect(line.locator(".pg-status-text")).to_be_in_viewport(ratio=1)
        assert uncovered(page, "slow"), scrolled
    expect(line.locator(".pg-status-time")).to_contain_text(re.compile(r"\d+ s"))
    stop_button(page, "slow").click()
    expect(line).to_have_class("pg-status-stopped")
    expect(line.locator(".pg-status-time")).to_be_empty()


def test_the_panels_to_come_are_named_while_a_run_goes_on(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    run_button(page, "slow").click()
    expect(panel(page, "slow", "words")).to_contain_text("Fine weather")
    coming = page.locator("#pg-lab-slow .pg-skeleton")
    expect(coming).to_have_text(["Counts", "Bars"])
    expect(coming.first).to_have_css("opacity", "1")
    stop_button(page, "slow").click()
    expect(coming).to_have_count(0)


def test_a_refusal_is_in_sight_and_leads_to_its_field(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 1024, "height": 600})
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "  ")
    line = run(page, "counting", ends="error")
    expect(line.locator(".pg-status-text")).to_be_in_viewport(ratio=1)
    line.get_by_role("button", name="Go to this setting").click()
    expect(control(page, "counting", "text").locator("textarea")).to_be_focused()
    write(page, "counting", "text", "words")
    run(page, "counting")
    expect(line.get_by_role("button", name="Go to this setting")).to_be_hidden()


def test_a_refused_setting_in_a_fold_is_opened(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    fold = page.locator("#pg-lab-counting .pg-more > button").first
    fold.click()
    box = control(page, "counting", "seed").locator("input")
    box.fill("-5")
    fold.click()
    line = run(page, "counting", ends="error")
    line.get_by_role("button", name="去改这一项").click()
    expect(box).to_be_focused()


def test_keys_run_and_stop(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    expect(status(page, "slow")).to_contain_text("Ctrl+Enter runs, Esc stops")
    page.keyboard.press("Escape")
    expect(status(page, "slow")).to_have_class("pg-status-idle")
    page.keyboard.press("Control+Enter")
    expect(status(page, "slow")).to_contain_text("of 30 steps")
    page.keyboard.press("Escape")
    expect(status(page, "slow")).to_have_class("pg-status-stopped")
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "typed and sent by keys")
    control(page, "counting", "text").locator("textarea").press("Control+Enter")
    expect(panel(page, "counting", "words")).to_contain_text("typed and sent by keys")


def test_a_phone_shows_the_results_of_a_click(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 640})
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_be_in_viewport()


def test_misconceptions_open_with_the_first_result_and_stay_as_the_visitor_leaves_them(
    page: Page, fake_server: str
) -> None:
    open_topic(page, fake_server, "counting", "en")
    wrong = page.locator("#pg-lab-counting .pg-fold-wrong")
    expect(wrong).not_to_have_attribute("open", "")
    run(page, "counting")
    expect(wrong).to_have_attribute("open", "")
    wrong.locator("summary").click()
    write(page, "counting", "text", "once more")
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("once more")
    expect(wrong).not_to_have_attribute("open", "")


def test_a_line_says_in_what_a_and_b_differ(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    line = page.locator("#pg-lab-counting .pg-results > .pg-sides")
    # Before a run of the controls, above what a run would show: B's may be below the fold.
    expect(line).to_have_text("A Quantization noneB Quantization int8all other settings are the same")
    below = page.locator("#pg-empty-counting").bounding_box()
    above = line.bounding_box()
    assert above and below and above["y"] < below["y"]
    choose(page, "counting", "b.quantization", "int4")
    expect(line).to_contain_text("Quantization int4")
    choose(page, "counting", "b.quantization", "int8")
    run(page, "counting")
    expect(line).to_have_text("A Quantization noneB Quantization int8all other settings are the same")
    choose(page, "counting", "b.quantization", "simulated")
    choose(page, "counting", "b.pruning", "wanda")
    expect(line).to_contain_text("Quantization int8")
    run(page, "counting")
    expect(line).to_contain_text("Simulated bits 4 · Pruning Wanda")
    expect(line).to_contain_text("2 settings differ")
    choose(page, "counting", "b.quantization", "none")
    choose(page, "counting", "b.pruning", "none")
    run(page, "counting")
    expect(line).to_have_text("A and B have the same settings")


def test_how_long_a_run_would_take_stands_beside_run_and_follows_the_controls(page: Page, fake_server: str) -> None:
    seconds = r"(about|under|约|不到) \d+ (s|秒)"
    for language, at_once, too_long in (("en", "at once", "too long"), ("zh", "立即", "时间过长")):
        open_topic(page, fake_server, "counting", language)
        said = page.locator("#pg-run-counting .block.pg-estimate")
        expect(said).to_have_text(re.compile(f"{seconds}|{at_once}"))
        asked: list[str] = []
        page.on(
            "request",
            lambda request, asked=asked: asked.append(request.url) if request.url.endswith("/estimate") else None,
        )  # type: ignore[misc]
        box = control(page, "counting", "text").locator("textarea")
        box.press_sequentially(f" {language} estimated", delay=20)
        expect(said).to_have_text(re.compile(seconds))
        page.wait_for_timeout(600)
        assert len(asked) <= 3, "not for every key"
        run(page, "counting")
        expect(said).to_have_text(at_once)
        open_more(page, "counting")
        page.locator("#pg-counting--times input[type=number]").fill("9")
        write(page, "counting", "text", "x" * 60)
        expect(said).to_have_text(too_long)
        expect(said.locator("[title]")).to_have_attribute("title", re.compile("60"))
        line = run(page, "counting", ends="error")
        expect(line).to_contain_text("60")
        expect(line.locator(".pg-to-field")).to_be_visible()
        assert wide(page) <= 0


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_estimate_leaves_room_for_run_and_stop(page: Page, fake_server: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_topic(page, fake_server, "slow", "en")
    before = run_button(page, "slow").bounding_box()
    said = page.locator("#pg-run-slow .block.pg-estimate")
    expect(said).to_have_text(re.compile(r"\d+ s|at once"))
    boxes = [part.bounding_box() for part in (run_button(page, "slow"), said, stop_button(page, "slow"))]
    ends = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
    assert len(ends) == 3
    assert run_button(page, "slow").bounding_box() == before, "nothing moves when the answer comes"
    assert ends[0][1] <= ends[1][0] <= ends[1][1] <= ends[2][0], "beside each other"
    assert ends[0][1] - ends[0][0] >= 90
    assert uncovered(page, "slow")


def test_the_dock_answers_within_the_click_itself(page: Page, fake_server: str) -> None:
    """Gradio gathers what it sends after the click: the visitor isn't left without a word until then."""
    open_topic(page, fake_server, "slow", "en")
    line = status(page, "slow").element_handle()
    said = run_button(page, "slow").evaluate("(button, line) => { button.click(); return line.innerText; }", line)
    assert said == "Starting"
    expect(status(page, "slow")).to_contain_text("of 30 steps")
    page.keyboard.press("Escape")
    expect(page.locator("#pg-lab-slow .pg-status-stopped")).to_be_attached()

"""The page in a browser, around small topics that need no model."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.driving import (
    control,
    open_more,
    open_topic,
    panel,
    reload,
    run,
    run_button,
    status,
    stop_button,
    wide,
    write,
)

HOSTILE = "<img src=x onerror=window.hacked=1>{{7*7}}${7*7}"


@pytest.mark.parametrize(
    ("language", "button", "text"), [("zh", "运行", "今天天气很好"), ("en", "Run", "Fine weather")]
)
def test_the_first_click_gives_a_result(page: Page, fake_server: str, language: str, button: str, text: str) -> None:
    page.goto(fake_server + ("en" if language == "en" else ""))
    expect(run_button(page, "bench")).to_have_text(button)
    line = run(page, "bench")
    expect(line).to_contain_text("秒" if language == "zh" else " s ")
    expect(panel(page, "bench", "words")).to_contain_text(text)
    expect(panel(page, "bench", "counts")).to_contain_text(str(len(text)))
    expect(panel(page, "bench", "bars").locator(".js-plotly-plot").first).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if language == "zh" else "en")


def test_own_text_is_run_and_stays_text(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", HOSTILE)
    write(page, "counting", "labels", HOSTILE[:35])
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text(HOSTILE)
    expect(page.locator(".pg-after:visible").first).to_contain_text(HOSTILE)
    page.locator(".pg-bench-accordion > button").click()
    expect(page.locator(".pg-quoted blockquote").first).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_guess_is_scored_with_its_evidence(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    outcome = page.locator(".pg-outcome:visible [role=status]").first
    page.locator("#pg-guess-counting label:has(input[value=long])").click()
    run(page, "counting")
    expect(outcome).to_contain_text("Right: 12 characters")
    page.locator("#pg-guess-counting label:has(input[value=short])").click()
    run(page, "counting")
    expect(outcome).to_contain_text("Not quite: 12 characters")


@pytest.mark.parametrize(("language", "message"), [("zh", "“文本”是空的"), ("en", "“Text” is empty")])
def test_a_refusal_names_the_field_and_the_next_run_works(
    page: Page, fake_server: str, language: str, message: str
) -> None:
    open_topic(page, fake_server, "counting", language)
    write(page, "counting", "text", "   ")
    line = run(page, "counting", ends="error")
    expect(line).to_contain_text(message)
    expect(control(page, "counting", "text").locator("textarea")).to_have_attribute("aria-invalid", "true")
    write(page, "counting", "text", "好了")
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("好了")
    assert control(page, "counting", "text").locator("[aria-invalid]").count() == 0


def test_equal_runs_end_each_time(page: Page, fake_server: str) -> None:
    """Each of them tells the page what the one before has told it: a line that never changes must not be waited for."""
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "again and again")
    for _ in range(4):
        run(page, "counting")
    write(page, "counting", "text", "   ")
    for _ in range(3):
        run(page, "counting", ends="error")
    open_topic(page, fake_server, "broken", "en")
    for _ in range(3):
        run(page, "broken", ends="error")
    open_topic(page, fake_server, "slow", "en")
    for _ in range(3):
        run_button(page, "slow").click()
        expect(status(page, "slow")).to_contain_text("of 30 steps")
        stop_button(page, "slow").click()
        expect(status(page, "slow")).to_have_class("pg-status-stopped")


def test_a_number_out_of_bounds_is_refused_in_the_pages_language(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    open_more(page, "counting")
    box = control(page, "counting", "seed").locator("input")
    box.fill("-5")
    expect(run(page, "counting", ends="error")).to_contain_text("“种子”是 −5，应在 0 到")
    box.fill("7")
    run(page, "counting")


def test_a_bug_is_told_without_its_traceback(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "broken", "en")
    line = run(page, "broken", ends="error")
    expect(line).to_contain_text("Something went wrong inside")
    assert "secret" not in page.content()
    assert "Traceback" not in page.content()


def test_stop_stops_and_the_next_run_works(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    run_button(page, "slow").click()
    expect(status(page, "slow")).to_contain_text("of 30 steps")
    expect(panel(page, "slow", "words")).to_contain_text("Fine weather")
    stop_button(page, "slow").click()
    expect(status(page, "slow")).to_have_class("pg-status-stopped")
    expect(panel(page, "slow", "words")).to_contain_text("Fine weather")
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")


def test_a_second_visitor_waits_and_is_told_so(page: Page, context: BrowserContext, fake_server: str) -> None:
    open_topic(page, fake_server, "slow", "en")
    run_button(page, "slow").click()
    expect(status(page, "slow")).to_contain_text("of 30 steps")
    second = context.new_page()
    open_topic(second, fake_server, "counting", "en")
    # A text of its own: what another test has run is remembered, and waits for nobody.
    write(second, "counting", "text", "nobody has run this")
    run_button(second, "counting").click()
    expect(status(second, "counting")).to_have_text(re.compile("Waiting: 1 ahead of you"))
    label = "button => getComputedStyle(button, '::after').content"
    assert run_button(second, "counting").evaluate(label) == '"1 ahead of you"'
    stop_button(page, "slow").click()
    expect(status(second, "counting")).to_have_class("pg-status-done")
    assert run_button(second, "counting").evaluate(label) == "none"


def test_closing_the_page_ends_its_run(page: Page, context: BrowserContext, fake_server: str) -> None:
    first = context.new_page()
    open_topic(first, fake_server, "slow", "en")
    run_button(first, "slow").click()
    expect(status(first, "slow")).to_contain_text("of 30 steps")
    first.close()
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting", seconds=12)


def test_a_page_at_rest_asks_for_no_frames(page: Page, fake_server: str) -> None:
    """Gradio's loading screen counted its seconds for ever: sixty frames a second while nothing changes."""
    page.add_init_script(
        "window.frames_ = 0; const own = window.requestAnimationFrame.bind(window);"
        "window.requestAnimationFrame = (callback) => (window.frames_++, own(callback));"
    )
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    counts = []
    for _ in range(10):  # what moves at the start ends by and by
        page.evaluate("window.frames_ = 0")
        page.wait_for_timeout(1500)
        counts.append(page.evaluate("window.frames_"))
        if counts[-1] == 0:
            return
    raise AssertionError(f"frames asked for in each second and a half: {counts}")


def test_the_verdict_leads_to_the_panels_that_it_speaks_of(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 1200, "height": 500})
    open_topic(page, fake_server, "counting", "en")
    links = page.locator("#pg-lab-counting .pg-verdict-panel")
    expect(links).to_have_count(0)
    run(page, "counting")
    expect(links).to_have_text(["Counts", "Folded"])
    folded = panel(page, "counting", "folded")
    expect(folded).not_to_be_in_viewport()
    links.nth(1).focus()
    page.keyboard.press("Enter")
    expect(folded.get_by_text("hidden", exact=True)).to_be_in_viewport()


def test_the_text_goes_to_the_bench_in_the_fold(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "to the bench")
    page.set_viewport_size({"width": 1200, "height": 700})
    page.locator(".pg-bench-accordion > button").click()
    # It opens at the page's end, and is brought up.
    expect(page.locator("#pg-bench-fold blockquote")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('#pg-bench-fold').getBoundingClientRect().top") < 200
    page.locator(".pg-bench-accordion > button").click()
    page.evaluate("scrollTo(0, 0)")
    page.locator(".pg-bench-accordion > button").evaluate("button => button.click()")
    expect(page.locator("#pg-bench-fold blockquote")).to_be_in_viewport(ratio=1)
    run(page, "fold")
    expect(panel(page, "fold", "words")).to_contain_text("to the bench")
    open_topic(page, fake_server, "bench", "en")
    expect(page.locator("#pg-bench-fold")).to_be_hidden()


def test_the_command_repeats_the_run(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "it's mine")
    run(page, "counting")
    page.get_by_text("Repeat this run on the command line").locator("visible=true").click()
    command = page.locator(".pg-after:visible code").first
    expect(command).to_have_text("""python -m playground run counting --set 'text=it'"'"'s mine' --language en""")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_scrolls_in_one_direction(page: Page, fake_server: str, language: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_topic(page, fake_server, "counting", language)
    run(page, "counting")
    assert wide(page) <= 0
    columns = page.locator("#pg-lab-counting").evaluate(
        "node => getComputedStyle(node).gridTemplateColumns.split(' ').length"
    )
    assert columns == 1


def test_the_theme_is_switched_and_remembered(page: Page, fake_server: str) -> None:
    page.goto(fake_server)
    expect(run_button(page, "bench")).to_be_visible()
    paper = "getComputedStyle(document.body).getPropertyValue('--pg-paper').trim()"
    assert page.evaluate(paper) == "#fbfbfd"
    page.get_by_role("button", name="切换深色与浅色").click()
    assert page.evaluate(paper) == "#101318"
    reload(page)
    expect(run_button(page, "bench")).to_be_visible()
    assert page.evaluate(paper) == "#101318"


@pytest.mark.parametrize(("language", "verdict", "words", "again"), [
    ("zh", "共 8 个字", "记住的结果", "重新运行"), ("en", "8 characters", "remembered, computed", "Run again"),
])  # fmt: skip
def test_the_same_click_is_remembered_and_can_be_run_again(
    page: Page, fake_server: str, language: str, verdict: str, words: str, again: str
) -> None:
    open_topic(page, fake_server, "counting", language)
    write(page, "counting", "text", f"twice {language}")
    run(page, "counting")
    shown = page.locator("#pg-lab-counting .pg-results > .pg-verdict")
    expect(shown).to_contain_text(verdict)
    remembered = page.locator("#pg-lab-counting .pg-status-remembered")
    expect(remembered).to_be_hidden()
    run_button(page, "counting").click()
    expect(remembered).to_contain_text(words)
    expect(shown).to_contain_text(verdict)
    expect(page.locator("#pg-panel-counting-words")).to_contain_text(f"twice {language}")
    button = page.get_by_role("button", name=again)
    button.click()
    expect(remembered).to_be_hidden()
    expect(status(page, "counting")).to_have_class("pg-status-done")
    run_button(page, "counting").click()
    expect(remembered).to_contain_text(words)


@pytest.mark.parametrize("height", [500, 600, 700, 800, 900, 1100])
def test_nothing_covers_the_run_button(page: Page, fake_server: str, height: int) -> None:
    page.set_viewport_size({"width": 1200, "height": height})
    open_topic(page, fake_server, "counting", "en")
    for _ in range(3):
        box = run_button(page, "counting").bounding_box()
        assert box
        for part in (0.1, 0.3, 0.5, 0.7, 0.9):
            point = {"x": box["x"] + part * box["width"], "y": box["y"] + box["height"] / 2}
            found = page.evaluate(
                "({x, y}) => document.elementFromPoint(x, y)?.closest('button')?.className || ''", point
            )
            assert "pg-run-button" in found, point
        page.mouse.wheel(0, 60)
        page.wait_for_timeout(150)

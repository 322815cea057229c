"""The page in a browser, around small topics that need no model."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import room
from tests.browser.driving import (
    choose,
    control,
    open_more,
    open_topic,
    other_language,
    panel,
    reload,
    run,
    run_button,
    settle,
    status,
    stop_button,
    wide,
    write,
)  # fmt: skip

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


def test_what_is_typed_before_the_link_is_read_stays(page: Page, fake_server: str) -> None:
    """A slow server answers for the link late: the visitor has typed since, and even gone to the other language."""
    waiting: list[Route] = []
    page.route(re.compile(r"/run/"), lambda route: waiting.append(route))
    open_topic(page, fake_server, "bench", "en", "?text=from+the+link&seed=7")
    page.wait_for_timeout(500)
    assert waiting
    write(page, "bench", "text", "my own")
    expect(page).to_have_url(re.compile(r"#bench\?text=my\+own&seed=7"))
    assert (page.locator(".pg-language").get_attribute("href") or "").endswith("#bench?text=my+own&seed=7")
    page.unroute_all()  # what is held goes on
    open_more(page, "bench")
    expect(control(page, "bench", "seed").locator("input")).to_have_value("7")
    expect(control(page, "bench", "text").locator("textarea")).to_have_value("my own")


def test_a_link_followed_at_once_takes_the_text_along(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    settle(page)
    write(page, "counting", "text", "my own")
    page.locator(".pg-language").click()
    expect(run_button(page, "counting")).to_have_text("运行")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("my own")


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


def test_the_link_restores_topic_and_settings(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    write(page, "counting", "text", "我的 文字&=#?")
    choose(page, "counting", "b.quantization", "int4")
    expect(page).to_have_url(re.compile(r"#counting\?.*b\.quantization=int4"))
    assert "a.quantization" not in page.url
    reload(page)
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("我的 文字&=#?")
    expect(control(page, "counting", "b.quantization").locator("input[value=int4]")).to_be_checked()
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("我的 文字&=#?")


def test_a_link_pasted_into_an_open_page_is_taken(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    page.evaluate("location.hash = '#counting?text=pasted&b.quantization=none'")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("pasted")
    page.evaluate("location.hash = '#counting?text=again'")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("again")
    expect(control(page, "counting", "b.quantization").locator("input[value=int8]")).to_be_checked()
    expect(page).to_have_url(re.compile(r"#counting\?text=again$"))


def test_a_link_is_taken_though_the_page_writes_its_own_before_it_is_told(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    settle(page)
    # The browser tells of a new address a moment later; "Copy link" writes the page's own first.
    copies = page.get_by_role("button", name="Copy link").element_handle()
    page.evaluate("button => { location.hash = '#counting?text=pasted'; button.click(); }", copies)
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("pasted")
    expect(page).to_have_url(re.compile(r"#counting\?text=pasted$"))


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


def test_the_same_link_pasted_again_is_taken_again(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "bench", "en")
    for _ in range(3):
        page.evaluate("location.hash = '#counting?text=pasted'")
        expect(control(page, "counting", "text").locator("textarea")).to_have_value("pasted")
        write(page, "counting", "text", "something else")
        expect(page).to_have_url(re.compile(r"#counting\?text=something"))
        page.get_by_role("tab", name="Bench").locator("visible=true").first.click()
        expect(page).to_have_url(re.compile(r"#bench"))
        expect(run_button(page, "bench")).to_be_visible()


def test_an_answer_that_comes_late_leaves_a_newer_link_open(page: Page, fake_server: str) -> None:
    """On a slow computer the page's first link was answered after the second one, and took its topic away."""
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    open_topic(page, fake_server, "bench", "en")
    page.evaluate("location.hash = '#counting?text=pasted'")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("pasted")
    page.wait_for_timeout(4000)
    expect(run_button(page, "counting")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#counting\?text=pasted$"))


def test_tabs_are_in_the_link(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 1024, "height": 800})
    page.goto(fake_server + "en")
    expect(run_button(page, "bench")).to_be_visible()
    page.get_by_role("tab", name="Languages").locator("visible=true").last.click()
    expect(run_button(page, "counting")).to_be_visible()
    expect(page).to_have_url(re.compile("#counting$"))
    expect(page).to_have_title(re.compile("^Counting · "))
    page.get_by_role("tab", name="Slow").locator("visible=true").last.click()
    expect(page).to_have_url(re.compile("#slow$"))
    page.get_by_role("tab", name="Bench").locator("visible=true").last.click()
    expect(page).to_have_url(re.compile("#bench$"))
    page.get_by_role("tab", name="Languages").locator("visible=true").last.click()
    expect(page).to_have_url(re.compile("#slow$"))


def test_the_other_language_keeps_topic_and_settings(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    write(page, "counting", "text", "留着我")
    choose(page, "counting", "a.pruning", "wanda")
    other_language(page)
    expect(run_button(page, "counting")).to_have_text("Run")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("留着我")
    expect(control(page, "counting", "a.pruning").locator("input[value=wanda]")).to_be_checked()
    other_language(page)
    expect(run_button(page, "counting")).to_have_text("运行")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("留着我")


def test_bad_values_in_a_link_are_left_out_with_a_note(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en", "?times=99&text=ok&nonsense=1&a.quantization=float9")
    note = page.locator(".pg-note [role=status]").first
    expect(note).to_contain_text("Settings in the link that were ignored (3)")
    expect(note).to_contain_text("Times")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("ok")
    run(page, "counting")
    expect(panel(page, "counting", "counts")).to_contain_text("4")


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


def test_a_control_is_shown_with_its_sibling_only(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting")
    expect(control(page, "counting", "a.bits")).to_be_hidden()
    choose(page, "counting", "a.quantization", "simulated")
    expect(control(page, "counting", "a.bits")).to_be_visible()
    expect(control(page, "counting", "b.bits")).to_be_hidden()
    choose(page, "counting", "a.quantization", "none")
    expect(control(page, "counting", "a.bits")).to_be_hidden()


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

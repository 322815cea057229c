"""The page's link in a browser: it has topic and settings, and whichever is newer is kept."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

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
    write,
)


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

"""Pins: kept panels with notes, as one file that needs nothing else and as a picture."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import watch
from tests.browser.driving import control, open_topic, panel, reload, run, wide, write
from tests.browser.hostile import HOSTILE


def pin(page: Page, name: str) -> None:
    panel(page, "counting", name).locator(".pg-pin").click()


def drawer(page: Page) -> Locator:
    page.locator(".pg-pins-open").click()
    return page.locator("dialog.pg-pins")


def test_pins_are_kept_with_their_notes_ordered_and_removed(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    pin(page, "words")
    pin(page, "counts")
    expect(page.locator(".pg-pins-open")).to_have_text("Pins 2")
    found = drawer(page)
    expect(found.locator("li b")).to_have_text(["Words", "Counts"])
    found.locator("li textarea").first.fill("Look at the length.")
    found.locator("li").first.get_by_role("button", name="Move down").click()
    expect(found.locator("li b")).to_have_text(["Counts", "Words"])
    page.keyboard.press("Escape")
    reload(page)
    expect(page.locator(".pg-pins-open")).to_have_text("Pins 2")
    found = drawer(page)
    expect(found.locator("li textarea").last).to_have_value("Look at the length.")
    found.locator("li").first.get_by_role("button", name="Remove").click()
    expect(found.locator("li b")).to_have_text(["Words"])


def test_a_pin_leads_back_to_its_run(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en", "?text=first")
    run(page, "counting")
    pin(page, "words")
    write(page, "counting", "text", "second")
    run(page, "counting")
    drawer(page).get_by_role("button", name="Back to this run").click()
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("first")
    expect(panel(page, "counting", "words")).to_contain_text("first")


def test_a_pin_runs_again_in_a_browser_tab_that_knows_nothing_of_its_run(
    page: Page, context: BrowserContext, fake_server: str
) -> None:
    open_topic(page, fake_server, "counting", "en", "?text=pinned")
    run(page, "counting")
    pin(page, "words")
    # Pins are the browser's, earlier runs the tab's.
    other = context.new_page()
    open_topic(other, fake_server, "slow", "en")
    drawer(other).get_by_role("button", name="Back to this run").click()
    expect(panel(other, "counting", "words")).to_contain_text("pinned")
    expect(control(other, "counting", "text").locator("textarea")).to_have_value("pinned")
    # Where the address is that of the pin already.
    third = context.new_page()
    open_topic(third, fake_server, "counting", "en", "?text=pinned")
    expect(control(third, "counting", "text").locator("textarea")).to_have_value("pinned")
    drawer(third).get_by_role("button", name="Back to this run").click()
    expect(panel(third, "counting", "words")).to_contain_text("pinned")


def test_all_pins_are_one_file_that_asks_nobody_for_anything(page: Page, fake_server: str, tmp_path: Path) -> None:
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", HOSTILE)
    run(page, "counting")
    expect(panel(page, "counting", "bars").locator(".js-plotly-plot .main-svg").first).to_be_visible()
    for name in ("words", "counts", "bars"):
        pin(page, name)
    found = drawer(page)
    found.locator("li textarea").first.fill(HOSTILE)
    with page.expect_download() as download:
        found.locator(".pg-pins-file").click()
    file = tmp_path / "pins.html"
    download.value.save_as(file)
    assert not re.search(
        r"https?://(?!www\.w3\.org)", re.sub(r"<p[^>]*>[^<]*</p>", "", file.read_text(encoding="utf-8"))
    )
    offline = watch(page.context.new_page())
    offline.page.goto(file.as_uri())
    articles = offline.page.locator("article")
    expect(articles).to_have_count(3)
    expect(articles.first).to_contain_text(HOSTILE)
    expect(articles.first.locator(".pg-pinned-note")).to_have_text(HOSTILE)
    expect(articles.nth(1)).to_contain_text("× 2")
    expect(articles.nth(2).locator("svg .bars path").first).to_be_visible()
    assert offline.page.evaluate("window.hacked") is None
    assert offline.page.locator("img[src=x], script").count() == 0
    assert [url for url in offline.outside if not url.startswith("file:")] == []
    offline.page.close()


def test_a_pin_is_a_picture(page: Page, fake_server: str, tmp_path: Path) -> None:
    open_topic(page, fake_server, "counting", "zh")
    run(page, "counting")
    pin(page, "counts")
    with page.expect_download() as download:
        drawer(page).get_by_role("button", name="导出为图片").click()
    download.value.save_as(tmp_path / "pin.png")
    data = (tmp_path / "pin.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width == 2200 and height > 300
    assert len(data) > 10_000, "something is drawn"


def test_without_pins_the_drawer_says_how_to_pin_and_fits_a_phone(page: Page, fake_server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    open_topic(page, fake_server, "counting", "zh")
    found = drawer(page)
    expect(found).to_contain_text("⚲")
    expect(found.locator(".pg-pins-file")).to_be_disabled()
    assert wide(page) <= 0
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()

"""What a visitor asked the browser for is kept to: less motion, a language's own fonts, a theme in which controls are seen."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from components.panels import heatmap
from tests.browser.conftest import LONGEST, room
from tests.browser.driving import open_more, open_topic, panel, run

MOVING = """() => [...document.querySelectorAll("*")].flatMap((node) => ["", "::before", "::after"].map((part) => [node, getComputedStyle(node, part || null)]))
    .filter(([, style]) => style.animationName !== "none" || style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0)).length"""
# By the names of their families, whether a Chinese font comes before every Latin one.
CHINESE_FIRST = """() => [...document.querySelectorAll(".pg-groups *")].filter((node) => node.getClientRects().length && node.textContent.trim())
    .map((node) => getComputedStyle(node).fontFamily).filter((fonts) => /^["']?(PingFang|Hiragino|Microsoft YaHei|Noto Sans CJK|Noto Sans SC|Source Han)/.test(fonts))"""


def test_nothing_moves_for_who_asked_for_less_motion(page: Page, browser: Browser, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    open_more(page, "counting")
    run(page, "counting")
    panel(page, "counting", "words").locator(".pg-present").click()
    expect(page.locator(".pg-tools")).to_be_visible()
    assert page.evaluate(MOVING) == 0
    assert page.evaluate("document.getAnimations().length") == 0
    # For the others the page has transitions.
    lively = browser.new_context(reduced_motion="no-preference").new_page()
    lively.set_default_timeout(LONGEST)
    open_topic(lively, fake_server, "counting", "en")
    assert lively.evaluate(MOVING) > 0
    lively.context.close()


def test_an_english_page_has_latin_fonts_first_charts_too(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    expect(panel(page, "counting", "bars").locator(".js-plotly-plot .xtick text").first).to_be_visible()
    assert page.locator(".pg-groups .js-plotly-plot text:visible").count() > 3
    assert page.evaluate(CHINESE_FIRST) == []


def test_a_chart_has_a_name(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    chart = panel(page, "counting", "bars").get_by_role("img", name=re.compile(r"^Bars: Bar chart of \d+ categories"))
    expect(chart.locator(".js-plotly-plot")).to_be_visible()


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return red, green, blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sliders_and_switches_are_seen_in_both_themes(browser: Browser, fake_server: str, theme: str) -> None:
    visit = room(browser, viewport={"width": 1200, "height": 1000}, color_scheme=theme).new_page()
    open_topic(visit, fake_server, "counting", "en")
    open_more(visit, "counting")
    switch = visit.locator("#pg-counting--loud input[type=checkbox]")
    switch.check()
    ground = rgb(
        visit.locator("#pg-lab-counting .pg-controls").evaluate("node => getComputedStyle(node).backgroundColor")
    )
    checked = switch.evaluate("node => getComputedStyle(node).backgroundColor")
    assert heatmap.contrast(rgb(checked), ground) >= 3
    slider = visit.locator("#pg-counting--times input[type=range]")
    expect(slider).to_be_visible()
    slider.fill("9")
    track = Image.open(BytesIO(slider.screenshot())).convert("RGB")
    filled = track.getpixel((track.width // 2, track.height // 2))
    assert heatmap.contrast(filled, ground) >= 3
    visit.context.close()

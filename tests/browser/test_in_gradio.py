"""The drawings inside Gradio, in a real Chromium: every kind, a result that grows, a heat map in both themes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from io import BytesIO

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from components import panels
from components.panels import heatmap
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.text import Text
from tests.browser.conftest import empty_page
from tests.browser.hostile import HOSTILE, hostile_panels
from tests.components.panels import examples
from tests.components.panels.gallery import launch


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


def test_every_kind_draws_in_gradio_without_an_outside_request(page: Page) -> None:
    shown = {
        name: panel
        for name, panel in examples.every_kind().items()
        if not name.endswith("+") or name in ("tokens+", "attention+", "scatter+", "lines+")
    }
    hostile = {
        f"hostile-{name}": panel
        for name, panel in {
            "tokens": hostile_panels()["tokens"],
            "bars": p.Bars((HOSTILE,), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
        }.items()
    }
    served, address = launch(shown | hostile)
    outside: list[str] = []
    page.on(
        "request",
        lambda request: not request.url.startswith((address, "data:", "blob:")) and outside.append(request.url),
    )
    try:
        page.goto(address)
        for name in shown:
            place = page.locator(f"#place-{name.replace('+', '-pair')}")
            place.locator(".pg-panel .pg-title", has_text=name.rstrip("+")).first.wait_for()
            plots = {"scatter+": 2}.get(
                name, int(name.rstrip("+") in ("bars", "lines", "scatter", "heatmap", "histogram"))
            )
            for index in range(plots):
                place.locator(".js-plotly-plot .main-svg").nth(index).wait_for(state="attached")
        page.locator("#place-hostile-bars .xtick", has_text="<img").wait_for()
        for plot in page.locator(".pg-plot").all():
            expect(plot).to_have_attribute("role", "img")
            expect(plot).to_have_attribute(
                "aria-label", re.compile(r"^面板 \S+：.*(柱状图|折线图|散点图|热图|直方图)", re.DOTALL)
            )
        assert page.locator("#place-hostile-tokens .pg-token").first.inner_text() == HOSTILE
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.querySelectorAll('.pg-panel img, .js-plotly-plot img').length") == 0
        assert outside == []
        page.set_viewport_size({"width": 360, "height": 780})
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        sides = [page.locator(f"#place-tokens-pair .pg-role-{role}").bounding_box() for role in "ab"]
        assert sides[0] and sides[1] and sides[1]["y"] > sides[0]["y"] + sides[0]["height"] - 1
    finally:
        served.close()


def test_a_result_that_grows_appears_and_is_updated_in_place(page: Page) -> None:
    """The way of a run: hidden places, then a first part, then the whole, each sent by an event."""
    whole = examples.tokens(0)
    part = dataclasses.replace(whole, tokens=whole.tokens[:2], ending=None)
    title = p.PanelTitle(Text(zh="输出", en="Output"))
    with gr.Blocks() as blocks:
        tokens = panels.make(title, t.Tokens | None, "zh")
        bars = panels.make(title, p.Bars | None, "zh")
        for name, first, second in (("one", part, None), ("two", whole, examples.BARS), ("none", None, None)):
            button = gr.Button(name)
            button.click(
                lambda first=first, second=second: [*tokens.update(first), *bars.update(second)],
                outputs=[*tokens.components, *bars.components],
                show_progress="hidden",
            )
    _, address, _ = blocks.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, head=panels.HEAD, css=panels.CSS, ssr_mode=False)  # fmt: skip
    try:
        page.goto(address)
        click = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
        click("one")
        page.locator(".pg-caret").wait_for()
        assert page.locator(".pg-token").count() == 2 and page.locator(".js-plotly-plot").count() == 0
        page.evaluate("document.querySelector('.pg-token').dataset.kept = 'yes'")
        click("two")
        page.locator(".pg-token").nth(len(whole.tokens) - 1).wait_for()
        page.locator(".js-plotly-plot .main-svg").first.wait_for(state="attached")
        assert page.locator(".pg-token[data-kept=yes]").count() == 1
        click("none")
        page.locator(".pg-token").first.wait_for(state="hidden")
        page.locator(".js-plotly-plot").first.wait_for(state="hidden")
        click("one")
        page.locator(".pg-caret").wait_for()
    finally:
        blocks.close()


def test_a_heat_map_has_the_themes_ground(page: Page) -> None:
    """Where its scale begins it glares in neither theme, as painted, and what is written in its cells can be read."""
    values = tuple(place / 4 for place in range(5))
    panel = p.Heatmap(tuple("abcde"), ("r",), (values,), texts=(tuple("vwxyz"),))
    served, address = launch({"heatmap": panel})
    try:
        page.goto(address)
        image = page.locator(".heatmaplayer image")
        image.wait_for()
        for dark in (False, True):
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
            page.wait_for_timeout(300)
            inks = page.eval_on_selector_all(
                ".heatmap-label tspan", "all => all.map(one => getComputedStyle(one).fill.match(/\\d+/g).map(Number))"
            )
            page.add_style_tag(content=".heatmap-label { opacity: 0; }")
            picture = Image.open(BytesIO(image.screenshot())).convert("RGB")
            width, height = picture.size
            cells = [picture.getpixel((int(width * (place + 0.5) / 5), height // 2)) for place in range(5)]
            card = heatmap._rgb("#181b22" if dark else "#ffffff")
            assert heatmap.contrast(cells[0], card) < 1.3 and heatmap.contrast(cells[-1], card) > 6
            assert len(inks) == 5
            assert min(heatmap.contrast(tuple(ink), cell) for ink, cell in zip(inks, cells, strict=True)) >= 4.5
    finally:
        served.close()

"""A topic with a panel of every kind: its pins in one exported file, and the figures of its runs in the history."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.conftest import Watched, logs, room, watch
from tests.browser.driving import (
    barriers,
    control,
    open_folds,
    open_topic,
    other_language,
    panel,
    reload,
    run,
    switch_theme,
)
from tests.browser.every_kind_app import PANELS, SLUG
from tests.servers import serve

# What is drawn in a panel, as it is seen: each drawing with its size, and the text without what only the page itself has.
SEEN = """frame => {
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const size = (node) => { const { width, height } = node.getBoundingClientRect(); return [Math.round(width), Math.round(height)]; };
  const kinds = { CANVAS: 'picture', IMG: 'picture', svg: 'svg', TABLE: 'table' };
  const drawings = [...frame.querySelectorAll('canvas, img, svg, table')]
    .filter((node) => !node.parentElement.closest('svg') && !node.closest('.pg-head-buttons, .pg-panel-controls, .modebar-container') && seen(node))
    .map((node) => [kinds[node.tagName], ...size(node)]).filter(([, width, height]) => width && height);
  const text = [...frame.querySelectorAll('.pg-body')].map((body) => {
    const copy = body.cloneNode(true);
    for (const gone of copy.querySelectorAll('.pg-live')) gone.remove();
    return copy.textContent;
  }).join(' ').replace(/\\s+/g, ' ').trim();
  return { drawings, text };
}"""


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("every-kind") / "log.txt"
    with serve(["-m", "tests.browser.every_kind_app"], log, OMP_NUM_THREADS="1") as address:
        logs(request.session).append(log)
        yield address


def colours(shot: bytes) -> int:
    """How many colours a picture has."""
    found = Image.open(BytesIO(shot)).convert("RGB").getcolors(1 << 24)
    assert found
    return len(found)


def sketch(page: Page, name: str) -> None:
    """Draws a box and a stroke on a panel in front."""
    panel(page, SLUG, name).locator(".pg-present").click()
    page.locator(".pg-tool[data-tool=box]").click()
    box = panel(page, SLUG, name).locator(".pg-sketch").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.mouse.up()
    expect(panel(page, SLUG, name).locator("[data-stroke]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".pg-stage-bar")).to_have_count(0)


def pinned(page: Page, names: list[str]) -> dict[str, Any]:
    """Pins the panels; what is seen of each on the page."""
    found = {}
    for name in names:
        frame = panel(page, SLUG, name)
        # What is drawn when it is seen, is drawn then.
        frame.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        found[name] = frame.evaluate(SEEN)
        frame.locator(".pg-pin").click()
    return found


def exported(page: Page, path: Path) -> Path:
    page.locator(".pg-pins-open").click()
    with page.expect_download() as download:
        page.locator(".pg-pins-file").click()
    download.value.save_as(path)
    return path


def frame_of(article: Locator) -> Locator:
    return article.locator(".pg-frame")


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_pin_of_every_kind_is_drawn_in_the_exported_file_without_a_request(
    page: Page, browser: Browser, address: str, tmp_path: Path, language: str, theme: str
) -> None:
    open_topic(page, address, SLUG, language)
    if theme == "dark":
        switch_theme(page)
    run(page, SLUG)
    open_folds(page, SLUG)
    sketch(page, "lines")
    names = list(PANELS)
    here = pinned(page, names)
    expect(page.locator(".pg-pins-count")).to_have_text(f" {len(names)}")
    file = exported(page, tmp_path / "pins.html")

    context = room(browser, viewport={"width": 1440, "height": 1000}, offline=True)
    offline: Watched = watch(context.new_page())
    asked: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(request.url)

    offline.page.on("request", note)
    offline.page.goto(file.as_uri())
    articles = offline.page.locator("article")
    expect(articles).to_have_count(len(names))
    assert offline.page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    for at, name in enumerate(names):
        article = articles.nth(at)
        expect(article.locator("h2")).to_contain_text(f" {name}")
        there = frame_of(article).evaluate(SEEN)
        assert there["text"] == here[name]["text"], name
        for one, other in zip(here[name]["drawings"], there["drawings"], strict=True):
            assert one[0] == other[0], name
            assert other[1:] == pytest.approx(one[1:], rel=0.05, abs=3), name
        assert there["drawings"] or there["text"], f"{name}: nothing is drawn"
        # Whatever it is made of: it shows.
        assert colours(frame_of(article).screenshot()) > 8, f"{name}: blank"
        for picture in frame_of(article).locator("img, svg:not(.pg-sketch), table").all():
            if picture.is_visible() and not picture.evaluate("node => Boolean(node.parentElement.closest('svg'))"):
                assert colours(picture.screenshot()) > 1, f"{name}: a blank drawing"
    stroke = articles.nth(names.index("lines")).locator("[data-stroke]")
    assert stroke.count() == 1
    size = stroke.bounding_box()
    assert size and size["width"] > 100 and size["height"] > 50, "the sketch"
    assert asked == [file.as_uri()]
    assert offline.page.locator("script, [href^='http'], [src^='http']").count() == 0
    assert not offline.errors
    context.close()


def chips(page: Page) -> Locator:
    return page.locator(f"#pg-lab-{SLUG} .pg-run-chip")


FIGURES = {
    "zh": ("困惑度", "KL(A‖B) 每词元 0.41 nat", "默认设置", "倍数 3"),
    "en": ("Perplexity", "KL(A‖B) per token 0.41 nat", "defaults", "Times 3"),
}


@pytest.mark.parametrize("language", list(FIGURES))
def test_a_chip_names_two_figures_of_its_run_in_the_language_of_the_page(
    page: Page, address: str, language: str
) -> None:
    def names(language: str) -> list[str]:
        perplexity, second, default, three = FIGURES[language]
        return [
            f"{default} {perplexity} A 5.16 · B 7.74 {second}",
            f"{three} {perplexity} A 15.48 · B 23.22 {second}",
        ]

    open_topic(page, address, SLUG, language)
    run(page, SLUG)
    control(page, SLUG, "times").locator("input[type=number]").fill("3")
    run(page, SLUG)
    expect(chips(page)).to_have_count(2)
    for at, name in enumerate(names(language)):
        expect(chips(page).nth(at)).to_have_accessible_name(name)
    expect(chips(page).first.locator(".pg-run-figures")).to_be_visible()
    assert barriers(page) == []
    reload(page)
    expect(chips(page).first).to_have_accessible_name(names(language)[0])
    other_language(page)
    other = "zh" if language == "en" else "en"
    expect(chips(page).last).to_have_accessible_name(names(other)[1])


def test_runs_that_were_stored_without_figures_have_chips_without(page: Page, address: str) -> None:
    open_topic(page, address, SLUG, "en")
    runs = {SLUG: [{"link": f"#{SLUG}", "said": "1 time"}, {"link": f"#{SLUG}?times=2", "said": "2 times"}]}
    page.evaluate("runs => sessionStorage.setItem('playground-runs', JSON.stringify(runs))", runs)
    reload(page)
    # The run of the address is shown again, with its figures.
    expect(chips(page)).to_have_text(["Times 2", "defaults Perplexity A 5.16 · B 7.74 KL(A‖B) per token 0.41 nat"])

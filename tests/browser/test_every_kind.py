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

# What is drawn in a panel, as it is seen: each picture, chart, table and text, with its place in the panel and its size.
SEEN = """frame => {
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const gradios = '.pg-live, .pg-sr, .modebar-container, [data-testid=block-label], [data-testid=status-tracker], .hoverlayer';
  const text = (node) => [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join('').trim();
  const found = [];
  for (const root of frame.querySelectorAll('.pg-body, .pg-plots, :not(.pg-plots) > .pg-plot')) {
    const from = root.getBoundingClientRect();
    for (const node of root.querySelectorAll('*')) {
      const drawing = node.matches('canvas, img, svg, table') && !node.parentElement.closest('svg');
      if (!(drawing || text(node)) || !seen(node) || node.closest(gradios) || node.tagName === 'STYLE') continue;
      const { left, top, width, height } = node.getBoundingClientRect();
      const name = drawing ? (node.tagName === 'CANVAS' ? 'IMG' : node.tagName) : text(node);
      if (width && height) found.push([name, left - from.left, top - from.top, width, height]);
    }
  }
  return found;
}"""
# The names of drawings' parts in a file, and those that it refers to.
NAMED = """() => {
  const all = [...document.querySelectorAll('article')].map((article) => ({
    ids: [...article.querySelectorAll('[id]')].map(({ id }) => id),
    asked: [...article.querySelectorAll('*')].flatMap((node) => [...node.attributes]).flatMap(({ name, value }) =>
      [...value.matchAll(/url\\(["']?#([^)"']+)/g)].map((match) => match[1]).concat(/href$/.test(name) && value.startsWith('#') ? [value.slice(1)] : [])),
  }));
  return all;
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


def pinned(page: Page, names: list[str]) -> dict[str, list[list[Any]]]:
    """Pins the panels; what is seen of each on the page."""
    found = {}
    for name in names:
        frame = panel(page, SLUG, name)
        # What is drawn when it is seen, is drawn then.
        frame.scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        found[name] = frame.evaluate(SEEN)
        frame.locator(".pg-pin").click(timeout=20_000)
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
        assert [one[0] for one in there] == [one[0] for one in here[name]], name
        for one, other in zip(here[name], there, strict=True):
            assert other[1:] == pytest.approx(one[1:], abs=2), f"{name}: {one[0]}"
        assert there, f"{name}: nothing is drawn"
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


def test_two_pins_of_one_chart_have_parts_of_their_own(
    page: Page, browser: Browser, address: str, tmp_path: Path
) -> None:
    """A chart is clipped by a part that it refers to by name: a wide pin by a narrow one's would end in the middle."""
    open_topic(page, address, SLUG, "en")
    run(page, SLUG)
    pin = panel(page, SLUG, "lines").locator(".pg-pin")
    for width in (1000, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(600)
        pin.click()
    offline = room(browser, viewport={"width": 1440, "height": 1000}, offline=True).new_page()
    offline.goto(exported(page, tmp_path / "pins.html").as_uri())
    named = offline.evaluate(NAMED)
    assert len(named) == 2
    ids = [one for article in named for one in article["ids"]]
    assert ids and len(ids) == len(set(ids)), "two parts of one name"
    for article in named:
        assert article["asked"] and set(article["asked"]) <= set(article["ids"]), "no part, or another pin's"
    offline.context.close()


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

"""The grid in a real Chromium: what a click and a key ask for, what is read aloud, and where the focus goes after a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from components.panels.heatmap import contrast
from playground.lab.grid_panels import Grid
from tests.browser.conftest import drawings_alone
from tests.browser.drawings import show
from tests.components.panels.examples import GRID


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from drawings_alone(browser, "mechanisms-patching", width=900, height=700)


def asked(page: Page) -> list[Any]:
    return page.evaluate("asked")  # type: ignore[no-any-return]


def label(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


def test_an_earlier_run_s_values_are_in_the_table_beside(page: Page) -> None:
    show(page, GRID, "en")
    assert page.locator(".pg-was").count() == 0
    show(page, GRID, "en", was={"values": [[None, 0.5, 0.25], None]})
    assert page.locator(".pg-grid-result .pg-was").all_inner_texts() == ["was 0.500", "was 0.250"]


def test_a_click_sets_the_cell_s_choice_and_runs(page: Page) -> None:
    show(page, dataclasses.replace(GRID, resets={"other": ""}), "en")
    page.locator(".pg-grid-cell").nth(6 + 3).click()
    assert asked(page) == [["mechanisms", {"values": {"other": "", "cell": "1.3"}, "runs": True}]]
    assert page.locator("[aria-busy=true]").count() == 1
    # The result: another cell is chosen, and it keeps the focus that the click gave it.
    show(page, dataclasses.replace(GRID, selected=((1, 3),)), "en")
    assert label(page).startswith("layer 2, 其实") or ", chosen" in label(page)
    assert page.locator("[aria-busy=true]").count() == 0
    assert page.locator("[aria-pressed=true]").count() == 1
    # Also where the cell's next click would set something else, as one that takes back what it did.
    page.keyboard.press("Enter")
    toggled = tuple(tuple("" if choice == "1.3" else choice for choice in row) for row in GRID.choices)
    show(page, dataclasses.replace(GRID, choices=toggled, selected=((1, 3),)), "en")
    assert label(page).startswith("layer 2, 演出")
    page.keyboard.press("Enter")
    assert asked(page)[-1][1]["values"] == {"cell": ""}


def test_a_cell_without_a_choice_asks_for_nothing(page: Page) -> None:
    show(page, GRID, "en")
    page.locator(".pg-grid-cell").first.click(force=True)
    assert asked(page) == []
    assert page.locator(".pg-grid-cell").first.get_attribute("aria-disabled") == "true"


def test_arrows_move_in_both_directions_and_enter_chooses(page: Page) -> None:
    show(page, GRID, "en")
    cells = page.locator(".pg-grid-cell")
    cells.first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert label(page) == cells.nth(6 + 1).get_attribute("aria-label")
    page.keyboard.press("Enter")
    assert asked(page)[0][1]["values"] == {"cell": "1.1"}
    assert page.locator(".pg-grid-cell[tabindex='0']").count() == 1


def test_the_numbers_are_read_and_shown(page: Page) -> None:
    show(page, GRID, "zh")
    first = page.locator(".pg-grid-cell").first
    assert first.get_attribute("aria-label") == "第 1 层, 昨: 0.000"
    assert page.locator(".pg-grid-cell").nth(6 + 5).get_attribute("aria-label") == "第 2 层, 不算: 没有值"
    page.locator(".pg-grid-cell").nth(2).hover()
    assert "0.841" in page.locator(".pg-tip").inner_text()
    assert page.locator(".pg-grid-group").all_inner_texts() == ["前半", "x"]


def test_cells_have_their_numbers_up_to_24_columns(page: Page) -> None:
    show(page, GRID, "en")
    known = [f"{value:.2f}".replace("-", "−") for row in GRID.values for value in row if value is not None]
    cells = page.locator(".pg-grid-cell:not(.pg-none)")
    assert cells.all_inner_texts() == known
    for columns, written in ((24, True), (25, False)):
        wide = Grid(("x",) * columns, ("y",), ((0.5,) * columns,))
        show(page, wide, "en")
        assert page.locator(".pg-grid-cell").all_inner_texts() == ["0.50" if written else ""] * columns
        assert page.locator(".pg-grid-cell").last.get_attribute("aria-label") == "y, x: 0.500"


# The colours as they are painted, red, green and blue from 0 to 255: a mixed colour is written in several ways.
PAINTED = """cells => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const painted = (colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  return cells.map((cell) => { const { color, backgroundColor } = getComputedStyle(cell); return [painted(color), painted(backgroundColor)]; });
}"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("diverging", [False, True])
def test_numbers_can_be_read_on_every_colour(page: Page, dark: bool, diverging: bool) -> None:
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
    shades = tuple(step / 12 for step in (*range(-12, 0), *range(1, 13)))
    show(page, Grid(tuple(map(str, range(24))), ("y",), (shades,), diverging=diverging, low=-1.0, high=1.0), "en")
    cells = page.locator(".pg-grid-cell")
    found = cells.evaluate_all(PAINTED)
    assert len(found) == 24 and len({tuple(behind) for _, behind in found}) > 20
    assert min(contrast(tuple(ink), tuple(behind)) for ink, behind in found) >= 4.5
    # In front of everybody the type is 1.5 times as large.
    for zoom in (1, 1.5):
        page.evaluate("zoom => { document.body.style.zoom = zoom; }", zoom)
        cut = "cells => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).length"
        assert cells.evaluate_all(cut) == 0


def test_a_change_of_theme_changes_the_numbers_ink(page: Page) -> None:
    show(page, GRID, "en")
    ink = "cell => getComputedStyle(cell).color"
    first = page.locator(".pg-grid-cell").first
    assert first.evaluate(ink) == "rgb(0, 0, 0)"
    page.evaluate("document.body.classList.add('dark')")
    expect(first).to_have_css("color", "rgb(255, 255, 255)")


def test_what_came_of_a_click_is_beside_the_grid_and_below_it_where_it_is_narrow(page: Page) -> None:
    show(page, GRID, "en")
    result = page.locator(".pg-grid-result")
    assert result.locator("h4").inner_text() == "After patching layer 2"
    assert result.locator("tbody tr").first.locator("td").all_inner_texts() == ["北京", "0.080", "0.710"]
    assert result.locator(".pg-row-on").count() == 2
    own, other = page.locator(".pg-grid-own").bounding_box(), result.bounding_box()
    assert own and other
    assert other["x"] >= own["x"] + own["width"] and abs(other["y"] - own["y"]) < 2
    page.set_viewport_size({"width": 420, "height": 700})
    own, other = page.locator(".pg-grid-own").bounding_box(), result.bounding_box()
    assert own and other and other["y"] >= own["y"] + own["height"]
    show(page, dataclasses.replace(GRID, beside=None), "en")
    assert not result.is_visible()

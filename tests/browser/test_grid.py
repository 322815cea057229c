"""The grid in a real Chromium: what a click and a key ask for, what is read aloud, and where the focus goes after a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

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

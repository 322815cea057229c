"""Sketching on the panel in front: drawn, erased, taken back, kept in place, with the run and with the pin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import room
from tests.browser.driving import open_topic, panel, run, wide, write
from tests.browser.hostile import HOSTILE


def tool(page: Page, name: str) -> None:
    page.locator(f".pg-tool[data-tool={name}]").click()


def strokes(page: Page, name: str = "words") -> Locator:
    return panel(page, "counting", name).locator(".pg-sketch [data-stroke]")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Moves the pointer, pressed, over the sheet: shares of its width and height."""
    box = panel(page, "counting", "words").locator(".pg-sketch").bounding_box()
    assert box
    x, y = (box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(
            x + (end[0] - start[0]) * box["width"] * step / 5, y + (end[1] - start[1]) * box["height"] * step / 5
        )
    page.mouse.up()


@pytest.fixture
def front(page: Page, fake_server: str) -> Page:
    """A page with a panel in front."""
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    panel(page, "counting", "words").locator(".pg-present").click()
    expect(page.locator(".pg-tools")).to_be_visible()
    return page


def test_every_tool_draws_and_the_eraser_and_undo_take_back(front: Page) -> None:
    for number, name in enumerate(("pen", "highlighter", "arrow", "box")):
        tool(front, name)
        drag(front, (0.1 + 0.2 * number, 0.3), (0.2 + 0.2 * number, 0.7))
        expect(strokes(front)).to_have_count(number + 1)
        expect(strokes(front).last).to_have_class(f"pg-stroke pg-stroke-{name}")
    tool(front, "undo")
    expect(strokes(front)).to_have_count(3)
    tool(front, "eraser")
    drag(front, (0.1, 0.7), (0.2, 0.3))
    expect(strokes(front)).to_have_count(2)
    tool(front, "undo")
    expect(strokes(front)).to_have_count(3)
    tool(front, "clear")
    expect(strokes(front)).to_have_count(0)
    tool(front, "undo")
    expect(strokes(front)).to_have_count(3)


def test_the_laser_leaves_nothing(front: Page) -> None:
    tool(front, "laser")
    drag(front, (0.1, 0.3), (0.4, 0.6))
    expect(strokes(front)).to_have_count(0)
    expect(panel(front, "counting", "words").locator(".pg-stroke-laser")).to_have_count(0)


def test_text_is_written_by_the_keyboard_alone_and_stays_text(front: Page) -> None:
    front.locator(".pg-tool[data-tool=text]").press("Enter")
    expect(front.locator(".pg-sketch-input")).to_be_focused()
    front.keyboard.type(HOSTILE)
    front.keyboard.press("Enter")
    expect(strokes(front)).to_have_text(HOSTILE)
    assert front.evaluate("window.hacked") is None


def test_without_a_tool_the_panel_is_itself_and_escape_puts_the_tool_down(front: Page) -> None:
    tool(front, "pen")
    drag(front, (0.1, 0.3), (0.4, 0.6))
    sheet = panel(front, "counting", "words").locator(".pg-sketch")
    expect(sheet).to_have_css("pointer-events", "auto")
    front.keyboard.press("Escape")
    expect(sheet).to_have_css("pointer-events", "none")
    expect(front.locator(".pg-stage-bar")).to_be_visible()
    front.keyboard.press("Escape")
    expect(front.locator(".pg-stage-bar")).to_have_count(0)


def share(page: Page) -> float:
    """Where the stroke begins, as a share of its panel's content."""
    return float(
        strokes(page).first.evaluate(
            """node => { const sheet = node.ownerSVGElement.getBoundingClientRect(), own = node.getBoundingClientRect();
            return (own.left - sheet.left) / sheet.width; }"""
        )
    )


def test_a_stroke_stays_in_place_on_the_page_and_at_another_width(front: Page) -> None:
    tool(front, "box")
    drag(front, (0.25, 0.2), (0.5, 0.8))
    before = share(front)
    front.keyboard.press("Escape")
    front.keyboard.press("Escape")
    expect(strokes(front)).to_have_count(1)
    assert share(front) == pytest.approx(before, abs=0.01)
    front.set_viewport_size({"width": 800, "height": 900})
    front.wait_for_timeout(400)
    assert share(front) == pytest.approx(before, abs=0.02)
    assert wide(front) <= 0


def draw_by(page: Page, kind: str, pressures: tuple[float, ...]) -> None:
    """A stroke of a pointer of that kind, pressed so hard at each of its points."""
    page.evaluate(
        """([kind, pressures]) => {
            const sheet = document.querySelector('#pg-panel-counting-words .pg-sketch');
            sheet.setPointerCapture = () => {}; // of a pointer that isn't there
            const { left, top, width, height } = sheet.getBoundingClientRect();
            pressures.forEach((pressure, at) => sheet.dispatchEvent(new PointerEvent(at ? 'pointermove' : 'pointerdown', {
                pointerType: kind, pointerId: 7, pressure, bubbles: true, cancelable: true,
                clientX: left + width * (0.2 + 0.05 * at), clientY: top + height * 0.5 })));
            sheet.dispatchEvent(new PointerEvent('pointerup', { pointerType: kind, pointerId: 7, bubbles: true }));
        }""",
        [kind, list(pressures)],
    )


def thickness(stroke: Locator) -> float:
    return float(stroke.evaluate("node => node.getBBox().height"))


def test_a_pen_draws_as_hard_as_it_is_pressed(front: Page) -> None:
    tool(front, "pen")
    draw_by(front, "pen", (0.1,) * 8)
    draw_by(front, "pen", (1.0,) * 8)
    expect(strokes(front)).to_have_count(2)
    soft, hard = strokes(front).all()
    assert thickness(hard) > 1.5 * thickness(soft)


@pytest.mark.parametrize("kind", ["touch", "mouse"])
def test_a_finger_draws_whatever_pressure_it_claims(front: Page, kind: str) -> None:
    tool(front, "pen")
    draw_by(front, kind, (0.1,) * 8)
    draw_by(front, kind, (1.0,) * 8)
    soft, hard = strokes(front).all()
    assert thickness(hard) == pytest.approx(thickness(soft), abs=0.1)
    expect(front.locator("#pg-panel-counting-words .pg-sketch")).to_have_css("touch-action", "none")


def test_a_stroke_stays_in_place_in_the_other_theme_and_in_the_file_of_pins(
    front: Page, browser: Browser, tmp_path: Path
) -> None:
    tool(front, "box")
    drag(front, (0.25, 0.2), (0.5, 0.8))
    before = share(front)
    front.keyboard.press("Escape")
    front.keyboard.press("Escape")
    front.get_by_role("button", name="Switch between dark and light").click()
    expect(front.locator("body")).to_have_class(re.compile("dark"))
    front.wait_for_timeout(300)
    assert share(front) == pytest.approx(before, abs=0.01)
    panel(front, "counting", "words").locator(".pg-pin").click()
    front.locator(".pg-pins-open").click()
    with front.expect_download() as download:
        front.locator(".pg-pins-file").click()
    download.value.save_as(tmp_path / "pins.html")
    for width in (1300, 500):
        offline = room(browser, viewport={"width": width, "height": 900}).new_page()
        offline.goto((tmp_path / "pins.html").as_uri())
        kept = offline.locator("[data-stroke]").first.evaluate(
            """node => { const content = node.ownerSVGElement.parentElement.querySelector('.pg-panel').getBoundingClientRect(), own = node.getBoundingClientRect();
            return [(own.left - content.left) / content.width, own.width / content.width]; }"""
        )
        assert kept == pytest.approx([before, 0.25], abs=0.02)
        offline.context.close()


def test_a_sketch_is_of_its_run_and_goes_into_the_pin(front: Page) -> None:
    tool(front, "pen")
    drag(front, (0.1, 0.3), (0.4, 0.6))
    panel(front, "counting", "words").locator(".pg-pin").dispatch_event("click")
    front.keyboard.press("Escape")
    front.keyboard.press("Escape")
    write(front, "counting", "text", "another text")
    run(front, "counting")
    expect(strokes(front)).to_have_count(0)
    front.locator("#pg-lab-counting .pg-run-chip").first.click()
    expect(panel(front, "counting", "words")).to_contain_text("Fine weather")
    expect(strokes(front)).to_have_count(1)
    assert "data-stroke" in front.evaluate("JSON.parse(localStorage.getItem('playground-pins'))[0].html")

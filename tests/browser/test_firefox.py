"""The page in Debian's Firefox: what a visitor does first, and what leans most on the browser."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.browser.firefox import CONTROL, ENTER, ESCAPE, FIREFOX, LONGEST, RIGHT, Firefox, firefox

pytestmark = pytest.mark.skipif(FIREFOX is None, reason="firefox-esr isn't installed: apt-get install firefox-esr")

LAB = "#pg-lab-counting"
COUNTS = "#pg-panel-counting-counts"


@pytest.fixture(scope="module")
def visit(fake_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """The page at a topic in English, with a result."""
    with firefox(tmp_path_factory.mktemp("firefox")) as browser:
        browser.open(f"{fake_server}en#counting")
        browser.click("#pg-run-counting .pg-run-button")
        browser.wait(f"document.querySelector('{LAB} .pg-status-done')")
        yield browser
        # An error is heard of, and there is no other.
        browser.evaluate("void setTimeout(() => { throw new Error('heard'); })")
        end = time.monotonic() + LONGEST
        while not any("heard" in line for line in browser.errors()) and time.monotonic() < end:
            time.sleep(0.1)
        (line,) = browser.errors()
        assert "heard" in line


def test_a_run_is_drawn_and_said(visit: Firefox) -> None:
    assert visit.evaluate(f"document.querySelector('{LAB} .pg-verdict p').textContent") == "12 characters"
    assert visit.wait("document.querySelectorAll('#pg-panel-counting-bars .js-plotly-plot .bars path').length") == 7
    assert visit.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_arrows_choose_among_options(visit: Firefox) -> None:
    visit.evaluate("document.querySelector('#pg-counting--b-quantization input:checked').focus()")
    visit.press(RIGHT)
    visit.wait("location.hash.includes('b.quantization=int4')")
    names = "[...new Set([...document.querySelectorAll('#pg-counting--b-quantization input')].map(one => one.name))]"
    assert visit.wait(f"{names}.length === 1 && {names}") == ["pg-counting--b-quantization"]


def test_the_palette_finds_a_panel(visit: Firefox) -> None:
    visit.press(CONTROL, "k")
    visit.wait("document.activeElement.matches('.pg-palette-box input')")
    visit.wait("document.querySelectorAll('.pg-palette-box [role=option]').length > 3")
    visit.type("counting bars")
    visit.wait("document.querySelectorAll('.pg-palette-box [role=option]').length === 1")
    visit.press(ENTER)
    visit.wait("!document.querySelector('.pg-palette-box').open")
    visit.wait("document.querySelector('#pg-panel-counting-bars').getBoundingClientRect().top < innerHeight")


def test_a_panel_fills_the_window_and_is_drawn_on(visit: Firefox) -> None:
    visit.click(f"{COUNTS} .pg-present")
    visit.wait("document.querySelector('.pg-stage-bar')?.getClientRects().length")
    assert visit.evaluate("location.hash.includes('panel=counts')")
    visit.click(".pg-tools [data-tool='pen']")
    left, top = visit.evaluate(
        f"(box => [box.left, box.top])(document.querySelector('{COUNTS}').getBoundingClientRect())"
    )
    visit.drag((left + 40, top + 40), (left + 120, top + 60), (left + 200, top + 50))
    visit.wait(f"document.querySelectorAll('{COUNTS} .pg-stroke').length === 1")
    visit.press(ESCAPE)
    visit.press(ESCAPE)
    visit.wait("!location.hash.includes('panel=')")


def test_a_pin_is_a_picture(visit: Firefox) -> None:
    visit.evaluate(
        "URL.createObjectURL = (made => blob => ((window.taken = blob), made.call(URL, blob)))(URL.createObjectURL)"
    )
    visit.click(f"{COUNTS} .pg-pin")
    visit.click(".pg-pins-open")
    visit.evaluate(
        "[...document.querySelectorAll('.pg-pins-list button')].find(one => one.textContent === 'PNG').click()"
    )
    visit.wait("window.taken")
    assert visit.evaluate("taken.type") == "image/png"
    visit.evaluate("void createImageBitmap(taken).then(picture => (window.size = [picture.width, picture.height]))")
    width, height = visit.wait("window.size")
    assert width == 2200 and height > 200
    visit.press(ESCAPE)

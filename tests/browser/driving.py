"""What a visitor does, as steps for the tests: open, type, run, read."""

from __future__ import annotations

import re
import time
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, expect

# The lines that a run may end with say so by their class.
ENDED = ("done", "error", "stopped")


# What each page has asked its server and wasn't wholly answered yet.
_ASKED: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def note_requests(page: Page) -> None:
    """From now on, knows what the page waits for (see `settle`)."""
    asked = _ASKED.setdefault(page, set())

    def asks(request: Request) -> None:
        # The heartbeat stays open as long as the page.
        if "/gradio_api/" in request.url and "/heartbeat/" not in request.url:
            asked.add(request)

    page.on("request", asks)
    for ending in ("requestfinished", "requestfailed"):
        page.on(ending, lambda request: asked.discard(request))  # type: ignore[call-overload]


def settle(page: Page, seconds: float = 10) -> None:
    """Waits until the page waits for nothing: what leaving it cuts off, Gradio calls an error in the console."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.wait_for_timeout(60)
        if not _ASKED.get(page):
            return
    raise AssertionError(f"still waiting for {[request.url for request in _ASKED[page]]}")


def reload(page: Page) -> None:
    settle(page)
    page.reload()


def other_language(page: Page) -> None:
    """The same place in the page's other language, by its link."""
    settle(page)
    page.locator(".pg-language").click()


def open_topic(page: Page, address: str, slug: str, language: str = "zh", query: str = "") -> None:
    """The page in a language with a topic open, by its link."""
    settle(page)
    page.goto(f"{address}{'en' if language == 'en' else ''}#{slug}{query}")
    expect(run_button(page, slug)).to_be_visible()


def run_button(page: Page, place: str) -> Locator:
    return page.locator(f"#pg-run-{place} .pg-run-button")


def stop_button(page: Page, place: str) -> Locator:
    return page.locator(f"#pg-run-{place} .pg-stop-button")


def control(page: Page, place: str, path: str) -> Locator:
    return page.locator(f"#pg-{place}--{path.replace('.', '-').replace('_', '-')}")


def write(page: Page, place: str, path: str, text: str) -> None:
    box = control(page, place, path).locator("textarea, input[type=text]").first
    box.fill(text)
    expect(box).to_have_value(text)


def choose(page: Page, place: str, path: str, value: str) -> None:
    page.locator(f"#pg-{place}--{path.replace('.', '-').replace('_', '-')} label:has(input[value='{value}'])").click()


def _line_of(place: str) -> str:
    return f"#pg-run-{place} ~ .pg-status [role=status], .column:has(> #pg-run-{place}) .pg-status [role=status]"


def status(page: Page, place: str) -> Locator:
    return page.locator(_line_of(place)).first


def panel(page: Page, place: str, name: str) -> Locator:
    return page.locator(f"#pg-panel-{place}-{name}")


# Notes every class that an element has from now on: a run may end before the next look at it.
_NOTE_CLASSES = """line => {
    line.classesSeen = [];
    line.classNotes?.disconnect();
    line.classNotes = new MutationObserver(() => line.classesSeen.push(line.className));
    line.classNotes.observe(line, { attributes: true, attributeFilter: ['class'] });
}"""


def run(page: Page, place: str, *, ends: str = "done", seconds: float = 900) -> Locator:
    """Press Run, wait until this run has begun and has ended as expected (a pattern); the line under the buttons."""
    line = status(page, place)
    line.evaluate(_NOTE_CLASSES)
    run_button(page, place).click()
    handle = line.element_handle()
    page.wait_for_function(
        "line => line.classesSeen.findIndex(seen => /running|waiting/.test(seen)) >= 0",
        arg=handle,
        timeout=1000 * seconds,
    )
    return ended(page, place, ends=ends, seconds=seconds)


def ended(page: Page, place: str, *, ends: str = "done", seconds: float = 900) -> Locator:
    """Waits until the run has ended, at once fails if it hasn't ended as expected (a pattern); the line under the buttons."""
    # In one look: between two of them another run may begin.
    looked = page.wait_for_function(
        """([line, ended]) => {
            const found = document.querySelector(line);
            return ended.some((one) => found?.classList.contains(`pg-status-${one}`)) && [found.className, found.innerText];
        }""",
        arg=[_line_of(place), ENDED],
        timeout=1000 * seconds,
    )
    found, text = looked.json_value()
    assert re.search(f"pg-status-{ends}", found), f"{found}: {text}"
    return status(page, place)


def open_folds(page: Page, place: str) -> None:
    """Opens every folded panel that has something to show, so that it is drawn."""
    closed = f"#pg-lab-{place} .pg-panel-fold > button:not(.open)"
    page.evaluate(
        "closed => document.querySelectorAll(closed).forEach((button) => button.getClientRects().length && button.click())",
        closed,
    )
    expect(page.locator(f"{closed}:visible")).to_have_count(0)
    # Until a chart is drawn, Gradio's own placeholder is there.
    expect(page.locator(f"#pg-lab-{place} .empty[aria-label]:visible")).to_have_count(0)
    page.wait_for_timeout(500)


def open_more(page: Page, place: str) -> None:
    page.locator(f"#pg-lab-{place} .pg-more > button").first.click()


def switch_theme(page: Page) -> None:
    """Dark instead of light, or light again."""
    page.locator(
        ".pg-header button[aria-label='切换深色与浅色'], .pg-header button[aria-label='Switch between dark and light']"
    ).click()
    page.wait_for_timeout(600)  # colours fade


def wide(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def barriers(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it is: rule, and the first elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {' '.join(node['html'][:120] for node in violation['nodes'][:4])}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]

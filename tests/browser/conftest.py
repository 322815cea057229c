"""Chromium and the servers that it is driven against: one of each for the session, a fresh page for each test that asks for one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser.drawings import PLACE, bare
from tests.browser.driving import note_requests
from tests.servers import serve

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Tests are never timed: a page on a busy machine answers late, and a limit only ends a test that hangs.
LONGEST = 180_000
# Characters of a server's log.
LAST_WORDS = 6000
expect.set_options(timeout=LONGEST)


def room(browser: Browser, **options: Any) -> BrowserContext:
    """Opens a context, with options of Playwright's `new_context`, whose pages have the time that a busy machine needs."""
    # Bars that move keep a processor without a GPU busy, and labs run beside.
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(LONGEST)
    return context


def empty_page(browser: Browser, **viewport: int) -> Iterator[Page]:
    """Yields a page with nothing in it; then fails for an error in its console."""
    page = room(browser, viewport=viewport).new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []
    page.context.close()


def drawings_alone(browser: Browser, panel: str, **viewport: int) -> Iterator[Page]:
    """Yields a page with the drawings in the frame of `panel` (place-name), and a page's script that only notes what it is asked for
    in `asked`; then fails for an error in the console."""
    for page in empty_page(browser, **viewport):
        bare(page, body=f'<div id="pg-panel-{panel}">{PLACE}</div>')
        page.evaluate(
            "() => { window.asked = []; window.playground = { move: (place, move) => asked.push([place, move]) }; }"
        )
        yield page


@dataclass
class Watched:
    """A page, and what it must not do."""

    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def see(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def check(self) -> None:
        """Fails for an error in the console and for a request to another host."""
        assert not self.errors
        assert not self.outside


def watch(page: Page) -> Watched:
    """Watches a page from now on."""
    watched = Watched(page)
    page.on("console", watched.hear)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("request", watched.see)
    note_requests(page)
    return watched


_LOGS = pytest.StashKey[list[Path]]()


def logs(session: pytest.Session) -> list[Path]:
    """Where the servers of this session write what they say."""
    return session.stash.setdefault(_LOGS, [])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure in the browser comes with the last that its servers said: the page says only that something went wrong inside."""
    report = yield
    if report.failed:
        for log in logs(item.session):
            report.sections.append((f"end of {log}", log.read_text(errors="replace")[-LAST_WORDS:]))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def fake_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("fake-server") / "log.txt"
    with serve(["-m", "tests.browser.fake_app"], log, OMP_NUM_THREADS="1") as address:
        logs(request.session).append(log)
        yield address


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real app with the real model, on the results that this session's tests have computed."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serve(["-m", "tests.real_app"], log) as address:
        logs(request.session).append(log)
        yield address


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """What all pages share: Gradio's own files, which take longer to load than the page, are in its cache."""
    profile = room(browser, viewport={"width": 1440, "height": 1000})
    yield profile
    profile.close()


@pytest.fixture
def context(profile: BrowserContext) -> Iterator[BrowserContext]:
    """A browser that remembers nothing of earlier tests but files."""
    yield profile
    for page in profile.pages:
        if page.url.startswith("http"):
            page.evaluate("localStorage.clear()")
        page.close()


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    """A page that fails its test for an error in the console or a request to another host."""
    watched = watch(context.new_page())
    yield watched
    watched.check()


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page

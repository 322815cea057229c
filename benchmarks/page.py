"""Times the start, loading of the model, page and tabs in Chromium, compared with a plain Gradio app of the same size."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.comparison import Table, against, seconds
from benchmarks.serving import served
from playground.lab.timing import Stopwatch, Timing

STARTS = 3
VISITS = 7


def size_of(address: str) -> tuple[int, int]:
    """Returns the numbers of tabs and components of the page."""
    with urllib.request.urlopen(address + "config", timeout=60) as answer:
        kinds = [component["type"] for component in json.load(answer)["components"]]
    return kinds.count("tabitem"), len(
        [kind for kind in kinds if kind not in ("tabs", "tabitem", "row", "column", "group")]
    )


def ready(page: Page, address: str) -> float:
    """Returns seconds from requesting the page to a clickable button."""
    watch = Stopwatch()
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        """() => [...document.querySelectorAll('button')].some(
        button => /^(运行|Run)/.test(button.textContent.trim()) && button.offsetParent && !button.disabled)""",
        polling=20,
    )
    return watch.seconds()


# A tab is drawn once a Run button is visible that wasn't before.
SWITCH = """async (index) => {
    const seen = () => [...document.querySelectorAll('button')].filter(
        button => button.offsetParent && /^(运行|Run)/.test(button.textContent.trim()));
    const tabs = [...document.querySelectorAll('[role=tab]')].filter(tab => tab.offsetParent);
    const tab = tabs[index % tabs.length];
    const before = new Set(seen());
    const start = performance.now();
    tab.click();
    while (tab.getAttribute('aria-selected') !== 'true' || !seen().some(button => !before.has(button))) {
        if (performance.now() - start > 20000) throw new Error('tab ' + tab.textContent + ' never showed');
        await new Promise(done => requestAnimationFrame(done));
    }
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return (performance.now() - start) / 1000;
}"""


def switches(page: Page) -> tuple[list[float], list[float]]:
    """Returns seconds from a click on each visible tab to its Run button: at the first visit, and at later ones."""
    count = page.evaluate("[...document.querySelectorAll('[role=tab]')].filter(tab => tab.offsetParent).length")
    laps = []
    for number in range(1, 3 * count):
        laps.append(float(page.evaluate(SWITCH, number % count)))
        page.wait_for_timeout(150)
    return laps[: count - 1], laps[count - 1 :]


def starting(sizes: tuple[int, int]) -> list[Table]:
    answers: dict[str, list[float]] = {"ours": [], "plain Gradio": []}
    models: list[float] = []
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for _ in range(STARTS):
            with served("-m", "benchmarks.app_not_ahead") as server:
                answers["ours"].append(server.wait())
                page = browser.new_page()
                page.goto(server.address)
                page.wait_for_selector(".pg-banner-ready", state="attached", timeout=120_000)
                models.append(server.watch.seconds())
                page.close()
            with served("benchmarks/plain_page.py", *map(str, sizes)) as server:
                answers["plain Gradio"].append(server.wait())
    timings = {name: Timing.of(laps) for name, laps in answers.items()}
    ready_model = Timing.of(models)
    return [
        against("Start to first page served", timings, "plain Gradio", goal="3 s; not met: docs/decisions/the-page-before-the-model.md says why."),
        Table(
            "Start to model ready", ("", "median", f"least – most of {STARTS}"),
            (("ours, weights in the cache, read off an open page", seconds(ready_model.median), f"{seconds(ready_model.low)} – {seconds(ready_model.high)}"),),
            goal="5 s after the first page.",
        ),
    ]  # fmt: skip


def opening(sizes: tuple[int, int]) -> list[Table]:
    visits: dict[str, list[float]] = {"ours": [], "plain Gradio": []}
    firsts: dict[str, list[float]] = {}
    agains: dict[str, list[float]] = {}
    with (
        sync_playwright() as playwright,
        chromium(playwright) as browser,
        served("-m", "benchmarks.app_not_ahead") as ours,
        served("benchmarks/plain_page.py", *map(str, sizes)) as plain,
    ):
        ours.wait()
        plain.wait()
        page = browser.new_page()
        page.goto(ours.address)
        page.wait_for_selector(".pg-banner-ready", state="attached", timeout=120_000)
        page.close()
        for visit in range(VISITS + 1):
            for name, address in (("ours", ours.address), ("plain Gradio", plain.address)):
                page = browser.new_context().new_page()
                lap = ready(page, address)
                if visit:
                    visits[name].append(lap)
                if visit == VISITS:
                    firsts[name], agains[name] = switches(page)
                page.context.close()
    note = (
        f"Both pages declare {sizes[0]} tabs and about {sizes[1]} components. Each visit with an empty browser cache."
    )
    return [
        against(
            "Page ready: a button that can be pressed", timings_of(visits), "plain Gradio", goal="1.5 s.", notes=note
        ),
        against(
            "Opening a tab for the first time",
            timings_of(firsts),
            "plain Gradio",
            notes="Ours builds a tab when it is first seen.",
        ),
        against("Switching to a tab that was open before", timings_of(agains), "plain Gradio", goal="0.15 s."),
    ]


def timings_of(laps: dict[str, list[float]]) -> dict[str, Timing]:
    return {name: Timing.of(values) for name, values in laps.items()}


@contextmanager
def chromium(playwright: Any) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    try:
        yield browser
    finally:
        browser.close()


def main() -> None:
    with served("-m", "benchmarks.app_not_ahead") as server:
        server.wait()
        sizes = size_of(server.address)
    for table in (*starting(sizes), *opening(sizes)):
        print(table.markdown())


if __name__ == "__main__":
    main()

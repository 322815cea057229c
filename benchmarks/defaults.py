"""Every topic's default run in Chromium, from the click: the first panel and the last. Then the same click, which is remembered, and
the same run computed again, on weights that a first run built.

The server is the real app in an empty cache of results, with nothing computed ahead.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.comparison import Table, seconds
from benchmarks.page import chromium
from benchmarks.serving import at_rest, served
from playground import catalog
from playground.lab.timing import Timing
from playground.models.cache import cache_folder
from playground.models.embedded import FOLDER

REMEMBERED_CLICKS = 5
RUN, RUN_AGAIN = ".pg-run-button", ".pg-status-remembered button"

# Resolves to [seconds to the first panel, seconds to the end], each with the frame that shows it painted. `chosen`: what is clicked.
CLICK = """async ([slug, chosen]) => {
    const lab = document.querySelector(`#pg-lab-${slug}`);
    const state = () => [...lab.querySelectorAll('[class*="pg-status-"]')].map(node => node.className).join(' ');
    const painted = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const shown = () => lab.querySelectorAll('.pg-frame').length && [...lab.querySelectorAll('[id^="pg-panel-"]')].some(
        panel => panel.offsetParent);
    const start = performance.now();
    lab.querySelector(chosen).click();
    let first = null;
    // The earlier result's status is shown until the new run begins.
    while (/pg-status-(done|error|stopped)/.test(state())) {
        await new Promise(done => requestAnimationFrame(done));
        if (performance.now() - start > 300000) throw new Error(slug + ' never began');
    }
    for (;;) {
        await new Promise(done => requestAnimationFrame(done));
        if (first === null && shown()) { await painted(); first = (performance.now() - start) / 1000; }
        if (/pg-status-(done|error|stopped)/.test(state())) break;
        if (performance.now() - start > 300000) throw new Error(slug + ' never ended');
    }
    if (!/pg-status-done/.test(state())) throw new Error(slug + ' ended as ' + state());
    await painted();
    return [first, (performance.now() - start) / 1000];
}"""

# As above for a place that shows an earlier result: it ends when the status is done again after the click. An observer hears
# of every change: frames are too far apart while a page draws all its panels.
REMEMBERED = """(slug) => new Promise((resolve, reject) => {
    const lab = document.querySelector(`#pg-lab-${slug}`);
    const state = () => [...lab.querySelectorAll('[class*="pg-status-"]')].map(node => node.className).join(' ');
    let ran = false;
    const observer = new MutationObserver(() => {
        if (/pg-status-(running|waiting)/.test(state())) ran = true;
        if (!ran || !/pg-status-(done|error|stopped)/.test(state())) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve((performance.now() - start) / 1000)));
    });
    observer.observe(lab, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
    setTimeout(() => reject(new Error(slug + ' never ended the second time')), 60000);
    const start = performance.now();
    lab.querySelector('.pg-run-button').click();
})"""


def opened(page: Page, address: str, slug: str) -> None:
    """Opens a topic by its link and waits until it can be run."""
    page.goto("about:blank")
    page.goto(f"{address}#{slug}")
    page.wait_for_selector(f"#pg-run-{slug} .pg-run-button:visible", timeout=60_000)
    page.wait_for_timeout(1500)


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, chromium(playwright) as browser:
        # The weights, and none of the results that this machine remembers.
        (Path(folder) / FOLDER).symlink_to(cache_folder() / FOLDER)
        with served("-m", "benchmarks.app_not_ahead", PLAYGROUND_CACHE=folder) as server:
            server.wait()
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(server.address)
            page.wait_for_selector(".pg-banner-ready", state="attached", timeout=120_000)
            # The dictionary and the packed weights are built once the model is loaded.
            at_rest(server.process)
            for topic in catalog.topics():
                opened(page, server.address, topic.slug)
                first, whole = page.evaluate(CLICK, [topic.slug, RUN])
                page.wait_for_timeout(1000)
                laps = []
                for _ in range(REMEMBERED_CLICKS):
                    laps.append(float(page.evaluate(REMEMBERED, topic.slug)))
                    page.wait_for_timeout(500)
                again = Timing.of(laps)
                _, anew = page.evaluate(CLICK, [topic.slug, RUN_AGAIN])
                rows.append((
                    topic.slug, seconds(first), seconds(whole), seconds(anew), seconds(again.median), f"{whole / again.median:.0f}",
                ))  # fmt: skip
                # Takes minutes: says where it is.
                print(*rows[-1], sep="  ", file=sys.stderr, flush=True)
    print(
        Table(
            "Default runs, from the click in Chromium",
            (
                "topic",
                "first panel",
                "whole",
                "whole, computed again",
                "the same click again, remembered",
                "times as fast",
            ),
            tuple(rows),
            goal="first panel 1 s, whole 8 s, remembered 0.3 s to the last panel.",
            notes=f"Chinese defaults, each once, in the order of the table, on a server at rest whose results are empty; a first"
            f" run builds the weights and reads the data that it needs; computed again, they are there. Chromium runs on the same two cores. Remembered: the median of {REMEMBERED_CLICKS} clicks.",
        ).markdown()
    )


if __name__ == "__main__":
    main()

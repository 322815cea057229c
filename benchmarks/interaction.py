"""Times what the page answers without a run: from a click or a key to the frame that shows it, in Chromium, on the page with every topic."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, sync_playwright

from benchmarks.comparison import Table, seconds
from benchmarks.page import chromium
from benchmarks.serving import served
from playground.lab.timing import Timing

TIMES = 9
SLUG = "decoding"
# Two short runs, whose results the server then has in its cache.
RUNS = ("?max_tokens=8", "?max_tokens=12")
TYPED = "attention head"

# Acts, then waits until `done` holds and the frame that shows it is over.
TIMED = """async ([act, done, argument]) => {
    const check = new Function('argument', `return ${done}`);
    const start = performance.now();
    new Function('argument', act)(argument);
    while (!check(argument)) {
        if (performance.now() - start > 20000) throw new Error('never: ' + done);
        await new Promise((next) => requestAnimationFrame(next));
    }
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    return (performance.now() - start) / 1000;
}"""
LAB = f"document.querySelector('#pg-lab-{SLUG}')"
FIGURES = f"document.querySelector('#pg-panel-{SLUG}-figures')"
DIALOG = "document.querySelector('dialog.pg-palette-box')"
LINE = f"document.querySelector('#pg-run-{SLUG}').parentElement.querySelector('.pg-status [role=status]')"


def timed(page: Page, act: str, done: str, argument: object = None) -> float:
    """Returns seconds from an act to the frame that shows that it is done; `act` and `done` are scripts of `argument`."""
    return float(page.evaluate(TIMED, [act, done, argument]))


def run(page: Page) -> str:
    """Runs the lab to its end and returns the figures that it shows."""
    page.evaluate(
        f"new Promise((ended) => {{ document.querySelector('#pg-run-{SLUG} .pg-run-button').click();"
        f"setTimeout(function look() {{ /done/.test({LINE}.className) ? ended() : setTimeout(look, 50); }}, 500); }})"
    )
    return str(page.evaluate(f"{FIGURES}.innerText"))


def prepared(page: Page, address: str) -> list[str]:
    """Opens the topic, runs it with both settings, and returns the figures of each."""
    page.goto(f"{address}en#{SLUG}{RUNS[0]}")
    page.wait_for_selector(".pg-banner-ready", state="attached", timeout=120_000)
    page.wait_for_selector(f"#pg-run-{SLUG} .pg-run-button", timeout=60_000)
    page.wait_for_timeout(1000)
    figures = [run(page)]
    page.evaluate(f"location.hash = '#{SLUG}{RUNS[1]}'")
    page.wait_for_timeout(1500)
    return [*figures, run(page)]


def first_word(page: Page) -> float:
    """The dock says that the run begins; its result is in the cache."""
    lap = timed(
        page, f"document.querySelector('#pg-run-{SLUG} .pg-run-button').click()",
        f"/running|waiting/.test({LINE}.className) && {LINE}.querySelector('.pg-status-text').textContent",
    )  # fmt: skip
    page.wait_for_function(f"/done/.test({LINE}.className)")
    page.wait_for_timeout(600)
    return lap


def present(page: Page) -> float:
    lap = timed(
        page, f"{FIGURES}.querySelector('.pg-present').click()",
        f"document.querySelector('.pg-stage-bar') && Math.abs({FIGURES}.getBoundingClientRect().width - innerWidth) < 2",
    )  # fmt: skip
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    return lap


def restorer(figures: list[str]) -> Callable[[Page], float]:
    def restore(page: Page) -> float:
        """The panels show the other of two runs, by its chip."""
        now = page.evaluate(f"{FIGURES}.innerText")
        wanted = figures[1] if now == figures[0] else figures[0]
        lap = timed(page, f"{LAB}.querySelector('.pg-run-chip:not([aria-current])').click()", f"{FIGURES}.innerText === argument", wanted)  # fmt: skip
        page.wait_for_timeout(1000)
        return lap

    return restore


def compare(page: Page) -> float:
    """The values of the other run are behind the last one's."""
    act = f"{LAB}.querySelector('.pg-run-compare').click()"
    lap = timed(page, act, f"{FIGURES}.querySelector('.pg-was')")
    timed(page, act, f"!{FIGURES}.querySelector('.pg-was')")
    page.wait_for_timeout(300)
    return lap


def palette(page: Page) -> float:
    lap = timed(
        page, "dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))",
        f"{DIALOG}.open && {DIALOG}.querySelectorAll('li').length >= 30",
    )  # fmt: skip
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    return lap


def keys(page: Page) -> list[float]:
    """Each key of a query in the palette, with every entry there."""
    page.keyboard.press("Control+k")
    page.wait_for_function(f"{DIALOG}.open")
    page.evaluate(f"{DIALOG}.querySelector('input').value = ''")
    laps = []
    for length in range(1, len(TYPED) + 1):
        # The list is made anew by each key.
        act = f"{DIALOG}.querySelector('ul').firstChild?.setAttribute('data-old', ''); const input = {DIALOG}.querySelector('input'); input.value = argument; input.dispatchEvent(new Event('input'))"
        laps.append(timed(page, act, f"{DIALOG}.querySelector('li:not([data-old])')", TYPED[:length]))
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    return laps


def main() -> None:
    laps: dict[str, list[float]] = {}
    with (
        sync_playwright() as playwright,
        chromium(playwright) as browser,
        served("-m", "benchmarks.app_not_ahead") as server,
    ):
        server.wait()
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        figures = prepared(page, server.address)
        acts: dict[str, Callable[[Page], float]] = {
            "Run: the dock's first word": first_word,
            "one panel in front": present,
            "an earlier run restored": restorer(figures),
            "an earlier run compared": compare,
            "the palette, with every topic": palette,
        }
        for name, act in acts.items():
            act(page)  # what a first time loads
            laps[name] = [act(page) for _ in range(TIMES)]
        page.keyboard.press("Control+k")
        page.wait_for_function(
            f"(() => {{ const input = {DIALOG}.querySelector('input'); input.value = 'lora'; input.dispatchEvent(new Event('input'));"
            f"return {DIALOG}.querySelector('li.pg-palette-term'); }})()"
        )
        page.keyboard.press("Escape")
        laps[f"a key in the palette ({len(TYPED)} keys)"] = keys(page)
    rows = tuple(
        (name, seconds(timing.median), f"{seconds(timing.low)} – {seconds(timing.high)}", str(timing.repeats))
        for name, timing in ((name, Timing.of(values)) for name, values in laps.items())
    )
    print(
        Table(
            "Answers of the page, from the click to the frame that shows it", ("", "median", "least – most", "times"), rows,
            goal="0.1 s each.",
            notes="Two frames of the display, 33 ms, are in each. Both runs are in the server's cache; the page has every topic.",
        ).markdown()
    )  # fmt: skip


if __name__ == "__main__":
    main()

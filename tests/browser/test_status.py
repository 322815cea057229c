"""What is beside the panels, on a bare page with the page's own scripts: status, what is remembered, the verdict."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from components import theme
from tests.browser.test_page import HOSTILE

FACTS = {
    "language": "en",
    "words": {
        "title": "T",
        "starting": "Starting",
        "changed": "Changed since",
        "to_field": "Go to it",
        "elapsed": "{seconds} s",
        "about": "",
        "copy_link": "",
        "theme": "",
    },
    "places": {
        "here": {
            "fields": [{"path": "text", "id": "pg-here--text", "value": "hi"}],
            "text": "text",
            "group": "g",
            "panels": [],
        }
    },
    "fold": "fold",
    "bench": "",
}
BODY = """<div id="header"></div><div id="pg-run-here"><button class="pg-run-button">Run</button></div><div id="status"></div>
<div class="pg-results"><div class="pg-verdict"><div id="verdict"></div></div><div id="pg-panel-here-words" class="pg-frame"></div></div>"""
MOUNT = """facts => {
  // As Gradio does: a component's value, and what hears its changes.
  const mount = (drawing, value) => {
    const props = { value }, heard = [];
    playground[drawing](document.getElementById(drawing), props, (_, listener) => heard.push(listener), () => {});
    window[drawing + "Is"] = (value) => { props.value = value; for (const listener of heard) listener(); };
  };
  mount("header", facts);
  mount("status", { place: "here", state: "idle" });
  mount("verdict", { place: "here" });
  // A click on Run, with the field, a guess and the flag.
  window.sent = [];
  document.querySelector(".pg-run-button").onclick = () => sent.push(playground.started("here", ["hi", "guess", null]));
}"""
REMEMBERED = {"text": "Remembered: computed today", "again": "Run again"}


@pytest.fixture
def lab(page: Page) -> Page:
    """The bare page."""
    page.set_content(f"<html><head>{theme.head()}<style>{theme.style_sheet()}</style></head><body>{BODY}</body></html>")
    page.evaluate(MOUNT, FACTS)
    return page


def tell(lab: Page, state: str, **more: Any) -> None:
    """The server's next status."""
    lab.evaluate("status => statusIs(status)", {"place": "here", "state": state, "text": "1 s", "fresh": [], **more})


def test_what_is_remembered_is_said_with_a_button_that_computes_it_anew(lab: Page) -> None:
    button = lab.locator(".pg-again")
    expect(button).to_be_hidden()
    lab.locator(".pg-run-button").click()
    tell(lab, "done", remembered=REMEMBERED)
    expect(lab.locator("#status")).to_contain_text("1 sRemembered: computed todayRun again")
    lab.evaluate("playground.ended('here')")
    button.focus()
    lab.keyboard.press("Enter")
    expect(button).to_be_hidden()
    tell(lab, "done")
    expect(button).to_be_hidden()
    lab.evaluate("playground.ended('here')")
    lab.locator(".pg-run-button").click()
    assert lab.evaluate("sent") == [["hi", "guess", False], ["hi", "guess", True], ["hi", "guess", False]]


def test_the_verdict_stands_while_its_run_is_the_last(lab: Page) -> None:
    verdict = lab.locator(".pg-verdict")
    expect(verdict).to_be_hidden()
    lab.locator(".pg-run-button").click()
    tell(lab, "running", verdict="")
    expect(verdict).to_be_hidden()
    tell(lab, "done", verdict="B is twice A.")
    expect(verdict).to_have_text("B is twice A.")
    lab.locator(".pg-run-button").click()
    expect(verdict).to_be_hidden()
    for ending in ("stopped", "error"):
        tell(lab, ending)
        expect(verdict).to_be_hidden()
    tell(lab, "done", verdict="")
    expect(verdict).to_be_hidden()


def test_texts_stay_text(lab: Page) -> None:
    tell(lab, "done", text=HOSTILE, verdict=HOSTILE, remembered={"text": HOSTILE, "again": HOSTILE})
    expect(lab.locator(".pg-verdict")).to_have_text(HOSTILE)
    expect(lab.locator(".pg-again")).to_have_text(HOSTILE)
    assert lab.locator("img").count() == 0
    assert lab.evaluate("window.hacked") is None

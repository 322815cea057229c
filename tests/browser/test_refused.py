"""What the page says of a server that refuses a click: in its language, and what to do."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from components import words
from playground.lab.cost import about
from playground.lab.text import Language
from tests.browser.conftest import Watched
from tests.browser.driving import open_topic, run, run_button, status

JOIN = "**/gradio_api/queue/join*"


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_full_queue_says_when_to_come_back_and_the_next_click_runs(
    page: Page, watched: Watched, fake_server: str, language: Language
) -> None:
    # In this form the gate answers: tests/components/test_gate.py.
    said = words.QUEUE_FULL.format(seconds=about(12.0)).in_(language)
    open_topic(page, fake_server, "counting", language)
    page.route(JOIN, lambda route: route.fulfill(status=429, json={"detail": said}))
    run_button(page, "counting").click()
    expect(status(page, "counting")).to_contain_text(said)
    page.unroute(JOIN)
    assert all("429" in error for error in watched.errors)
    watched.errors.clear()
    run(page, "counting")


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_page_that_the_server_knows_no_more_says_that_it_is_to_be_reloaded(
    page: Page, watched: Watched, fake_server: str, language: Language
) -> None:
    """As after a restart, when the events of a drawn tab are nobody's."""

    def of_an_earlier_server(route: Route) -> None:
        data = json.loads(route.request.post_data or "{}")
        route.continue_(post_data=json.dumps(data | {"fn_index": 99_999}))

    open_topic(page, fake_server, "counting", language)
    page.route(JOIN, of_an_earlier_server)
    run_button(page, "counting").click()
    expect(status(page, "counting")).to_contain_text(words.EXPIRED.in_(language))
    page.unroute(JOIN)
    assert all("410" in error for error in watched.errors)
    watched.errors.clear()
    page.reload()
    run(page, "counting")

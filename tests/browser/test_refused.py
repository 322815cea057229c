"""What the page says of a server that refuses a click: in its language, and what to do."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.client import OpenPage, Request, Visitor
from components import words
from playground.lab.cost import about
from playground.lab.text import Language
from tests.browser.conftest import Watched
from tests.browser.driving import open_topic, panel, run, run_button, status, write
from tests.servers import serve
from tests.test_gate import request

JOIN = "**/gradio_api/queue/join*"
# By which Gradio's page asks for what goes past its queue.
DIRECT = re.compile("/gradio_api/run/")
MEANWHILE = {
    Language.ZH: "下面先给出本题示例的结果",
    Language.EN: "Meanwhile, below is the result of this topic's example",
}
FIRST = {Language.ZH: "今天天气很好", Language.EN: "Fine weather"}


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_full_queue_says_when_to_come_back_and_the_next_click_runs(
    page: Page, watched: Watched, fake_server: str, language: Language
) -> None:
    # In this form the gate answers: tests/components/test_gate.py.
    said = words.QUEUE_FULL.format(seconds=about(12.0)).in_(language)
    open_topic(page, fake_server, "counting", language)
    run(page, "counting")
    write(page, "counting", "text", "three words more")
    run(page, "counting")
    write(page, "counting", "text", "refused")
    held: list[Route] = []
    page.route(DIRECT, lambda route: held.append(route))
    page.route(JOIN, lambda route: route.fulfill(status=429, json={"detail": said}))
    run_button(page, "counting").click()
    expect(status(page, "counting")).to_contain_text(said)
    expect(panel(page, "counting", "words")).to_contain_text("three words more")
    # The example comes past the queue.
    page.unroute(DIRECT)
    for route in held:
        route.continue_()
    expect(status(page, "counting")).to_contain_text(MEANWHILE[language])
    expect(panel(page, "counting", "words")).to_contain_text(FIRST[language])
    expect(panel(page, "counting", "words")).to_have_css("opacity", "1")
    page.unroute(JOIN)
    assert all("429" in error for error in watched.errors)
    watched.errors.clear()
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text("refused")


def slow(visitor: Visitor, held: ExitStack) -> OpenPage:
    """Opens a page with the slow topic."""
    page = held.enter_context(visitor.open("en"))
    page.draw("slow")
    return page


def test_where_gradios_queue_is_full_the_remembered_example_comes_at_once_to_pages_and_calls(
    page: Page, watched: Watched, tmp_path: Path
) -> None:
    with serve(["-m", "tests.browser.full_queue_app"], tmp_path / "log.txt", OMP_NUM_THREADS="1") as address:
        open_topic(page, address, "counting", "en")
        run(page, "counting")
        write(page, "counting", "text", "refused")
        with ExitStack() as held:
            visitors = [Visitor(address, f"127.0.0.{number}") for number in (2, 3)]
            pages = [slow(visitor, held) for visitor in visitors]
            for visitor, other in zip(visitors, pages, strict=True):
                other.click(Request("slow", "en", (("text", other.session),)), anew=True)
                stream = held.enter_context(visitor.listen(other.session))
                if other is pages[0]:
                    # It has the one thread from now on; the second one stays in the queue's only place.
                    next(line for line in stream if b"process_generating" in line)
            run_button(page, "counting").click()
            expect(status(page, "counting")).to_contain_text(MEANWHILE[Language.EN])
            expect(status(page, "counting")).to_contain_text("A place will be free in")
            expect(panel(page, "counting", "words")).to_contain_text(FIRST[Language.EN])
            code, body, headers = request(f"{address}gradio_api/call/run", {"data": ["counting", {"text": "x"}, "en"]})
            answer = json.loads(body)
            assert code == 503 and int(headers["retry-after"]) > 0
            assert "A place will be free in" in answer["error"]["message"]
            assert answer["example"]["settings"]["text"] == FIRST[Language.EN]
        assert all("429" in error for error in watched.errors)
        watched.errors.clear()


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

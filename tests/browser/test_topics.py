"""Every topic in a browser and over HTTP, on the real model's results; some run anew. A new topic is covered with no edit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from gradio_client import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from components.topic_tab import names_of_panels
from playground import catalog
from playground.lab.codec import without_measured
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from tests.browser.conftest import Watched, room, watch
from tests.browser.driving import (
    barriers,
    control,
    open_folds,
    open_topic,
    other_language,
    reload,
    run,
    run_button,
    settle,
    status,
    stop_button,
    switch_theme,
    wide,
    write,
)
from tests.every_topic.topics import sentence_of, smallest
from tests.runs import HOSTILE, chosen, due, every, finish, spoken

pytestmark = pytest.mark.model

OWN = {
    "zh": "新开的面馆味道不错，可惜等了一个小时，服务员也不太理人。",
    "en": "The new noodle shop tastes good, but we waited for an hour and nobody cared.",
}
TOPICS = catalog.topics()
# A text that goes on token by token, and explanations of a text. A conversation is run anew in tests/browser/test_chat.py.
RUN_FOR_REAL = [catalog.find(slug) for slug in ("decoding", "sentiment")]
by_slug = pytest.mark.parametrize("topic", TOPICS, ids=[topic.slug for topic in TOPICS])
# What the page does for every topic alike, and tests/browser/test_page.py shows on small ones.
SOME = TOPICS[::9]
by_some = pytest.mark.parametrize("topic", SOME, ids=[topic.slug for topic in SOME])


def drawn(page: Page, topic: AnyTopic) -> list[str]:
    """The panels that a visitor sees."""
    return [name for name in names_of_panels(topic) if page.locator(f"#pg-panel-{topic.slug}-{name}").is_visible()]


class Visitors:
    """A page in each language that goes from topic to topic by their links, as a visitor who stays does: it is loaded once."""

    def __init__(self, profile: BrowserContext, address: str) -> None:
        self._profile, self._address = profile, address
        self._pages: dict[str, Watched] = {}

    def at(self, topic: AnyTopic, language: str, values: dict[str, Any] | None = None) -> Page:
        """Opens a topic by a link with these values; returns the page once it has them."""
        if language not in self._pages:
            self._pages[language] = watch(self._profile.new_page())
        page = self._pages[language].page
        page.set_viewport_size({"width": 1440, "height": 1000})
        open_topic(page, self._address, topic.slug, language, f"?{urlencode(values)}" if values else "")
        if values and topic.text_field:
            expect(
                control(page, topic.slug, topic.text_field).locator("textarea, input[type=text]").first
            ).to_have_value(re.compile(re.escape(str(values[topic.text_field]).strip()[:8])))
        return page

    def leave(self) -> None:
        """Closes the pages; none of them may have had an error."""
        for watched in self._pages.values():
            settle(watched.page)
            watched.page.close()
            watched.check()


@pytest.fixture(scope="module")
def visitors(browser: Browser, server: str) -> Iterator[Visitors]:
    profile = room(browser)
    visitors = Visitors(profile, server)
    yield visitors
    visitors.leave()
    profile.close()


@by_slug
def test_the_first_click_gives_panels_that_fit_a_phone_too(visitors: Visitors, topic: AnyTopic) -> None:
    # Each topic is visited with each commit: with its defaults, or with a hostile text.
    if topic.text_field and due(topic.number) and not every():
        pytest.skip("with another commit")
    page = visitors.at(topic, spoken(topic.number)[0])
    run(page, topic.slug)
    assert drawn(page, topic)
    assert wide(page) <= 0
    open_folds(page, topic.slug)
    assert wide(page) <= 0
    # The language alternates by commit; both themes are checked in each.
    for theme in ("light", "dark"):
        assert barriers(page) == [], theme
        switch_theme(page)
        page.wait_for_timeout(500)  # colours fade over
    page.evaluate("scrollTo(0, 900)")
    expect(run_button(page, topic.slug)).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    page.set_viewport_size({"width": 390, "height": 640})
    page.wait_for_timeout(500)
    assert wide(page) <= 0
    # Both at one moment: panels that are still drawn move everything below the head.
    between = page.evaluate(
        """slug => {
          const guess = [...document.querySelectorAll(".pg-prediction")].find((one) => one.getClientRects().length);
          return document.querySelector(`#pg-lab-${slug} > .pg-controls`).getBoundingClientRect().top - guess.getBoundingClientRect().bottom;
        }""",
        topic.slug,
    )
    assert between >= 0, "nothing lies upon the question"


@pytest.mark.parametrize("topic", RUN_FOR_REAL, ids=[topic.slug for topic in RUN_FOR_REAL])
def test_a_topic_stops_and_runs_again_with_own_text(page: Page, server: str, topic: AnyTopic) -> None:
    open_topic(page, server, topic.slug, "en")
    if topic.text_field:
        write(
            page, topic.slug, topic.text_field, "A text that nobody has run before, so that there is something to stop."
        )
    run_button(page, topic.slug).click()
    expect(status(page, topic.slug)).not_to_have_class("pg-status-idle")
    stop_button(page, topic.slug).click()
    # A run that was over before the click is done; any other has stopped.
    expect(status(page, topic.slug)).to_have_class("pg-status-stopped")
    if topic.text_field:
        write(page, topic.slug, topic.text_field, OWN["en"])
    run(page, topic.slug)
    assert drawn(page, topic)


@by_slug
def test_hostile_text_stays_text(visitors: Visitors, topic: AnyTopic) -> None:
    """Draws what the test of every topic computed of this text, at the smallest numbers."""
    if not topic.text_field:
        pytest.skip("takes no text")
    if not due(topic.number):
        pytest.skip("with another commit")
    language = list(Language)[topic.number % 2]
    values = smallest(topic) | sentence_of(topic, HOSTILE)
    page = visitors.at(topic, str(language), values)
    run(page, topic.slug, ends="(done|error)")
    open_folds(page, topic.slug)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_topic_over_http_gives_the_bytes_that_it_gave_before(server: str) -> None:
    """The second run of the same settings: in another process, after other runs, and through the public endpoint.

    Of every tenth topic, drawn by the commit: runs are scarce.
    """
    client = Client(server, verbose=False, analytics_enabled=False)
    for topic in (topic for topic in catalog.topics() if chosen(topic.number % 10, 10)):
        language = spoken(topic.number)[0]
        first = finish(topic.slug, {}, language)
        again = client.predict(topic.slug, {}, str(language), True, api_name="/run")
        assert again.get("topic") == topic.slug, again
        expected = catalog.as_json(topic, first, language)
        for part in ("settings", "result", "findings"):
            assert without_measured(again[part]) == without_measured(json.loads(json.dumps(expected[part]))), topic.slug
        if not measured(expected["findings"]):
            assert again["verdict"] == expected["verdict"]


def measured(findings: dict[str, Any]) -> bool:
    """Whether findings hold times, which may be in the verdict."""
    return bool(findings.get("measured"))


@by_some
def test_the_other_language_keeps_the_text_and_a_reload_too(page: Page, server: str, topic: AnyTopic) -> None:
    if not topic.text_field:
        pytest.skip("takes no text")
    open_topic(page, server, topic.slug, "zh")
    write(page, topic.slug, topic.text_field, OWN["zh"])
    other_language(page)
    box = control(page, topic.slug, topic.text_field).locator("textarea")
    expect(box).to_have_value(OWN["zh"])
    expect(run_button(page, topic.slug)).to_have_text("Run")
    reload(page)
    expect(box).to_have_value(OWN["zh"])


@by_slug
def test_an_empty_text_is_refused_in_words(visitors: Visitors, topic: AnyTopic) -> None:
    if not topic.text_field:
        pytest.skip("takes no text")
    # In one of the languages each: the words in both are those of tests/every_topic.
    language, word = (("zh", "是空的"), ("en", "is empty"))[topic.number % 2]
    page = visitors.at(topic, language, {topic.text_field: OWN[language]})
    write(page, topic.slug, topic.text_field, " \n ")
    expect(run(page, topic.slug, ends="error")).to_contain_text(word)

"""Every topic in a browser, with the real model and texts of a visitor's own. A new topic is covered with no edit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from components.topic_tab import names_of_panels
from playground import catalog
from playground.lab.topic import Topic
from tests.browser.driving import (
    control,
    open_topic,
    other_language,
    reload,
    run,
    run_button,
    status,
    stop_button,
    wide,
    write,
)

pytestmark = pytest.mark.model

OWN = {
    "zh": "新开的面馆味道不错，可惜等了一个小时，服务员也不太理人。",
    "en": "The new noodle shop tastes good, but we waited for an hour and nobody cared.",
}
HOSTILE = "<img src=x onerror=window.hacked=1> 很好 ${1+1} {{1+1}} </textarea><script>window.hacked=1</script>"
TOPICS = catalog.topics()
by_slug = pytest.mark.parametrize("topic", TOPICS, ids=[topic.slug for topic in TOPICS])


def drawn(page: Page, topic: Topic) -> list[str]:
    """The panels that a visitor sees."""
    return [name for name in names_of_panels(topic) if page.locator(f"#pg-panel-{topic.slug}-{name}").is_visible()]


@by_slug
def test_the_first_click_gives_panels_that_fit_a_phone_too(page: Page, server: str, topic: Topic) -> None:
    open_topic(page, server, topic.slug, "zh")
    run(page, topic.slug, seconds=120)
    assert drawn(page, topic)
    assert wide(page) <= 0
    page.evaluate("scrollTo(0, 900)")
    expect(run_button(page, topic.slug)).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    page.set_viewport_size({"width": 390, "height": 640})
    page.wait_for_timeout(500)
    assert wide(page) <= 0
    guess = page.locator(".pg-prediction:visible").bounding_box()
    controls = page.locator(f"#pg-lab-{topic.slug} > .pg-controls").bounding_box()
    assert guess and controls and guess["y"] + guess["height"] <= controls["y"], "nothing lies upon the question"


@by_slug
def test_every_topic_stops_and_runs_again_with_own_text(page: Page, server: str, topic: Topic) -> None:
    open_topic(page, server, topic.slug, "en")
    run_button(page, topic.slug).click()
    expect(status(page, topic.slug)).not_to_have_class("pg-status-idle")
    stop_button(page, topic.slug).click()
    # A run that was over before the click is done; any other has stopped.
    expect(status(page, topic.slug)).to_have_class("pg-status-stopped", timeout=5000)
    if topic.text_field:
        write(page, topic.slug, topic.text_field, OWN["en"])
    run(page, topic.slug, seconds=120)
    assert drawn(page, topic)


@by_slug
def test_hostile_text_stays_text(page: Page, server: str, topic: Topic) -> None:
    if not topic.text_field:
        pytest.skip("takes no text")
    open_topic(page, server, topic.slug, "zh")
    write(page, topic.slug, topic.text_field, HOSTILE)
    run_button(page, topic.slug).click()
    expect(status(page, topic.slug)).to_have_class(r"pg-status-done", timeout=120_000)
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


@by_slug
def test_the_other_language_keeps_the_text_and_a_reload_too(page: Page, server: str, topic: Topic) -> None:
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
def test_an_empty_text_is_refused_in_words(page: Page, server: str, topic: Topic) -> None:
    if not topic.text_field:
        pytest.skip("takes no text")
    for language, word in (("zh", "是空的"), ("en", "is empty")):
        open_topic(page, server, topic.slug, language)
        write(page, topic.slug, topic.text_field, " \n ")
        expect(run(page, topic.slug, ends="error")).to_contain_text(word)

"""Earlier runs: as chips above the results, by the browser's Back, and over a reload and a change of language."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Watched
from tests.browser.driving import control, open_topic, other_language, panel, reload, run, run_button, settle, write

BARS = "plot => JSON.stringify(plot.data.map(({ x, y }) => [[...x], [...y]]))"


def chips(page: Page) -> Locator:
    return page.locator("#pg-lab-counting .pg-run-chip")


def run_with(page: Page, text: str) -> None:
    write(page, "counting", "text", text)
    run(page, "counting")
    expect(panel(page, "counting", "words")).to_contain_text(text)


def test_a_click_shows_an_earlier_run_again(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    expect(chips(page)).to_have_count(0)
    run_with(page, "rain and hail")
    expect(chips(page)).to_have_text(["defaults n A 12 · B 24", "rain and hail n A 13 · B 26"])
    expect(chips(page).last).to_have_attribute("aria-current", "true")
    chips(page).first.click()
    expect(panel(page, "counting", "words")).to_contain_text("Fine weather")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("Fine weather")
    expect(page.locator("#pg-lab-counting .pg-status-done")).to_contain_text("remembered")
    expect(page).to_have_url(re.compile("#counting$"))
    expect(chips(page)).to_have_text(["rain and hail n A 13 · B 26", "defaults n A 12 · B 24"])


def test_an_earlier_run_is_shown_before_the_server_answers(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    chart = page.locator("#pg-panel-counting-bars .js-plotly-plot")
    expect(chart).to_be_visible()
    first = chart.evaluate(BARS)
    run_with(page, "rain and hail")
    settle(page)
    second = chart.evaluate(BARS)
    assert first != second
    page.route("**/gradio_api/**", lambda route: None)
    chips(page).first.click()
    expect(panel(page, "counting", "words")).to_contain_text("Fine weather")
    assert chart.evaluate(BARS) == first
    page.unroute("**/gradio_api/**")  # lets go of those held
    expect(page.locator("#pg-lab-counting .pg-status-done")).to_contain_text("remembered")
    expect(page).to_have_url(re.compile("#counting$"))
    # The server's result is shown from then on, and that of the next run.
    page.wait_for_timeout(1000)
    expect(panel(page, "counting", "words")).to_contain_text("Fine weather")
    run_with(page, "snow")
    page.wait_for_timeout(1000)
    expect(panel(page, "counting", "words")).to_contain_text("snow")
    assert chart.evaluate(BARS) not in (first, second)


# Clicks an earlier run; what a panel says in the same task, and how often the server was asked by the next frame.
RESTORED = """async () => {
  let asked = 0;
  const { fetch } = window;
  window.fetch = (...request) => (asked++, fetch(...request));
  document.querySelector('#pg-lab-counting .pg-run-chip').click();
  const said = document.querySelector('#pg-panel-counting-words').innerText;
  await new Promise((next) => requestAnimationFrame(next));
  window.fetch = fetch;
  return [said, asked];
}"""


def test_an_earlier_run_is_drawn_within_the_click_and_the_server_asked_after_the_frame(
    page: Page, fake_server: str
) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    run_with(page, "rain and hail")
    settle(page)
    said, asked = page.evaluate(RESTORED)
    assert "Fine weather" in said
    assert asked == 0
    expect(page).to_have_url(re.compile("/en#counting$"))
    expect(page.locator("#pg-lab-counting .pg-status-done")).to_contain_text("remembered")
    expect(chips(page).last).to_contain_text("defaults")
    # The browser goes back to the run before.
    page.go_back()
    expect(panel(page, "counting", "words")).to_contain_text("rain and hail")


def test_what_is_shown_before_an_answer_that_never_comes_gives_way_to_the_next_run(
    page: Page, watched: Watched, fake_server: str
) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    run_with(page, "rain and hail")
    settle(page)
    page.route("**/gradio_api/queue/join*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        chips(page).first.click()
    expect(panel(page, "counting", "words")).to_contain_text("Fine weather")
    page.unroute("**/gradio_api/queue/join*")
    page.wait_for_timeout(4000)
    assert watched.errors == ["Failed to load resource: net::ERR_FAILED"]
    watched.errors.clear()
    run_with(page, "rain and hail")
    page.wait_for_timeout(1000)
    expect(panel(page, "counting", "words")).to_contain_text("rain and hail")


def test_back_and_forward_walk_runs_and_topics(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    for text in ("first words", "second words"):
        run_with(page, text)
    page.locator(".pg-rail-box").get_by_role("tab", name="Slow").click()
    expect(run_button(page, "slow")).to_be_visible()
    page.go_back()
    expect(run_button(page, "counting")).to_be_visible()
    expect(page).to_have_url(re.compile("second"))
    page.go_back()
    expect(panel(page, "counting", "words")).to_contain_text("first words")
    expect(page).to_have_url(re.compile("first"))
    page.go_forward()
    expect(panel(page, "counting", "words")).to_contain_text("second words")
    page.go_forward()
    expect(run_button(page, "slow")).to_be_visible()


def test_a_run_that_ends_after_back_was_pressed_leaves_the_address_alone(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    for text in ("first words", "second words", "third words"):
        run_with(page, text)
    settle(page)
    # The link's reading is held back: what the runs and the typing still write comes before it.
    waiting: list[Route] = []
    page.route(re.compile(r"/run/"), lambda route: waiting.append(route))
    page.go_back()
    page.go_back()
    expect(panel(page, "counting", "words")).to_contain_text("first words")
    run(page, "counting")
    page.wait_for_timeout(600)
    expect(page).to_have_url(re.compile("first"))
    assert waiting
    page.unroute_all()
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("first words")
    expect(panel(page, "counting", "words")).to_contain_text("first words")
    for text in ("second", "third"):
        settle(page)
        page.go_forward()
        expect(panel(page, "counting", "words")).to_contain_text(f"{text} words")
        expect(page).to_have_url(re.compile(text))


def test_back_and_forward_at_once_ends_where_it_began(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    for text in ("first words", "second words"):
        run_with(page, text)
    settle(page)
    page.evaluate("addEventListener('hashchange', () => history.forward(), { once: true }); history.back()")
    page.wait_for_timeout(1500)
    settle(page)
    expect(page).to_have_url(re.compile("second"))
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("second words")
    expect(panel(page, "counting", "words")).to_contain_text("second words")


def test_results_stay_over_a_reload_and_a_change_of_language(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run_with(page, "kept words")
    run_with(page, "later words")
    reload(page)
    expect(panel(page, "counting", "words")).to_contain_text("later words")
    expect(chips(page)).to_have_count(2)
    other_language(page)
    expect(run_button(page, "counting")).to_have_text("运行")
    expect(panel(page, "counting", "words")).to_contain_text("later words")


def test_a_link_that_wasnt_run_here_runs_nothing(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en", "?text=from+a+link")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("from a link")
    page.wait_for_timeout(1500)
    expect(page.locator("#pg-lab-counting .pg-status-idle").first).to_be_attached()


def test_an_earlier_run_of_a_hostile_text_stays_text(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    run(page, "counting")
    run_with(page, "<img src=x onerror=window.hacked=1>")
    expect(chips(page).last).to_have_text("<img src=x onerror=window.hacked=1> n A 35 · B 70")
    assert page.evaluate("window.hacked") is None

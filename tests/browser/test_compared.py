"""An earlier run in grey behind the current one: in metrics, tables, bars and lines, by pointer, keyboard and touch, until it is told to go."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.driving import barriers, control, open_folds, open_more, open_topic, panel, reload, run, write

LAB = "#pg-lab-counting"


def chips(page: Page) -> Locator:
    return page.locator(f"{LAB} .pg-run-chip")


def compared(page: Page) -> Locator:
    return page.locator(f"{LAB} .pg-compared")


def was(page: Page, name: str) -> list[str]:
    return panel(page, "counting", name).locator(".pg-was").all_inner_texts()


def run_times(page: Page, times: int) -> None:
    control(page, "counting", "times").locator("input[type=number]").fill(str(times))
    run(page, "counting")


def two_runs(page: Page, address: str, language: str = "en") -> None:
    """Three times each character, then the same text five times."""
    open_topic(page, address, "counting", language)
    open_more(page, "counting")
    run_times(page, 3)
    run_times(page, 5)
    expect(chips(page)).to_have_count(2)


def traces(page: Page, name: str) -> list[list[float]]:
    """The heights of an earlier run's traces in a chart."""
    found: list[list[float]] = page.evaluate(
        """name => [...document.querySelectorAll(`#pg-panel-counting-${name} .js-plotly-plot`)].flatMap((plot) =>
        plot.data.filter((one) => one.name === 'pg-earlier').map((one) => [...one.y]))""",
        name,
    )
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_shift_click_shows_the_earlier_values_and_a_second_one_takes_them_away(
    page: Page, fake_server: str, language: str
) -> None:
    two_runs(page, fake_server, language)
    open_folds(page, "counting")
    chips(page).first.click(modifiers=["Shift"])
    word = "此前" if language == "zh" else "was"
    length = 6 if language == "zh" else 12
    expect(compared(page)).to_contain_text("灰色" if language == "zh" else "Grey")
    # A is the text once, whatever the setting.
    assert was(page, "counts") == [f"{word} {length}", f"{word} {3 * length}"]
    first = "今" if language == "zh" else "F"
    row = panel(page, "counting", "rows").locator("tbody tr", has_text=first).first
    expect(row.locator(".pg-was")).to_have_text(f"{word} 3")
    assert traces(page, "bars") == traces(page, "chart")
    assert traces(page, "bars")[0][0] == 3
    assert traces(page, "curve") == [[3.0 * count for count in range(1, length + 1)]]
    # The current values stay.
    expect(panel(page, "counting", "counts").locator(".pg-role-b .pg-strip-value")).to_have_text(str(5 * length))
    expect(page.locator(f"{LAB} .pg-run-compare")).to_have_attribute("aria-pressed", "true")
    assert barriers(page) == []
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_be_empty()
    assert was(page, "counts") == was(page, "rows") == []
    assert traces(page, "bars") == traces(page, "curve") == []


def test_the_axis_has_ticks_for_both_runs_and_then_its_own_again(page: Page, fake_server: str) -> None:
    def with_ticks(route: Route) -> None:
        response = route.fetch()
        answer = response.json()
        (trace,) = answer["panels"]["curve"]["traces"]
        trace["meta"]["joint"]["yaxis"] = {"tickvals": [0, 30], "ticktext": ["none", "thirty"]}
        route.fulfill(response=response, json=answer)

    page.route("**/compare", with_ticks)
    two_runs(page, fake_server)
    open_folds(page, "counting")
    ticks = panel(page, "counting", "curve").locator(".ytick text")
    own = ticks.all_text_contents()
    assert own and "thirty" not in own
    chips(page).first.click(modifiers=["Shift"])
    expect(ticks).to_have_text(["none", "thirty"])
    chips(page).first.click(modifiers=["Shift"])
    expect(ticks).to_have_text(own)


def test_the_keyboard_compares_and_escape_ends_it(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    chips(page).first.focus()
    page.keyboard.press("Shift+Enter")
    expect(compared(page)).to_contain_text("Grey: Times 3, in 5 panels")
    expect(chips(page).first).to_be_focused()
    # What is shown is still the last run: nothing ran.
    expect(chips(page).last).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(compared(page)).to_be_empty()
    assert was(page, "counts") == []


def test_a_finger_has_a_button_for_it(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    button = page.get_by_role("button", name="Compare with this run: Times 3")
    button.click()
    expect(compared(page)).to_contain_text("Grey")
    compared(page).get_by_role("button").click()
    expect(compared(page)).to_be_empty()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_a_chart_in_a_fold_has_it_once_it_is_opened(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("Grey")
    assert traces(page, "chart") == []
    open_folds(page, "counting")
    expect(panel(page, "counting", "chart").locator(".main-svg").first).to_be_attached()
    page.wait_for_function("document.querySelector('#pg-panel-counting-chart .js-plotly-plot')?.data?.length === 2")
    assert traces(page, "chart") == traces(page, "bars")
    expect(panel(page, "counting", "rows").locator(".pg-was").first).to_have_text("was 3")


def test_another_run_and_another_topic_end_it(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("Grey")
    page.locator(".pg-rail-box").get_by_role("tab", name="Slow").click()
    page.locator(".pg-rail-box").get_by_role("tab", name="Counting").click()
    expect(compared(page)).to_be_empty()
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("Grey")
    run_times(page, 7)
    expect(compared(page)).to_be_empty()
    assert was(page, "counts") == []
    assert traces(page, "bars") == []


def test_runs_without_a_common_name_say_so(page: Page, fake_server: str) -> None:
    """Of two texts without a common character only the figures that are named alike are compared; the others say nothing."""
    open_topic(page, fake_server, "counting", "en")
    write(page, "counting", "text", "aaa")
    run(page, "counting")
    write(page, "counting", "text", "bbbb")
    run(page, "counting")
    open_folds(page, "counting")
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("in 2 panels")
    assert was(page, "counts") == ["was 3", "was 6"]
    assert was(page, "rows") == [] and traces(page, "bars") == []


def test_it_works_after_a_reload_by_the_cached_results(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    reload(page)
    expect(panel(page, "counting", "counts").locator(".pg-role-b .pg-strip-value")).to_have_text("60")
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("Grey")
    assert was(page, "counts") == ["was 12", "was 36"]


def test_a_run_that_isnt_cached_any_more_is_said_to_be_gone(page: Page, fake_server: str) -> None:
    two_runs(page, fake_server)
    # The browser knows a run that this server's cache never had.
    page.evaluate("""() => { const kept = JSON.parse(sessionStorage.getItem('playground-runs'));
        kept.counting[0].link = '#counting?text=never+run&times=3'; sessionStorage.setItem('playground-runs', JSON.stringify(kept)); }""")
    reload(page)
    expect(chips(page).first).to_contain_text("never run")
    expect(page.locator(f"{LAB} .pg-status-done")).to_be_attached()
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("no longer in the cache")
    assert was(page, "counts") == []
    page.keyboard.press("Escape")
    expect(compared(page)).to_be_empty()


def test_a_hostile_text_stays_text(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en")
    for text in ("<img src=x onerror=window.hacked=1>", "<b>$& and $1</b>"):
        write(page, "counting", "text", text)
        run(page, "counting")
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("<img src=x")
    chips(page).first.click()
    expect(chips(page).last).to_have_text("<img src=x onerror=window.hacked=1> n A 35 · B 70")
    chips(page).first.click(modifiers=["Shift"])
    expect(compared(page)).to_contain_text("<b>$& and $1</b>")
    expect(compared(page)).to_have_text(re.compile(r"in \d panels"))
    assert page.evaluate("window.hacked") is None

"""Points that clicks place in a chart, in a real Chromium: they are lines of a setting, drawn at once, and computed by the next run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import control, open_folds, open_topic, panel, run

LAB = "#pg-lab-counting"


def chart(page: Page) -> Locator:
    return panel(page, "counting", "curve").locator(".js-plotly-plot")


def text(page: Page) -> Locator:
    return control(page, "counting", "text").locator("textarea")


def drawn(page: Page, what: str) -> Locator:
    return chart(page).locator(f".pg-placed {what}")


def click(page: Page, x: float, y: float) -> None:
    """Clicks on a point of the chart's own axes."""
    chart(page).scroll_into_view_if_needed()
    places = chart(page).evaluate(
        """(plot, [x, y]) => { const box = plot.getBoundingClientRect(), { _size, xaxis, yaxis } = plot._fullLayout;
        return [box.left + _size.l + xaxis.d2p(x), box.top + _size.t + yaxis.d2p(y)]; }""",
        [x, y],
    )
    page.mouse.click(*places)


def points(page: Page) -> list[tuple[float, ...]]:
    """The points that the setting's lines hold."""
    lines = text(page).input_value().splitlines()
    return [tuple(map(float, line.split())) for line in lines if line[:1].isdigit()]


def opened(page: Page, address: str) -> None:
    """Twelve characters, so that x goes from 1 to 12 and y from 2 to 24."""
    open_topic(page, address, "counting", "en")
    run(page, "counting")
    open_folds(page, "counting")
    expect(chart(page)).to_be_visible()


def test_a_click_adds_a_point_and_another_on_it_removes_it(page: Page, fake_server: str) -> None:
    opened(page, fake_server)
    click(page, 5, 20)
    expect(drawn(page, "circle")).to_have_count(1)
    assert points(page) == [pytest.approx((5, 20), abs=0.15)]
    click(page, 9, 8)
    expect(drawn(page, "circle")).to_have_count(2)
    click(page, 5, 20)
    expect(drawn(page, "circle")).to_have_count(1)
    expect(text(page)).not_to_have_value(re.compile(r"\n.*\n"))
    assert points(page) == [pytest.approx((9, 8), abs=0.15)]
    # What is typed counts too, and nothing has run.
    text(page).fill("3 9\n6 6")
    expect(drawn(page, "circle")).to_have_count(2)
    assert chart(page).evaluate("plot => plot.data.length") == 1


def test_a_run_takes_the_points_and_what_is_removed_then_is_crossed_out(page: Page, fake_server: str) -> None:
    opened(page, fake_server)
    text(page).fill("4 8\n6 12")
    run(page, "counting")
    expect(drawn(page, "*")).to_have_count(0)
    assert chart(page).evaluate("plot => plot.data.slice(1).map(({ x, y }) => [x[0], y[0]])") == [[4, 8], [6, 12]]
    click(page, 4, 8)
    expect(text(page)).to_have_value("6 12")
    expect(drawn(page, "path")).to_have_count(1)
    expect(drawn(page, "circle")).to_have_count(0)


def test_no_more_points_than_are_taken_none_out_of_bounds_and_one_for_an_x(page: Page, fake_server: str) -> None:
    opened(page, fake_server)
    click(page, 1.5, 10)  # the setting takes x from 2
    expect(drawn(page, "circle")).to_have_count(0)
    expect(text(page)).to_have_value("Fine weather")
    text(page).fill("4 8\n6 12\n8 20")
    click(page, 10, 5)
    expect(text(page)).to_have_value("4 8\n6 12\n8 20")
    expect(drawn(page, "circle")).to_have_count(3)
    click(page, 6, 20)
    expect(text(page)).not_to_have_value("4 8\n6 12\n8 20")
    assert points(page) == [(4, 8), pytest.approx((6, 20), abs=0.15), (8, 20)]


def test_a_drag_places_nothing(page: Page, fake_server: str) -> None:
    opened(page, fake_server)
    chart(page).scroll_into_view_if_needed()
    box = chart(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 130)
    page.mouse.up()
    expect(text(page)).to_have_value("Fine weather")
    expect(drawn(page, "*")).to_have_count(0)
    # The place is one where a click counts.
    page.mouse.click(box["x"] + 150, box["y"] + 100)
    expect(drawn(page, "circle")).to_have_count(1)


def test_a_pin_has_the_points_of_its_run_alone(page: Page, fake_server: str) -> None:
    opened(page, fake_server)
    click(page, 5, 20)
    expect(drawn(page, "circle")).to_have_count(1)
    assert page.locator(".pg-placed").evaluate("node => node.classList.contains('pg-live')")

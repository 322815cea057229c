"""What is explained in place: a term's meaning and a control's help, on hover, focus and tap, beside what they explain."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from components import terms
from playground.lab.text import Language
from tests.browser.driving import control, open_topic, run_button

TOKEN = next(term for term in terms.terms() if term.name.en == "token")


def apart(one: Locator, other: Locator) -> bool:
    """Whether no pixel of one lies on the other."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a and b
    beside = a["x"] + a["width"] <= b["x"] + 0.5 or b["x"] + b["width"] <= a["x"] + 0.5
    return beside or a["y"] + a["height"] <= b["y"] + 0.5 or b["y"] + b["height"] <= a["y"] + 0.5


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("height", [420, 900])
def test_a_terms_meaning_opens_beside_it(page: Page, fake_server: str, language: str, height: int) -> None:
    page.set_viewport_size({"width": 1000, "height": height})
    open_topic(page, fake_server, "counting", language)
    (word,) = page.locator(".pg-question-text:visible .pg-term").all()
    tip = page.locator(".pg-tip")
    word.hover()
    expect(tip).to_have_class("pg-tip pg-tip-on")
    expect(tip).to_have_text(TOKEN.told(Language(language)))
    assert apart(tip, word)
    page.mouse.move(5, height - 5)
    expect(tip).not_to_have_class("pg-tip pg-tip-on")
    word.focus()
    expect(tip).to_have_class("pg-tip pg-tip-on")
    page.keyboard.press("Escape")
    expect(tip).not_to_have_class("pg-tip pg-tip-on")
    word.click()
    expect(tip).to_have_class("pg-tip pg-tip-on")


@pytest.mark.parametrize("height", [500, 900])
def test_a_controls_help_covers_neither_it_nor_run(page: Page, fake_server: str, height: int) -> None:
    page.set_viewport_size({"width": 1200, "height": height})
    open_topic(page, fake_server, "counting", "en")
    asked = control(page, "counting", "b.pruning")
    name, help_text = asked.locator(".has-info"), asked.locator(".info-text")
    expect(help_text).to_be_hidden()
    asked.scroll_into_view_if_needed()
    name.hover()
    expect(help_text).to_be_visible()
    expect(help_text).to_be_in_viewport(ratio=1)
    assert apart(help_text, name)
    assert apart(help_text, asked.locator(".wrap").last)
    assert apart(help_text, run_button(page, "counting"))
    page.mouse.move(5, 5)
    expect(help_text).to_be_hidden()
    asked.locator("input:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(help_text).to_be_visible()
    assert apart(help_text, asked.locator(".wrap").last)

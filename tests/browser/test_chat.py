"""The chat's drawing and the prompt string's, in a bare page: what a person does becomes the right move, and text stays text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.lab.chat_panels import Chat, Exchange, PromptPart, PromptString, Reply
from playground.lab.panels import Move, SideBySide
from playground.lab.text import Text
from tests.browser.conftest import empty_page, room
from tests.browser.drawings import bare, show
from tests.browser.driving import control, ended, open_topic, run, write
from tests.browser.hostile import HOSTILE
from tests.components.panels.examples import CHAT, PROMPT_STRING

DONE = Text(zh="完", en="end")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


def playground(page: Page, **values: str) -> None:
    """A page's script that writes down what it is asked for, and holds these values."""
    page.evaluate(
        """values => {
          window.moves = [];
          window.playground = { move: (place, asked) => window.moves.push([place, asked]), valuesOf: () => values };
        }""",
        values,
    )
    page.evaluate("document.getElementById('here').parentNode.id = 'pg-panel-dialogue-chat'")


def moves(page: Page) -> list[Any]:
    return page.evaluate("window.moves")  # type: ignore[no-any-return]


def chatting(page: Page, chat: Chat = CHAT, **values: str) -> None:
    bare(page)
    playground(page, **values)
    show(page, chat)


def test_what_is_typed_is_sent_with_enter_and_not_while_characters_are_chosen(page: Page) -> None:
    chatting(page)
    box = page.get_by_label("新消息")
    box.fill("第一行")
    box.press("Shift+Enter")
    box.press_sequentially("第二行")
    page.evaluate(
        "document.querySelector('.pg-chat-composer textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert moves(page) == []
    box.press("Enter")
    assert moves(page) == [["dialogue", {"values": {"message": "第一行\n第二行"}, "runs": True}]]
    expect(box).to_have_value("")
    box.press("Enter")
    assert len(moves(page)) == 1, "a blank message is none"
    box.fill("再来")
    page.get_by_role("button", name="发送").click()
    assert moves(page)[1][1]["values"] == {"message": "再来"}


def test_a_turn_is_edited_and_said_again_from_there(page: Page) -> None:
    asked = Move({"turns": "> 一\n< 二", "message": "原来的话"})
    chat = dataclasses.replace(CHAT, exchanges=(Exchange("原来的话", "好", resend=asked),), resend=None)
    chatting(page, chat)
    page.locator(".pg-chat-exchange").hover()
    page.get_by_role("button", name="编辑").click()
    area = page.locator(".pg-chat-exchange textarea")
    expect(area).to_have_value("原来的话")
    expect(area).to_be_focused()
    area.press("Escape")
    assert moves(page) == []
    expect(page.locator(".pg-chat-user").first).to_have_text("原来的话")
    page.get_by_role("button", name="编辑").focus()
    page.keyboard.press("Enter")
    area.fill("改过的话")
    # A reply that is being written elsewhere doesn't disturb the edit.
    show(page, dataclasses.replace(chat, replies=(dataclasses.replace(CHAT.replies[0], text="还在写", ending=None),)))
    expect(area).to_have_value("改过的话")
    page.get_by_role("button", name="从这里重发").click()
    assert moves(page) == [["dialogue", {"values": {"turns": "> 一\n< 二", "message": "改过的话"}, "runs": True}]]


def test_retry_and_the_other_reply(page: Page) -> None:
    other = Move({"turns": "> 问\n< 乙", "message": ""}, runs=False)
    retry = Move({"seed": 1, "message": "问"})
    replies = (CHAT.replies[0], dataclasses.replace(CHAT.replies[1], adopt=other))
    chatting(page, dataclasses.replace(CHAT, replies=replies, retry=retry))
    page.get_by_role("button", name="接着这条说").click()
    expect(page.get_by_role("button", name="对话接着这条")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="重试").click()
    assert [asked for _, asked in moves(page)] == [
        {"values": {"turns": "> 问\n< 乙", "message": ""}, "runs": False},
        {"values": {"seed": 1, "message": "问"}, "runs": True},
    ]


def test_what_the_panel_asks_for_is_done_once_and_leaves_what_was_changed(page: Page) -> None:
    then = Move({"turns": "> 问\n< 答", "message": ""}, runs=False)
    chat = dataclasses.replace(CHAT, then=then, now={"turns": "", "message": "问"})
    writing = dataclasses.replace(CHAT, replies=(dataclasses.replace(CHAT.replies[0], ending=None),))
    chatting(page, writing, turns="", message="问")
    assert moves(page) == []
    show(page, chat)
    show(page, chat)
    show(page, dataclasses.replace(chat, caveat=DONE))
    assert [asked for _, asked in moves(page)] == [{"values": {"turns": "> 问\n< 答", "message": ""}, "runs": False}]
    # The next message is being typed already: it stays.
    playground(page, turns="", message="下一句")
    show(page, writing)
    show(page, chat)
    assert [asked for _, asked in moves(page)] == [{"values": {"turns": "> 问\n< 答"}, "runs": False}]
    # The chat went on elsewhere: an old panel that is drawn again changes nothing.
    playground(page, turns="> 别的\n< 话", message="新")
    show(page, writing)
    show(page, chat)
    assert moves(page) == []


def test_a_reply_grows_in_place_beside_the_other(page: Page) -> None:
    first = dataclasses.replace(CHAT.replies[0], text="我", ending=None, adopt=None)
    blank = dataclasses.replace(CHAT.replies[1], text="", ending=None, adopt=None)
    chatting(page, dataclasses.replace(CHAT, replies=(first, blank), retry=None))
    page.evaluate("document.querySelector('.pg-role-a.pg-chat-answer').dataset.kept = 'yes'")
    expect(page.locator(".pg-chat-answer .pg-caret:visible")).to_have_count(2)
    show(page, CHAT)
    expect(page.locator(".pg-chat-answer[data-kept=yes] bdi").last).to_have_text(CHAT.replies[0].text)
    expect(page.locator(".pg-caret:visible")).to_have_count(0)
    left, right = (page.locator(f".pg-chat-answer.pg-role-{role}").bounding_box() for role in "ab")
    assert left and right and left["x"] < right["x"] and left["y"] == right["y"]


def test_what_is_forgotten_is_told_in_words(page: Page) -> None:
    chatting(page)
    rows = page.locator(".pg-chat-exchange")
    assert rows.nth(0).locator("[role=img]").evaluate_all("nodes => nodes.map(node => node.ariaLabel)") == [
        "A: 没有读到",
        "B: 已概括为摘要",
    ]
    assert rows.nth(2).locator("[role=img]").evaluate_all("nodes => nodes.map(node => node.ariaLabel)") == [
        "A: 读到",
        "B: 读到",
    ]
    assert [row.evaluate("node => node.classList.contains('pg-chat-gone')") for row in rows.all()] == [
        True,
        True,
        False,
    ]


def test_the_string_is_shown_exactly_with_what_was_dropped_struck_out(page: Page) -> None:
    bare(page)
    show(page, PROMPT_STRING)
    kept = page.locator("span.pg-prompt-part").evaluate_all("""nodes => nodes.map(node => {
      const copy = node.cloneNode(true);
      for (const mark of copy.querySelectorAll('.pg-prompt-break')) mark.remove();
      return copy.textContent; }).join('')""")
    assert kept == "".join(part.text for part in PROMPT_STRING.parts if not part.dropped)
    assert page.locator("del.pg-prompt-part").all_inner_texts() == [
        part.text for part in PROMPT_STRING.parts if part.dropped
    ]
    widths = page.locator(".pg-prompt-bar i").evaluate_all("nodes => nodes.map(node => parseFloat(node.style.width))")
    assert sum(widths) == pytest.approx(100)
    assert widths[0] == pytest.approx(100 * 18 / 128)
    page.locator("span.pg-prompt-part").first.hover()
    tip = page.locator(".pg-tip").inner_text()
    assert "示例对话" in tip and "18" in tip and "上一轮留下" in tip


@pytest.mark.parametrize("paired", [False, True])
def test_hostile_text_stays_text(page: Page, paired: bool) -> None:
    h, told, ask = HOSTILE, Text(zh=HOSTILE, en=HOSTILE), Move({"message": HOSTILE, HOSTILE: HOSTILE})
    replies = (Reply(h, h, "a", told, 3, ask), Reply(h, told, "b", told, 3, ask))
    string = PromptString(tuple(PromptPart(h + "\n", role, 1, 3) for role in ("user", h)), 6, 1, 9)
    chatting(page, Chat((Exchange(h, h, h, "dropped", ask),), h, told, h, replies, ask, ask, ask, {}))
    page.get_by_role("button", name="编辑").first.click()
    show(page, SideBySide(string, string, h, h) if paired else string)
    for node in page.locator(".pg-prompt-part").all():
        node.hover()
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("window.hacked") is None


# ---- on the real page


def test_a_drawing_hears_what_the_controls_hold(page: Page, fake_server: str) -> None:
    open_topic(page, fake_server, "counting", "en", "?text=from+the+link&times=3")
    expect(control(page, "counting", "text").locator("textarea")).to_have_value("from the link")
    write(page, "counting", "text", "typed")
    held = page.evaluate("window.playground.valuesOf('counting')")
    assert (held["text"], held["times"], held["b.quantization"], held["chosen"]) == ("typed", 3, "int8", "")


@pytest.mark.model
def test_a_chat_goes_on_in_the_link_and_after_a_reload(browser: Browser, server: str) -> None:
    """Own page: the bare one above is a fixture of the same name."""
    visit = room(browser).new_page()
    open_topic(visit, server, "dialogue", "en", "?turns=&message=Hello!&budget=512&reply_tokens=8")
    run(visit, "dialogue")
    expect(control(visit, "dialogue", "message").locator("textarea")).to_have_value("")
    box = visit.locator(".pg-chat-composer textarea")
    box.fill("My name is Tom.")
    box.press("Enter")
    expect(visit.locator(".pg-chat-exchange")).to_have_count(1)
    expect(visit.locator(".pg-chat-exchange .pg-chat-user")).to_have_text("Hello!")
    ended(visit, "dialogue")
    expect(visit).to_have_url(re.compile(r"turns=.*Hello.*My\+name\+is\+Tom"))
    visit.reload()
    ended(visit, "dialogue")  # the page runs it again by itself
    expect(visit.locator(".pg-chat-exchange .pg-chat-user")).to_have_text(["Hello!", "My name is Tom."])
    visit.locator(".pg-chat-exchange").first.hover()
    visit.get_by_role("button", name="Edit · turn 1").click()
    visit.locator(".pg-chat-exchange textarea").fill("Good morning!")
    visit.locator(".pg-chat-exchange textarea").press("Enter")
    expect(visit.locator(".pg-chat-exchange")).to_have_count(0)
    expect(visit).to_have_url(re.compile(r"turns=.*Good\+morning"), timeout=900_000)
    assert "Tom" not in visit.url
    visit.context.close()


@pytest.mark.model
def test_a_strangers_link_is_refused_in_words(browser: Browser, server: str) -> None:
    visit = room(browser).new_page()
    open_topic(visit, server, "dialogue", "zh", "?turns=%3Cscript%3Ealert(1)%3C/script%3E")
    expect(run(visit, "dialogue", ends="error")).to_contain_text("“此前的对话”第 1 行")
    visit.context.close()

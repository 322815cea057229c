"""The drawings of dialogue: the chat and its moves, the strings in parts, and the findings in figures."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from playground.lab.chat_panels import DROPPED, KEPT, PART, SUMMARISED, PromptString
from playground.lab.controls import fields_of
from playground.lab.errors import Cancelled
from playground.models.language_model import LanguageModel
from playground.topics.dialogue import panels, turns
from playground.topics.dialogue.frames import frame_for
from playground.topics.dialogue.lab import run
from playground.topics.dialogue.memory import Memory
from playground.topics.dialogue.settings import Settings
from playground.topics.dialogue.test_interview import HISTORY, SIDE, changed, found_of
from playground.topics.dialogue.test_lab import TALK, bench, endless, finish, settings_of


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return endless()


def string_of(panel: PromptString) -> str:
    return "".join(part.text for part in panel.parts if not part.dropped)


def test_the_panels_string_is_what_the_model_reads(lm: LanguageModel) -> None:
    result = finish(lm, settings_of(a=Memory("oldest"), b=Memory("window", 2)))
    assert result.prompts is not None and result.chat is not None
    for side in (result.prompts.a, result.prompts.b):
        assert len(lm.encode(string_of(side))) == side.tokens == sum(part.tokens for part in side.parts)
        assert side.tokens + side.reply_tokens <= side.budget
    read = string_of(result.prompts.b)
    became = [one.b for one in result.chat.exchanges]
    assert became == [DROPPED] * 4 + [KEPT] * 2
    for one, state in zip(TALK, became, strict=True):
        assert (one.user in read) == (state == KEPT)
    struck = "".join(part.text for part in result.prompts.b.parts if part.dropped)
    assert all(one.user in struck for one in TALK[:4])


def test_moves_continue_from_a_turn_and_from_either_reply(lm: LanguageModel) -> None:
    settings = settings_of()
    result = finish(lm, settings)
    chat = result.chat
    assert chat is not None and chat.resend and chat.retry
    for place, one in enumerate(chat.exchanges):
        assert one.resend and one.resend.runs
        assert turns.read(str(one.resend.values["turns"])) == TALK[:place]
        assert one.resend.values["message"] == TALK[place].user
    assert chat.retry.values["seed"] == 4 and chat.retry.values["temperature"] > 0
    assert chat.now == {"turns": settings.turns, "message": settings.message}
    for reply in chat.replies:
        assert reply.adopt and turns.read(str(reply.adopt.values["turns"]))[-1].user == settings.message
    again = finish(lm, dataclasses.replace(settings, **chat.resend.values))
    assert again.chat is not None and again.chat.replies == chat.replies


def test_it_streams_and_ends_at_stop(lm: LanguageModel) -> None:
    chats = [part.chat for part in run(settings_of(b=Memory("window", 1)), bench(lm)) if part.chat]
    assert [chat.replies[0].tokens for chat in chats][:4] == [0, 1, 2, 3]
    for chat in chats:
        # The next message may be sent as soon as A has replied.
        assert (chat.then is not None) == (chat.replies[0].ending is not None)
        assert (chat.retry is not None) == all(reply.ending for reply in chat.replies)
    assert any(chat.then and not chat.retry for chat in chats)
    stop = threading.Event()

    def stopped() -> None:
        for part in run(settings_of(), bench(lm, cancelled=stop)):
            assert part.chat and part.chat.replies[0].tokens <= 2
            if part.chat.replies[0].tokens == 2:
                stop.set()

    with pytest.raises(Cancelled):
        stopped()


def test_the_chat_takes_as_much_as_the_setting(lm: LanguageModel) -> None:
    (message,) = [item for item in fields_of(Settings) if item.path == "message"]
    chat = finish(lm, settings_of()).chat
    assert chat is not None
    assert chat.message_chars == message.control.max_chars  # type: ignore[attr-defined]


def test_the_string_is_the_findings(lm: LanguageModel) -> None:
    result = finish(lm, settings_of(a=Memory("window", 2), b=Memory("summary"), budget=900))
    assert result.prompts is not None and result.findings is not None and result.chat is not None
    for panel, side in ((result.prompts.a, result.findings.a), (result.prompts.b, result.findings.b)):
        assert string_of(panel) == side.read
        assert sum(part.tokens for part in panel.parts if part.reused) == side.reused
    assert any(result.findings.b.summary in part.text for part in result.prompts.b.parts if part.role == "summary")
    gone = result.findings.b.unread_turns
    assert [one.b for one in result.chat.exchanges] == [SUMMARISED] * gone + [KEPT] * (len(TALK) - gone)
    for reply, side in zip(result.chat.replies, (result.findings.a, result.findings.b), strict=True):
        assert (reply.text, reply.tokens) == (side.reply, side.reply_tokens)


def test_a_cut_in_the_middle_of_a_turn_is_shown(lm: LanguageModel) -> None:
    result = finish(lm, settings_of(a=Memory("tokens"), budget=140))
    half = finish(lm, settings_of(a=Memory("tokens"), budget=700))
    assert result.chat is not None and result.prompts is not None and half.prompts is not None
    assert PART in {one.a for one in result.chat.exchanges} <= {PART, DROPPED, KEPT}
    whole = frame_for(lm, "auto", TALK[0].user).pieces(list(enumerate(TALK, 1)), "我叫什么？", 7)
    for side in (result.prompts.a, half.prompts.a):
        assert "".join(part.text for part in side.parts) == "".join(piece.text for piece in whole)


def test_the_chat_continues_with_what_it_writes_into_the_turns(lm: LanguageModel) -> None:
    chat = finish(lm, settings_of(turns=turns.write(TALK[:2]))).chat
    assert chat is not None
    then = chat.then
    assert then is not None and not then.runs and then.values["message"] == ""
    assert len(turns.read(str(then.values["turns"]))) == 3


def test_no_message_shows_a_chat_without_replies(lm: LanguageModel) -> None:
    chat = finish(lm, settings_of(message="  ")).chat
    assert chat is not None and chat.replies == () and chat.then is None


def test_what_was_forgotten_when_is_in_the_table() -> None:
    a = changed(examples_forgotten_at=5, forgotten_at=(4, 4, None, None))
    rows = panels.forgotten(HISTORY, a, SIDE).rows
    assert [row[0] for row in rows] == ["–", "1", "2", "3", "4"]
    assert [row[1] for row in rows[1:]] == list(HISTORY.said)
    assert [row[2] for row in rows[:3]] == ["5", "4", "4"]
    assert all(row[3] == rows[-1][2] for row in rows), "still read"


def test_the_strip_has_this_turn_s_numbers() -> None:
    found = found_of(changed(tokens=70, whole_turns=1, reused=5), SIDE, times=(131.0, 99.0))
    strip = panels.figures(found)
    assert [item.a for item in strip.items[:5]] == [70.0, 1.0, 5.0, 131.0, 99.0]
    assert [item.b for item in strip.items[:3]] == [210.0, 4.0, 150.0]
    assert [item.measured for item in strip.items] == [False] * 3 + [True] * 2 + [False]
    assert len(panels.figures(dataclasses.replace(found, reproduced={})).items) == 5


def test_the_curves_have_the_findings() -> None:
    growth = panels.growth(Settings(), HISTORY, changed(tokens_by_turn=(1, 2, 3, 4, 5)), SIDE)
    whole, a, b, room = growth.lines
    assert whole.y == HISTORY.whole_prompt_tokens and b.y == SIDE.tokens_by_turn and set(room.y) == {256.0}
    assert (a.x, a.y) == ((1.0, 2.0, 3.0, 4.0, 5.0), (1.0, 2.0, 3.0, 4.0, 5.0))
    assert growth.caveat is not None, "B summarises"
    sizes = panels.sizes(HISTORY)
    assert [series.values for series in sizes.series] == [HISTORY.user_tokens, (*HISTORY.assistant_tokens, None)]
    times = panels.first_token(found_of(SIDE, SIDE, times=(131.0, 99.0)).measured)
    assert [(line.x, line.y, line.low, line.high) for line in times.lines[:2]] == [
        ((1.0, 5.0), (80.0, 131.0), (79.0, 130.0), (81.0, 132.0)),
        ((1.0, 5.0), (80.0, 99.0), (79.0, 98.0), (81.0, 100.0)),
    ]
    assert [line.role for line in times.lines] == ["a", "a", "b", "b"]
    assert times.measured

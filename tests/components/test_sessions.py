"""Which sessions are kept, and whose go first."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import gradio as gr
import pytest

from components import page
from components.sessions import Sessions
from playground.cards import parse_card
from tests.browser.fake_app import TOPICS
from tests.fakes import card_text
from tests.servers import free_port

CAPACITY = 5


@pytest.fixture
def heard() -> set[str]:
    """The names that somebody listens by."""
    return set()


@pytest.fixture
def sessions(heard: set[str]) -> Sessions:
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: None)
    blocks.state_session_capacity = CAPACITY
    found = Sessions(heard.__contains__)
    found.set_blocks(blocks)
    return found


def opened(sessions: Sessions, *names: str, address: str = "1.2.3.4") -> None:
    for name in names:
        sessions.open(name, address)


def test_of_a_name_that_no_page_has_nothing_is_kept(sessions: Sessions) -> None:
    for number in range(20):
        assert 0 in sessions[str(number)].blocks_config.fns
    assert not sessions.session_data and not sessions.time_last_used
    opened(sessions, "page")
    assert sessions["page"] is sessions["page"]


def test_sessions_share_nothing_that_is_drawn_in_one(sessions: Sessions) -> None:
    opened(sessions, "one", "other")
    drawn = gr.Textbox("mine", render=False)
    for _ in range(2):  # the second time Gradio keeps its description, too
        sessions["one"][drawn._id] = drawn
    assert sessions["one"][drawn._id] is drawn and drawn._id in sessions["one"].config_values
    for other in ("other", "a call of the API"):
        assert drawn._id not in sessions[other] and not sessions[other].config_values
        assert sessions[other]._state_ttl is not sessions["one"]._state_ttl


def test_who_listens_is_kept_whatever_comes_after(sessions: Sessions, heard: set[str]) -> None:
    opened(sessions, "mine", address="5.6.7.8")
    heard.add("mine")
    mine = sessions["mine"]
    opened(sessions, *map(str, range(300)))
    assert list(sessions.session_data) == ["mine", "296", "297", "298", "299"]
    assert sessions["mine"] is mine
    assert sessions.time_last_used.keys() == sessions._addresses.keys() == sessions.session_data.keys()


def test_who_was_used_last_goes_last_of_those_unheard(sessions: Sessions) -> None:
    opened(sessions, "a", "b", "c", "d", "e")
    sessions["a"]
    opened(sessions, "f")
    assert list(sessions.session_data) == ["c", "d", "e", "a", "f"]


def test_where_all_listen_the_address_that_has_most_loses_one_of_its_own(sessions: Sessions, heard: set[str]) -> None:
    heard.update("mine", *map(str, range(300)))
    heard.add("mine")
    opened(sessions, "mine", address="5.6.7.8")
    opened(sessions, *map(str, range(300)))
    assert "mine" in sessions and len(sessions.session_data) == CAPACITY


def test_who_is_out_of_touch_isn_t_pushed_out_by_one_who_invents_sessions(sessions: Sessions) -> None:
    opened(sessions, "mine", address="5.6.7.8")
    opened(sessions, *map(str, range(300)))
    assert "mine" in sessions


def test_who_invents_sessions_and_listens_by_them_all_gets_half_of_the_places(
    sessions: Sessions, heard: set[str]
) -> None:
    heard.update(map(str, range(300)))
    opened(sessions, "mine", "mine too", address="5.6.7.8")
    opened(sessions, *map(str, range(300)))
    assert list(sessions.session_data) == ["mine", "mine too", "297", "298", "299"]


def test_two_open_pages_of_an_address_are_kept_before_those_that_nobody_listens_by(
    sessions: Sessions, heard: set[str]
) -> None:
    heard.update(("mine", "mine too"))
    opened(sessions, "mine", "mine too", address="5.6.7.8")
    for number in range(20):
        opened(sessions, str(number), address=f"1.2.3.{number}")
    assert list(sessions.session_data) == ["mine", "mine too", "17", "18", "19"]


def test_an_event_of_an_earlier_session_is_known_to_be_lacking(sessions: Sessions) -> None:
    assert not sessions.lacks("new", 0) and sessions.lacks("new", 1)
    opened(sessions, "page")
    assert not sessions.lacks("page", 0) and sessions.lacks("page", 1)
    for other in (None, "1", [1]):
        assert not sessions.lacks("page", other)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[gr.Blocks, str]]:
    """The page in this process, and its address."""
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(free_port()))
    monkeypatch.delenv("SPACE_ID", raising=False)
    monkeypatch.setattr(page, "MOST_SESSIONS", CAPACITY)
    demo = page.build(TOPICS, lambda slug, language: parse_card(card_text(language), language))
    _, address, _ = page.launch(demo, prevent_thread_lock=True, quiet=True)
    yield demo, address
    demo.close(verbose=False)


def test_runs_have_threads_that_pages_and_estimates_do_not_wait_for(served: tuple[gr.Blocks, str]) -> None:
    """By default Gradio's are those of the server."""
    demo, _ = served
    assert demo.limiter is not None and demo.limiter.total_tokens == page.MOST_JOBS


def test_calls_of_the_api_keep_no_session_and_invented_ones_are_bounded(served: tuple[gr.Blocks, str]) -> None:
    demo, address = served

    def post(path: str, data: object) -> None:
        body = json.dumps(data).encode()
        asked = urllib.request.Request(f"{address}gradio_api/{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            event = json.loads(answer.read()).get("event_id")
        if path == "call/run":
            with urllib.request.urlopen(f"{address}gradio_api/call/run/{event}", timeout=60) as answer:
                assert b"complete" in answer.read()

    assert isinstance(demo.state_holder, Sessions)
    for number in range(6 * CAPACITY):
        post("call/run", {"data": ["nothing", {"text": str(number)}, "en", False]})
    assert not demo.state_holder.session_data
    load = next(index for index, event in demo.fns.items() if event.targets and event.targets[0][1] == "load")
    for number in range(4 * CAPACITY):
        post("queue/join", {"data": ["", 1], "fn_index": load, "session_hash": f"invented {number}"})
    assert len(demo.state_holder.session_data) == CAPACITY

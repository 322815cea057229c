"""What the gate answers by itself, around apps of a few lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import pytest

from components.gate import Gate
from components.sessions import Sessions
from playground.lab.text import Language


def asked(gate: Gate, method: str, path: str, data: Any = None, **headers: str) -> tuple[int, dict[bytes, bytes], str]:
    """Asks for a path; its status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(data).encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "client": ("1.2.3.4", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    # In a separate thread: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(gate(scope, receive, send))).result()  # type: ignore[arg-type]
    start, *parts = sent
    return start["status"], dict(start["headers"]), b"".join(part["body"] for part in parts).decode()


def gate(
    status: int = 200,
    *,
    ready: bool = True,
    detail: str = "Queue is full. Max size is 64 and size is 64.",
    example: Callable[[Any], dict[str, Any]] = lambda call: {},
) -> Gate:
    """A gate before an app that answers everything by a status, as Gradio does when its queue is full, in two parts."""
    body = json.dumps({"detail": detail}).encode()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        await send({"type": "http.response.body", "body": body[20:]})

    with gr.Blocks() as blocks:
        gr.Button()
    sessions = Sessions(lambda name: True)
    sessions.set_blocks(blocks)
    return Gate(app, lambda: ready, {}, sessions, free_in=lambda: 41.2, example=example)


@pytest.mark.parametrize(("ready", "status", "says"), [(False, 503, "loading"), (True, 200, "ready")])
def test_it_is_ready_once_the_model_is_loaded(ready: bool, status: int, says: str) -> None:
    found, _, body = asked(gate(ready=ready), "GET", "/readyz")
    assert (found, body) == (status, says)
    assert asked(gate(ready=ready), "GET", "/healthz")[0] == 200


SAYS = {
    Language.ZH: "服务器现在太忙，这次没有排上队，约 40 秒后会空出位置，请到时再试。",
    Language.EN: "The server is too busy, and this was not queued. A place will be free in about 40 s; please try again then.",
}


@pytest.mark.parametrize("language", list(Language), ids=str)
@pytest.mark.parametrize("by_name", [True, False])
def test_a_call_that_gradio_s_queue_has_no_place_for_is_refused_in_words(language: Language, by_name: bool) -> None:
    path = f"/gradio_api/call/{'v2/' if by_name else ''}run"
    data = {"slug": "x", "language": language} if by_name else {"data": ["x", {}, language]}
    status, headers, body = asked(gate(503), "POST", path, data)
    assert status == 503 and headers[b"retry-after"] == b"42"
    assert json.loads(body) == {"error": {"field": "", "message": SAYS[language]}}
    assert int(headers[b"content-length"]) == len(body.encode())


@pytest.mark.parametrize("by_name", [True, False])
def test_a_call_that_is_refused_gets_the_remembered_example_once_the_model_is_loaded(by_name: bool) -> None:
    path = f"/gradio_api/call/{'v2/' if by_name else ''}run"
    data = {"slug": "x", "language": "en"} if by_name else {"data": ["x", {"text": "mine"}, "en"]}
    calls: list[Any] = []

    def example(call: Any) -> dict[str, Any]:
        calls.append((call["slug"], call["language"], call["anew"]))
        return {"example": {"topic": "x"}}

    _, headers, body = asked(gate(503, example=example), "POST", path, data)
    assert json.loads(body) == {
        "error": {"field": "", "message": SAYS[Language.EN]},
        "example": {"topic": "x"},
    }
    assert int(headers[b"content-length"]) == len(body.encode())
    assert calls == [("x", "en", False)]
    _, _, body = asked(gate(503, example=example, ready=False), "POST", path, data)
    assert set(json.loads(body)) == {"error"} and len(calls) == 1


@pytest.mark.parametrize(("language", "page"), [(Language.ZH, "/"), (Language.EN, "/en"), (Language.EN, "/en?x=1#y")])
def test_a_page_whose_run_gradio_s_queue_has_no_place_for_is_told_in_its_language(
    language: Language, page: str
) -> None:
    data = {"session_hash": "s", "data": []}
    status, _, body = asked(gate(503), "POST", "/gradio_api/queue/join", data, referer=f"https://x.hf.space{page}")
    # By this status Gradio's client shows the words; by 503 it shows its own.
    assert status == 429 and json.loads(body) == {"detail": SAYS[language]}


def test_a_client_that_joins_gradio_s_queue_and_is_no_page_hears_it_in_the_way_that_it_knows() -> None:
    """By status 503 gradio_client raises QueueError; by 429, no more than a status."""
    status, _, body = asked(gate(503), "POST", "/gradio_api/queue/join", {"session_hash": "s", "data": []})
    assert status == 503 and json.loads(body)["detail"].startswith("Queue is full")


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/run"])
def test_what_else_gradio_refuses_passes_as_it_comes(path: str) -> None:
    data = {"session_hash": "s", "data": []}
    status, headers, body = asked(
        gate(503, detail="Queue is stopped."), "POST", path, data, referer="https://x.hf.space/en"
    )
    assert status == 503 and json.loads(body) == {"detail": "Queue is stopped."} and b"retry-after" not in headers


def test_what_is_taken_in_passes_as_it_comes() -> None:
    status, _, body = asked(gate(), "POST", "/gradio_api/queue/join", {"session_hash": "s", "data": []})
    assert status == 200 and body.startswith('{"detail": "Queue') and body.endswith('64."}')

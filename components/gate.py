"""What every request goes through before Gradio: who listens, whose session it is, what no request may hold, and the headers of every answer.

Plain ASGI. Knows no topic.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components import words
from components.endpoints import DEFAULTS
from components.presence import PRESENCE, Presence
from components.sessions import Sessions
from playground.lab.cost import about
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language

# The longest text that a topic takes, several times over.
MOST_BYTES = 2_000_000
# A request as deep as this is nobody's settings.
DEEPEST = 40
# The longest name of a session: Gradio's own have 12 characters, its client's 36.
LONGEST_NAME = 64
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Everything comes from here; only a Space may show the page in its frame. Gradio writes styles and scripts into its pages.
    "Content-Security-Policy": "; ".join((
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )),
}  # fmt: skip
# Streams by which a client listens: a page's answers and heartbeat by its session, one call of the API by its own id.
_STREAMS = (
    re.compile(r"/heartbeat/(?P<name>[^/]+)$"),
    re.compile(r"/call/(?:v2/)?[^/]+/(?P<name>[^/]+)$"),
)

# A call of the API: its arguments as a list, or, in the second version, by their names.
_CALL = re.compile(r"/call/(?P<by_name>v2/)?(?P<name>[^/]+)/?$")


class Gate:
    """Wraps the app. `is_ready`: whether the model is loaded. `answers`: by path, what answers a question of the page's script that no
    run is waited for, such as how long one would take. `sessions`: those that are kept. `free_in`: seconds until a run is expected to
    end. `example`: what a refused call gets besides, by the names of its arguments. `dress`: what makes Gradio's document the page of a
    path."""

    def __init__(
        self,
        app: ASGIApp,
        is_ready: Callable[[], bool],
        answers: Mapping[str, Callable[[Any], dict[str, Any]]],
        sessions: Sessions,
        free_in: Callable[[], float] = lambda: 0.0,
        presence: Presence = PRESENCE,
        dress: Callable[[str, str], str] = lambda document, path: document,
        example: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda arguments: {},
    ) -> None:
        self._app, self._is_ready, self._answers, self._presence, self._dress = app, is_ready, answers, presence, dress
        self._sessions, self._free_in, self._example = sessions, free_in, example

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        reply: Send = answer
        own = await self._own_answer(scope)
        if own is not None:
            await own(scope, receive, answer)
            return
        if scope["method"] == "POST":
            body = await _read(receive)
            data, refusal = _checked(body)
            refusal = refusal or _no_call(scope["path"], data) or self._no_session(scope, data)
            if refusal is not None:
                await refusal(scope, receive, answer)
                return
            if scope["path"] in self._answers:
                await (await _answered(self._answers[scope["path"]], data))(scope, receive, answer)
                return
            receive = _again(_filled(scope["path"], data, body or b""), receive)
            reply = _not_full(answer, lambda: self._full(scope, data))
        elif scope["method"] == "GET":
            reply = _document(answer, lambda document: self._dress(document, scope["path"]))
        name = listener(scope)
        with self._presence.listening(name) if name else nullcontext():
            await self._app(scope, receive, reply)

    def _no_session(self, scope: Scope, data: Any) -> JSONResponse | None:
        """Keeps the session that a request names; returns the answer to one for what isn't drawn in it, as Gradio has none."""
        name = data.get("session_hash") if isinstance(data, dict) else None
        if not name or not isinstance(name, str):
            return None
        if len(name) > LONGEST_NAME:
            return JSONResponse({"detail": f"A session's name has {LONGEST_NAME} characters at most."}, status_code=400)
        if self._sessions.lacks(name, data.get("fn_index")):
            said = words.EXPIRED.in_(_language(scope, data))
            return JSONResponse({"detail": said, "error": said}, status_code=410)
        self._sessions.open(name, _address(scope))
        return None

    async def _full(self, scope: Scope, data: Any) -> JSONResponse | None:
        """Returns what is said where Gradio's own queue is full: to a page in the way that its client shows, to a call as a refusal, with
        the remembered example. A page asks for its example itself.

        None for `gradio_client`, which joins the queue as a page does but names none: by Gradio's own answer it says what is the matter.
        """
        if not _CALL.search(scope["path"]) and not _referer(scope):
            return None
        seconds = self._free_in()
        said = words.QUEUE_FULL.format(seconds=about(seconds)).in_(_language(scope, data))
        headers = {"Retry-After": str(math.ceil(seconds))}
        if _CALL.search(scope["path"]):
            # What results depend on is known once the model is loaded.
            example = await run_in_threadpool(self._example, _arguments(scope, data)) if self._is_ready() else {}
            answer = {"error": {"field": "", "message": said}} | example
            return JSONResponse(answer, status_code=503, headers=headers)
        return JSONResponse({"detail": said}, status_code=429, headers=headers)

    async def _own_answer(self, scope: Scope) -> ASGIApp | None:
        if scope["path"] == "/healthz":
            return PlainTextResponse("ok")
        if scope["path"] == "/readyz":
            ready = self._is_ready()
            return PlainTextResponse("ready" if ready else "loading", status_code=200 if ready else 503)
        query = _query(scope)
        if scope["path"] == "/" and query.pop("lang", None) == ["en"]:
            # A Space's own page hands its query to its frame. A browser keeps the fragment.
            return RedirectResponse(f"en?{urlencode(query, doseq=True)}" if query else "en")
        if scope["method"] == "POST" and scope["path"].endswith("/upload"):
            return JSONResponse({"detail": "Nothing is uploaded here."}, status_code=403)
        return None


def _document(send: Send, change: Callable[[str], str]) -> Send:
    """Returns a `send` that changes an HTML document as a whole; other answers pass as they come."""
    held: list[Message] = []

    async def pass_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            if MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                held.append(message)
                return
        elif held:
            held.append(message)
            if message.get("more_body"):
                return
            start, *parts = held
            held.clear()
            body = change(b"".join(part.get("body", b"") for part in parts).decode()).encode()
            MutableHeaders(scope=start)["content-length"] = str(len(body))
            await send(start)
            message = {"type": "http.response.body", "body": body}
        await send(message)

    return pass_on


def _not_full(send: Send, full: Callable[[], Awaitable[JSONResponse | None]]) -> Send:
    """Returns a `send` that says by `full()` what Gradio says by status 503 of its queue; other answers pass as they come."""
    held: list[Message] = []

    async def pass_on(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 503:
            held.append(message)
            return
        if not held:
            await send(message)
            return
        held.append(message)
        if message.get("more_body"):
            return
        body = b"".join(part.get("body", b"") for part in held)
        answer = await full() if _says_full(body) else None
        if answer is not None:
            held[:] = [
                {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers},
                {"type": "http.response.body", "body": answer.body},
            ]
        for part in held:
            await send(part)
        held.clear()

    return pass_on


def _says_full(body: bytes) -> bool:
    """Whether Gradio's refusal is that of its full queue; a queue that is stopped answers by the same status."""
    try:
        data = json.loads(body)
    except ValueError:
        return False
    return isinstance(data, dict) and str(data.get("detail")).startswith("Queue is full")


async def _answered(respond: Callable[[Any], dict[str, Any]], data: Any) -> JSONResponse:
    """Answers in a thread of its own: the server goes on, and no run is waited for."""
    try:
        return JSONResponse(await run_in_threadpool(respond, data))
    except PlaygroundError as error:
        return JSONResponse({"detail": error.message.en}, status_code=400)


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _address(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _language(scope: Scope, data: Any) -> Language:
    """Returns the language that a call asks for, or that of the page which a request comes from."""
    if _CALL.search(scope["path"]):
        return Language.EN if _arguments(scope, data).get("language") == "en" else Language.ZH
    return Language.EN if urlsplit(_referer(scope)).path.rstrip("/").endswith("/en") else Language.ZH


def _arguments(scope: Scope, data: Any) -> Mapping[str, Any]:
    """Returns the arguments of a call by their names; those that it leaves out have their defaults."""
    found = _CALL.search(scope["path"])
    assert found is not None
    defaults, listed = DEFAULTS[found["name"]], data.get("data")
    given = data if found["by_name"] else dict(zip(defaults, listed if isinstance(listed, list) else [], strict=False))
    return defaults | given


def _referer(scope: Scope) -> str:
    """Returns the address of the page that a request comes from; "" where it names none."""
    return str(dict(scope["headers"]).get(b"referer", b"").decode("latin-1"))


def listener(scope: Scope) -> str:
    """Returns the name of the client that listens by this request; "" where it doesn't listen."""
    if scope["method"] != "GET":
        return ""
    if scope["path"].endswith("/queue/data"):
        return _query(scope).get("session_hash", [""])[0]
    found = (stream.search(scope["path"]) for stream in _STREAMS)
    return next((match["name"] for match in found if match), "")


async def _read(receive: Receive) -> bytes | None:
    """Returns a request's body; None if it is longer than `MOST_BYTES`, of which no more is kept."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        size += len(message.get("body", b""))
        if size <= MOST_BYTES:
            parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts) if size <= MOST_BYTES else None


def _no_call(path: str, data: Any) -> JSONResponse | None:
    """Returns the answer to a call of an endpoint, or with an argument, that isn't there; Gradio has only an error for it."""
    found = _CALL.search(path)
    if not found:
        return None
    names = DEFAULTS.get(found["name"])
    if names is None:
        return JSONResponse(
            {"detail": f"There is no endpoint “{found['name'][:80]}”; there are: {', '.join(DEFAULTS)}."},
            status_code=404,
        )
    if not isinstance(data, dict):
        return JSONResponse({"detail": "A call is an object."}, status_code=400)
    other = next((name for name in data if name not in names), None) if found["by_name"] else None
    if other is not None:
        return JSONResponse(
            {"detail": f"“{found['name']}” has no argument “{other[:80]}”; it has: {', '.join(names)}."},
            status_code=400,
        )
    return None


def _filled(path: str, data: Any, body: bytes) -> bytes:
    """Returns the body of a call with the arguments that it leaves out: Gradio would end it without a word."""
    found = _CALL.search(path)
    if not found:
        return body
    defaults = DEFAULTS[found["name"]]
    if found["by_name"]:
        return json.dumps({**defaults, **data}).encode()
    given = data.get("data")
    if not isinstance(given, list) or len(given) >= len(defaults):
        return body
    return json.dumps({**data, "data": [*given, *list(defaults.values())[len(given) :]]}).encode()


def _again(body: bytes, receive: Receive) -> Receive:
    """Returns what gives a body that was read once more, then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def _checked(body: bytes | None) -> tuple[Any, JSONResponse | None]:
    """Returns a body's data, None for an empty one, and the answer to what no request may have: too long, too deep, or with a file,
    which Gradio would fetch.
    """
    if body is None:
        return None, JSONResponse({"detail": f"The request is longer than {MOST_BYTES:,} bytes."}, status_code=413)
    try:
        data = json.loads(body or b"null")
    except (ValueError, RecursionError):
        return None, JSONResponse({"detail": "The request is no JSON."}, status_code=400)
    if _has_file(data):
        refusal = JSONResponse({"detail": "A setting is text, a number, or true or false; no file."}, status_code=400)
        return None, refusal
    return data, None


def _has_file(data: Any) -> bool:
    """Whether a dictionary in it is what Gradio takes for a file, or it is too deep to tell."""
    waiting = [(data, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            return True
        if isinstance(item, dict):
            if "_type" in item or ("path" in item and "meta" in item):
                return True
            waiting += [(value, depth + 1) for value in item.values()]
        elif isinstance(item, list):
            waiting += [(value, depth + 1) for value in item]
    return False

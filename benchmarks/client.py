"""Visitors of a server as the load test needs them: a page without a browser, and calls of the API that listen or are abandoned.

Each has an address of its own on the loopback interface (127.0.0.0/8), as places are counted by address. Knows no topic by name.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.controls import element_id

# Longer than any run may take with everybody else's before it.
PATIENCE = 900.0


@dataclass(frozen=True)
class Request:
    """A run that is asked for."""

    slug: str
    language: str
    settings: tuple[tuple[str, Any], ...] = ()


class Failed(Exception):
    """What a server must not answer, in words."""


class Visitor:
    """Talks to one server from one address."""

    def __init__(self, server: str, address: str = "127.0.0.1") -> None:
        parts = urlsplit(server)
        self._host, self._port, self._address = str(parts.hostname), int(parts.port or 80), address

    @contextmanager
    def _answer(self, path: str, data: Any = None, page: str = "") -> Iterator[http.client.HTTPResponse]:
        """Yields an answer that may still be under way. `page`: the one that asks. Raises Failed for an answer that isn't 200."""
        connection = http.client.HTTPConnection(self._host, self._port, PATIENCE, (self._address, 0))
        try:
            if data is None:
                connection.request("GET", path)
            else:
                headers = {"Content-Type": "application/json", **({"Referer": page} if page else {})}
                connection.request("POST", path, json.dumps(data), headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise Failed(f"{path.split('?')[0]}: status {answer.status} {answer.read().decode()[:200]}")
            yield answer
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        """Returns the whole answer."""
        with self._answer(path) as answer:
            return answer.read()

    def post(self, path: str, data: Any, page: str = "") -> Any:
        """Returns the answer's JSON. `page`: the one that asks."""
        with self._answer(path, data, page) as answer:
            return json.loads(answer.read())

    def run(self, request: Request, *, anew: bool) -> dict[str, Any]:
        """Runs a topic over the API and returns its answer, which may be a refusal."""
        with self._answer(self._ask(request, anew)) as stream:
            for name, data in _events(stream):
                if name == "complete":
                    answer: dict[str, Any] = json.loads(data)[0]
                    return answer
                if name == "error":
                    raise Failed(f"{request.slug}: the call ended with an error: {data[:200]}")
        raise Failed(f"{request.slug}: the stream ended without an answer")

    def abandon(self, request: Request, *, listening: bool) -> None:
        """Asks for a run anew and leaves: at once, or once the stream of its answer is open."""
        path = self._ask(request, True)
        if listening:
            with self._answer(path):
                pass

    def _ask(self, request: Request, anew: bool) -> str:
        data = [request.slug, dict(request.settings), request.language, anew]
        return f"/gradio_api/call/run/{self.post('/gradio_api/call/run', {'data': data})['event_id']}"

    def estimate(self, request: Request) -> str:
        """Asks how long a run would take."""
        asked = {"topic": request.slug, "language": request.language, "settings": dict(request.settings)}
        return str(self.post("/estimate", asked)["text"])

    def page(self, request: Request, *, anew: bool) -> None:
        """Opens the page with a topic's tab and clicks Run. Raises Failed unless the run ends well."""
        with self.open(request.language) as page:
            page.draw(request.slug)
            page.click(request, anew=anew)
            page.wait()

    @contextmanager
    def open(self, language: str) -> Iterator[OpenPage]:
        """Opens the page and holds its heartbeat."""
        if b"gradio" not in self.get("/en" if language == "en" else "/"):
            raise Failed("the page is another")
        session = secrets.token_hex(5)
        with self._answer(f"/gradio_api/heartbeat/{session}"):
            yield OpenPage(self, language, session)

    def listen(self, session: str) -> AbstractContextManager[http.client.HTTPResponse]:
        """Opens the stream of a page's answers."""
        return self._answer(f"/gradio_api/queue/data?session_hash={session}")


class OpenPage:
    """A page that a visitor has open in one language, by its session."""

    def __init__(self, visitor: Visitor, language: str, session: str) -> None:
        self._visitor, self.session = visitor, session
        self._path = "/en" if language == "en" else "/"
        self._config = json.loads(visitor.get("/config"))
        of_page = set(self._config["page"]["en" if language == "en" else ""]["components"])
        self._drawn = self._config["components"]
        # Endpoints of the API are events without a target.
        events = [event for event in self._config["dependencies"] if event["targets"]]
        self._events = [event for event in events if event["targets"][0][0] in of_page]

    def draw(self, slug: str) -> None:
        """Has a topic's tab drawn, as a browser does when it is first seen; the first topic's is."""
        if self._click_of(slug) is not None:
            return
        kinds = {item["id"]: item for item in self._config["components"]}
        spots = [place for place in _inside(self._config["layout"], kinds, slug) if _is_spot(kinds.get(place))]
        (event,) = [event for event in self._events if event["targets"][0][0] in spots]
        asked = {"data": [], "fn_index": event["id"], "session_hash": self.session, "trigger_id": None}
        rendered = self._visitor.post("/gradio_api/run/predict", asked)["render_config"]
        self._drawn = [*self._drawn, *rendered["components"]]
        self._events = [*self._events, *rendered["dependencies"]]

    def click(self, request: Request, *, anew: bool) -> None:
        """Clicks Run in a topic's drawn tab, with the request's settings in its controls."""
        event = self._click_of(request.slug)
        if event is None:
            raise Failed(f"{request.slug} isn't drawn")
        items = {item["id"]: item["props"] for item in self._drawn}
        typed = {element_id(request.slug, name): value for name, value in request.settings}
        values = [typed.get(str(items[place].get("elem_id")), items[place].get("value")) for place in event["inputs"]]
        # The last input says whether to compute anew.
        asked = {"data": [*values[:-1], anew], "fn_index": event["id"], "session_hash": self.session}
        self._visitor.post("/gradio_api/queue/join", asked | {"trigger_id": event["targets"][0][0]}, self._path)

    def wait(self) -> None:
        """Reads the page's answers until its run has ended. Raises Failed unless it ended well."""
        with self._visitor.listen(self.session) as stream:
            _ended(stream)

    def _click_of(self, slug: str) -> dict[str, Any] | None:
        started = f"playground.started('{slug}'"
        return next((event for event in self._events if started in (event["js"] or "")), None)


def _is_spot(item: dict[str, Any] | None) -> bool:
    """Whether a component is the place where a tab's content is drawn later."""
    return item is not None and "playground.spot(" in (item["props"].get("js_on_load") or "")


def _inside(node: dict[str, Any], kinds: dict[int, dict[str, Any]], slug: str, within: bool = False) -> Iterator[int]:
    """Yields the components in a topic's tab, in both languages."""
    item = kinds.get(node["id"], {"type": "", "props": {}})
    # A group of tabs may have a topic's name.
    within = item["props"].get("id") == slug if item["type"] == "tabitem" else within
    if within:
        yield node["id"]
    for child in node.get("children") or []:
        yield from _inside(child, kinds, slug, within)


def _ended(stream: http.client.HTTPResponse) -> None:
    """Reads a page's events until its run has ended. Raises Failed where the page would show an error other than a full line."""
    said = ""
    for _, data in _events(stream):
        message = json.loads(data)
        said += data + "\n"
        if message["msg"] == "process_completed":
            if not message["success"] or '"done"' not in said:
                raise Failed(f"the page's run failed: {_message(said)}")
            return
    raise Failed("the page's stream ended before its run")


def _message(said: str) -> str:
    """Returns the end of what a page was sent, in its own characters."""
    return json.dumps([json.loads(line) for line in said.splitlines()], ensure_ascii=False)[-400:]


def _events(stream: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    """Yields server-sent events: name ("" where there is none) and data."""
    name = ""
    for raw in stream:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, line.removeprefix("data: ")
            name = ""

"""Visitors of a server as the load test needs them: a page without a browser, and calls of the API that listen or are abandoned.

Each has an address of its own on the loopback interface (127.0.0.0/8), as places are counted by address. Knows no topic by name.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
    def _answer(self, path: str, data: Any = None) -> Iterator[http.client.HTTPResponse]:
        """Yields an answer that may still be under way. Raises Failed for one that isn't 200."""
        connection = http.client.HTTPConnection(self._host, self._port, PATIENCE, (self._address, 0))
        try:
            if data is None:
                connection.request("GET", path)
            else:
                connection.request("POST", path, json.dumps(data), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise Failed(f"{path.split('?')[0]}: status {answer.status}")
            yield answer
        finally:
            connection.close()

    def get(self, path: str) -> bytes:
        """Returns the whole answer."""
        with self._answer(path) as answer:
            return answer.read()

    def post(self, path: str, data: Any) -> Any:
        """Returns the answer's JSON."""
        with self._answer(path, data) as answer:
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

    def page(self, language: str, *, anew: bool) -> None:
        """Opens the page, holds its heartbeat, and clicks Run on the topic that is drawn at once. Raises Failed unless the run ends well."""
        if b"gradio" not in self.get("/en" if language == "en" else "/"):
            raise Failed("the page is another")
        config = json.loads(self.get("/config"))
        values = {item["id"]: item["props"].get("value") for item in config["components"]}
        clicks = [event for event in config["dependencies"] if "playground.started(" in (event["js"] or "")]
        click = clicks[1 if language == "en" else 0]
        # The last input says whether to compute anew.
        data = [*(values[place] for place in click["inputs"][:-1]), anew]
        session = secrets.token_hex(5)
        with self._answer(f"/gradio_api/heartbeat/{session}"):
            self.post(
                "/gradio_api/queue/join",
                {"data": data, "fn_index": click["id"], "session_hash": session, "trigger_id": click["targets"][0][0]},
            )
            with self._answer(f"/gradio_api/queue/data?session_hash={session}") as stream:
                _ended(stream)


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

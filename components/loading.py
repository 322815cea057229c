"""Loads the model in the background and reports its progress to the page. Knows no topic."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import anyio

from components import words
from playground import catalog
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.running import internal_error

LOOK_SECONDS = 0.25
# After a failure, until a request begins anew: each try reads and writes hundreds of megabytes.
PAUSE_SECONDS = 30.0

Warm = Callable[[Callable[[float, Text], None]], object]


def load_model(progress: Callable[[float, Text], None]) -> object:
    """Returns the process's model, loaded at the first call."""
    return catalog.load_base(progress)


@dataclass(frozen=True)
class State:
    """Progress of the loading. `error`: the reason of a failure, in both languages."""

    ready: bool = False
    fraction: float = 0.0
    text: Text = words.LOAD_FIRST
    error: Text | None = None
    name: str = ""

    def shown(self, language: Language) -> dict[str, Any]:
        """Returns the data that the page's script draws."""
        if self.error:
            text = words.LOAD_FAILED.format(why=self.error)
        else:
            text = words.LOADING.format(what=self.text)
        return {
            "state": "ready" if self.ready else "failed" if self.error else "loading",
            "text": text.in_(language),
            "fraction": self.fraction,
            "name": self.name,
        }


class Loading:
    """Loads one model; a failed loading is retried at the next request, as disk space may have been freed, though not before `pause`
    seconds are over. `clock`: seconds."""

    def __init__(
        self, warm: Warm = load_model, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._warm, self._pause, self._clock = warm, pause, clock
        self._again = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.state = State()

    def start(self) -> None:
        """Starts loading in the background, unless in progress, finished, or failed a moment ago."""
        with self._lock:
            if self.state.ready or (self._thread and self._thread.is_alive()):
                return
            if self.state.error and self._clock() < self._again:
                return
            self.state = State()
            self._thread = threading.Thread(target=self._work, name="model-loading", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            lm = self._warm(self._hear)
            self.state = State(ready=True, fraction=1.0, name=str(getattr(lm, "name", "")))
        except PlaygroundError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - shown on the page and logged with a number; the server keeps running
            self._fail(internal_error(error))

    def _fail(self, error: PlaygroundError) -> None:
        self._again = self._clock() + self._pause
        self.state = replace(self.state, error=error.message)

    def _hear(self, fraction: float, text: Text) -> None:
        self.state = State(fraction=fraction, text=text)

    def wait(self, cancelled: threading.Event) -> Iterator[State]:
        """Yields states until loading succeeds or fails: labs without a model still run, others report the error.

        Retries a loading that failed a while ago. Raises Cancelled.
        """
        self.start()
        told: State | None = None
        while not (self.state.ready or self.state.error):
            state = self.state
            if state != told:
                told = state
                yield state
            if cancelled.wait(LOOK_SECONDS):
                raise Cancelled

    async def follow(self, language: Language) -> AsyncIterator[dict[str, Any]]:
        """Yields the data to show at every change, until loading succeeds or fails."""
        told: State | None = None
        while True:
            state = self.state
            if state != told:
                told = state
                yield state.shown(language)
            if state.ready or state.error:
                return
            await anyio.sleep(LOOK_SECONDS)


LOADING = Loading()

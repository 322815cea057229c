"""Runs of this server: one at a time, in order of arrival, each of which its visitor can stop. Knows no topic, no widget.

The order is kept here and not in Gradio's queue, because a visitor is told in words how many are ahead, and because
Gradio can't close a generator whose thread is inside the model: the run's own event stops it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from components import words
from playground.lab.errors import Cancelled, PlaygroundError

LONGEST_LINE = 16
LOOK_SECONDS = 0.2


class Line:
    """A line of runs; the first in it is the one that runs."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._changed = threading.Condition()
        self._tickets: deque[object] = deque()

    def join(self) -> object:
        """A ticket at the end of the line. Raises PlaygroundError when the line is full."""
        with self._changed:
            if len(self._tickets) >= self._longest:
                raise PlaygroundError(words.FULL.format(most=self._longest))
            ticket = object()
            self._tickets.append(ticket)
            return ticket

    def leave(self, ticket: object) -> None:
        """Give the place up; leaving twice does nothing."""
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def wait(self, ticket: object, cancelled: threading.Event) -> Iterator[int]:
        """How many are ahead, again and again until none is. Raises Cancelled."""
        told = -1
        while True:
            with self._changed:
                ahead = self._tickets.index(ticket)
                if ahead == told:
                    self._changed.wait(LOOK_SECONDS)
                    ahead = self._tickets.index(ticket)
            if cancelled.is_set():
                raise Cancelled
            if ahead == 0:
                return
            if ahead != told:
                told = ahead
                yield ahead


class Stops:
    """What stops each visitor's run, by session and place on the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], threading.Event] = {}

    def start(self, session: str, place: str) -> threading.Event:
        """The event that stops the run which starts now; one that still runs in the same place is stopped."""
        event = threading.Event()
        with self._lock:
            earlier = self._events.get((session, place))
            self._events[session, place] = event
        if earlier:
            earlier.set()
        return event

    def stop(self, session: str, place: str | None = None) -> None:
        """Stop the session's run in a place, or all of them."""
        with self._lock:
            found = [event for key, event in self._events.items() if key[0] == session and place in (None, key[1])]
        for event in found:
            event.set()

    def end(self, session: str, place: str, event: threading.Event) -> None:
        """Forget a run that is over."""
        with self._lock:
            if self._events.get((session, place)) is event:
                del self._events[session, place]


LINE = Line()
STOPS = Stops()

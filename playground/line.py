"""Computes one run at a time, in order of arrival; background runs give way. Knows no topic and no page.

The order is kept here and not in Gradio's queue, because the page shows in words how many are ahead, and because Gradio
can't close a generator whose thread is inside the model: the run's own event stops it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.timing import Stopwatch

LONGEST_LINE = 16
LOOK_SECONDS = 0.2
# How long the first in line waits for what was computed while the line was empty.
GIVE_WAY_SECONDS = 0.2

FULL = Text(
    zh="现在排队的人太多（{most} 个），请过一会儿再运行。",
    en="Too many runs are waiting ({most}); please try again in a little while.",
)


class Line:
    """A line of runs; the first in it is the one that runs."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._changed = threading.Condition()
        self._tickets: deque[object] = deque()
        self._guest: threading.Event | None = None

    @contextmanager
    def turn(self, cancelled: threading.Event, tell: Callable[[int], None]) -> Iterator[None]:
        """Waits for the turn of a run and holds it; `tell` receives the number ahead. Raises Cancelled; PlaygroundError when the line is full."""
        ticket = self.join()
        try:
            for ahead in self.wait(ticket, cancelled):
                tell(ahead)
            yield
        finally:
            self.leave(ticket)

    def join(self) -> object:
        """Returns a ticket at the end of the line. Raises PlaygroundError when the line is full."""
        with self._changed:
            if len(self._tickets) >= self._longest:
                raise PlaygroundError(FULL.format(most=self._longest))
            ticket = object()
            self._tickets.append(ticket)
            if self._guest is not None:
                self._guest.set()
            return ticket

    def leave(self, ticket: object) -> None:
        """Gives a place up; leaving twice does nothing."""
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def wait(self, ticket: object, cancelled: threading.Event) -> Iterator[int]:
        """Yields how many are ahead, at each change, until none is. Raises Cancelled."""
        told, watch = -1, Stopwatch()
        while True:
            with self._changed:
                ahead = self._tickets.index(ticket)
                yielding = self._guest is not None and watch.seconds() < GIVE_WAY_SECONDS
                if ahead == told or (ahead == 0 and yielding):
                    self._changed.wait(GIVE_WAY_SECONDS / 4 if ahead == 0 else LOOK_SECONDS)
                    ahead = self._tickets.index(ticket)
                    yielding = self._guest is not None and watch.seconds() < GIVE_WAY_SECONDS
            if cancelled.is_set():
                raise Cancelled
            if ahead == 0 and not yielding:
                return
            if ahead not in (0, told):
                told = ahead
                yield ahead

    @contextmanager
    def spare(self) -> Iterator[threading.Event | None]:
        """Gives an event that is set as soon as somebody joins; None while somebody is in line. One guest at a time."""
        with self._changed:
            guest = None if self._tickets or self._guest is not None else threading.Event()
            if guest is not None:
                self._guest = guest
        try:
            yield guest
        finally:
            if guest is not None:
                with self._changed:
                    self._guest = None
                    self._changed.notify_all()

"""Computes one run at a time: the shortest first, as long as nobody waits past twice the time that the order of arrival would give.

A visitor has one run in the line at a time: further ones join it when that one has ended. Background runs give way. Knows no topic and
no page.

The order is kept here and not in Gradio's queue, because the page shows in words how many are ahead, and because Gradio
can't close a generator whose thread is inside the model: the run's own event stops it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playground.lab.cost import about
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.order import Expected, Order, Ticket

LONGEST_LINE = 16
LOOK_SECONDS = 0.2
# Seconds between two estimates of the wait that are sent while nothing else changes.
TELL_SECONDS = 1.0
# How long the first in line waits for what was computed while the line was empty.
GIVE_WAY_SECONDS = 0.2

FULL = Text(
    zh="现在排队的人太多（{most} 个），{seconds}后会空出位置，请到时再运行。",
    en="Too many runs are waiting ({most}). A place will be free in {seconds}; please try again then.",
)


class LineFull(PlaygroundError):
    """There is no place for another run; `seconds`: until one is expected to be free, where the message says it."""

    def __init__(self, message: Text, most: int, seconds: float = 0.0) -> None:
        super().__init__(message.format(most=most, seconds=about(seconds)))
        self.seconds = seconds


# Receives how many are ahead, and the expected seconds until the turn.
Tell = Callable[[int, float], None]


class Line:
    """A line of runs, one of which computes. `clock`: seconds."""

    def __init__(self, longest: int = LONGEST_LINE, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest, self._clock = longest, clock
        self._changed = threading.Condition()
        self._order = Order()
        self._guest: threading.Event | None = None

    @contextmanager
    def turn(self, cancelled: threading.Event, tell: Tell, seconds: float = 0.0, owner: str = "") -> Iterator[None]:
        """Waits for the turn of a run that is expected to take `seconds` and holds it. `owner`: the visitor, "" for one of their own.

        Raises Cancelled; LineFull.
        """
        ticket = self.join(seconds, owner)
        try:
            for expected in self.wait(ticket, cancelled):
                tell(expected.ahead, expected.seconds)
            yield
        finally:
            self.leave(ticket)

    def join(self, seconds: float = 0.0, owner: str = "") -> Ticket:
        """Returns a ticket of the line. Raises LineFull."""
        with self._changed:
            now = self._clock()
            if len(self._order) >= self._longest:
                raise LineFull(FULL, self._longest, self._order.remaining(now))
            ticket = self._order.join(now, seconds, owner)
            if self._guest is not None:
                self._guest.set()
            return ticket

    def free_in(self, *owners: str) -> float:
        """Returns the seconds until a run is expected to end, and so to give its place up: one of the owners' if there is one."""
        with self._changed:
            return self._order.ends(self._clock(), owners)

    def leave(self, ticket: Ticket) -> None:
        """Gives a place up; leaving twice does nothing."""
        with self._changed:
            self._order.leave(ticket, self._clock())
            self._changed.notify_all()

    def wait(self, ticket: Ticket, cancelled: threading.Event) -> Iterator[Expected]:
        """Yields what is expected, at each change and every second, until it is the ticket's turn. Raises Cancelled."""
        watch, said = Stopwatch(), -TELL_SECONDS
        told: Expected | None = None
        while True:
            with self._changed:
                yielding = self._guest is not None and watch.seconds() < GIVE_WAY_SECONDS
                if not self._order.is_turn_of(ticket) or yielding:
                    if told is not None or yielding:
                        self._changed.wait(GIVE_WAY_SECONDS / 4 if yielding else LOOK_SECONDS)
                    yielding = self._guest is not None and watch.seconds() < GIVE_WAY_SECONDS
                is_turn = self._order.is_turn_of(ticket)
                expected = None if is_turn else self._order.expected(self._clock()).get(ticket)
            if cancelled.is_set():
                raise Cancelled
            if is_turn and not yielding:
                return
            if expected is None:
                continue
            if told is None or expected.ahead != told.ahead or watch.seconds() - said >= TELL_SECONDS:
                told, said = expected, watch.seconds()
                yield expected

    @contextmanager
    def spare(self) -> Iterator[threading.Event | None]:
        """Gives an event that is set as soon as somebody joins; None while somebody is in line. One guest at a time."""
        with self._changed:
            guest = None if len(self._order) or self._guest is not None else threading.Event()
            if guest is not None:
                self._guest = guest
        try:
            yield guest
        finally:
            if guest is not None:
                with self._changed:
                    self._guest = None
                    self._changed.notify_all()

"""What stops each visitor's run, by session and place on the page. Knows no topic, no widget."""

from __future__ import annotations

import threading


class Stops:
    """Events by session and place on the page; setting one stops the run that was started there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], threading.Event] = {}

    def start(self, session: str, place: str) -> threading.Event:
        """Returns the event that stops the run which starts now; one that still runs in the same place is stopped."""
        event = threading.Event()
        with self._lock:
            earlier = self._events.get((session, place))
            self._events[session, place] = event
        if earlier:
            earlier.set()
        return event

    def stop(self, session: str, place: str | None = None) -> None:
        """Stops the session's run in a place, or all of them."""
        with self._lock:
            found = [event for key, event in self._events.items() if key[0] == session and place in (None, key[1])]
        for event in found:
            event.set()

    def end(self, session: str, place: str, event: threading.Event) -> None:
        """Forgets a run that is over."""
        with self._lock:
            if self._events.get((session, place)) is event:
                del self._events[session, place]


STOPS = Stops()

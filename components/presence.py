"""Which clients still listen for what they asked, and how many runs each may have. Knows no topic, no widget and no route."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.line import LONGEST_LINE, LineFull

E = TypeVar("E")

# Seconds that a client may take to listen for what it asked, and for which one may be unheard that listened.
TO_LISTEN = 3.0
UNHEARD = 0.75
# Seconds that a call of the API waits for a place: longer than those keep one whose client is gone.
FOR_A_PLACE = 10.0
_LOOK = 0.25
# A client's last sign of life is forgotten after this many seconds.
_FORGOTTEN = 60.0

PER_PAGE = 3
PER_ADDRESS = 4
# Of the places in line; the others are the pages'.
OF_THE_API = LONGEST_LINE // 2

PAGE_IS_FULL = Text(
    zh="这个页面已有 {most} 个运行在进行或排队。请等其中一个结束，或停止一个。",
    en="This page already has {most} runs under way or waiting. Wait for one to end, or stop one.",
)
ADDRESS_IS_FULL = Text(
    zh="这个地址已有 {most} 个接口运行在进行或排队，请等其中一个结束再调用。",
    en="This address already has {most} API runs under way or waiting. Call again when one has ended.",
)
API_IS_FULL = Text(
    zh="接口的 {most} 个位置都占满了，{seconds}后会空出一个，请到时再调用。",
    en="All {most} places for API runs are taken. One will be free in {seconds}; please call again then.",
)


class Presence:
    """Clients by name: a page's session, or one call of the API. `clock`: seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._streams = Counter[str]()
        # Until when a client without an open stream counts as here.
        self._until: dict[str, float] = {}

    @contextmanager
    def listening(self, name: str) -> Iterator[None]:
        """Counts the client in as long as a stream to it is open."""
        with self._lock:
            self._streams[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._streams[name] -= 1
                if not self._streams[name]:
                    del self._streams[name]
                    self._until[name] = self._clock() + UNHEARD
                    self._forget()

    def is_here(self, name: str) -> bool:
        """Returns whether the client listens, did so a moment ago, or has only just asked."""
        with self._lock:
            if name in self._streams:
                return True
            now = self._clock()
            return now < self._until.setdefault(name, now + TO_LISTEN)

    def while_here(self, name: str, events: Iterable[E]) -> Iterator[E]:
        """Yields a run's events as long as its client is here. Raises Cancelled once it isn't, which closes the run."""
        for event in events:
            if not self.is_here(name):
                raise Cancelled
            yield event

    def _forget(self) -> None:
        oldest = self._clock() - _FORGOTTEN
        self._until = {name: until for name, until in self._until.items() if until > oldest}


class Places:
    """Runs under way or waiting, by whom. `patience`: seconds that a call of the API waits for a place."""

    def __init__(self, patience: float = FOR_A_PLACE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._pages, self._addresses = Counter[str](), Counter[str]()

    @contextmanager
    def of_page(self, session: str) -> Iterator[None]:
        """Holds a place of a page. Raises PlaygroundError when it has no more."""
        with self._changed:
            if self._pages[session] >= PER_PAGE:
                raise PlaygroundError(PAGE_IS_FULL.format(most=PER_PAGE))
            self._pages[session] += 1
        with self._given_back(self._pages, session):
            yield

    @contextmanager
    def of_api(
        self, address: str, is_here: Callable[[], bool], free_in: Callable[[], float] = lambda: 0.0
    ) -> Iterator[None]:
        """Holds a place of the API for a client's address, for which it waits a while as long as the client `is_here`.

        `free_in`: seconds until a run is expected to end. Raises PlaygroundError when the address has no more places, LineFull when the
        API has none; Cancelled when the client is gone.
        """
        end = monotonic() + self._patience
        with self._changed:
            while full := self._full(address):
                if not is_here():
                    raise Cancelled
                if monotonic() >= end:
                    raise full(free_in())
                self._changed.wait(_LOOK)
            self._addresses[address] += 1
        with self._given_back(self._addresses, address):
            yield

    def _full(self, address: str) -> Callable[[float], PlaygroundError] | None:
        if self._addresses[address] >= PER_ADDRESS:
            return lambda seconds: PlaygroundError(ADDRESS_IS_FULL.format(most=PER_ADDRESS))
        if self._addresses.total() >= OF_THE_API:
            return lambda seconds: LineFull(API_IS_FULL, OF_THE_API, seconds)
        return None

    @contextmanager
    def _given_back(self, held: Counter[str], name: str) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                held[name] -= 1
                if not held[name]:
                    del held[name]
                self._changed.notify_all()


PRESENCE, PLACES = Presence(), Places()

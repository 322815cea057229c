"""Which clients still listen for what they asked, and how many runs each may have. Knows no topic, no widget and no route."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from playground.lab.errors import Cancelled
from playground.lab.text import Text
from playground.line import LONGEST_LINE, LineFull

E = TypeVar("E")
# Seconds until a run of an address is expected to end; of "", until any is.
FreeIn = Callable[[str], float]

# Seconds that a client may take to listen for what it asked, and for which one may be unheard that listened.
TO_LISTEN = 3.0
UNHEARD = 0.75
# Seconds that a call of the API waits for a place: longer than those keep one whose client is gone.
FOR_A_PLACE = 10.0
_LOOK = 0.25
# A client's last sign of life is forgotten after this many seconds.
_FORGOTTEN = 60.0

PER_PAGE = 3
# Calls of the API by one address; runs of all its pages.
PER_ADDRESS, PAGES_PER_ADDRESS = 4, LONGEST_LINE // 2
# Of the places in line; the others are the pages'.
OF_THE_API = LONGEST_LINE // 2
# Calls that wait for a place, of one address and of all: each keeps a thread.
WAITING_PER_ADDRESS, MOST_WAITING = 12, 24

PAGE_IS_FULL = Text(
    zh="这个页面已有 {most} 个运行在进行或排队，{seconds}后会结束一个。请到时再运行，或停止一个。",
    en="This page already has {most} runs under way or waiting. One will end in {seconds}; please run again then, or stop one.",
)
PAGES_ARE_FULL = Text(
    zh="这个地址的各个页面已有 {most} 个运行在进行或排队，{seconds}后会结束一个，请到时再运行。",
    en="The pages of this address already have {most} runs under way or waiting. One will end in {seconds}; please run again then.",
)
ADDRESS_IS_FULL = Text(
    zh="这个地址已有 {most} 个接口运行在进行或排队，{seconds}后会结束一个，请到时再调用。",
    en="This address already has {most} API runs under way or waiting. One will end in {seconds}; please call again then.",
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

    def listens(self, name: str) -> bool:
        """Returns whether a stream to the client is open."""
        with self._lock:
            return name in self._streams

    def rest(self, name: str, seconds: float, cancelled: threading.Event) -> None:
        """Waits so long, or until `cancelled` is set. Raises Cancelled once the client isn't here."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0 and not cancelled.wait(min(left, _LOOK)):
            if not self.is_here(name):
                raise Cancelled

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
    """Runs under way or waiting, by whom. `patience`: seconds that a call of the API waits for a place.

    `free_in` of the methods: seconds until a run of an address is expected to end, of "" until any is.
    """

    def __init__(self, patience: float = FOR_A_PLACE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._pages, self._of_pages = Counter[str](), Counter[str]()
        self._addresses, self._waiting = Counter[str](), Counter[str]()

    @contextmanager
    def of_page(self, session: str, address: str, free_in: FreeIn = lambda address: 0.0) -> Iterator[None]:
        """Holds a place of a page, and of the pages at its address: a session's name is invented by the client. Raises LineFull."""
        with self._changed:
            if self._pages[session] >= PER_PAGE:
                raise LineFull(PAGE_IS_FULL, PER_PAGE, free_in(address))
            if self._of_pages[address] >= PAGES_PER_ADDRESS:
                raise LineFull(PAGES_ARE_FULL, PAGES_PER_ADDRESS, free_in(address))
            self._pages[session] += 1
            self._of_pages[address] += 1
        with self._given_back(self._pages, session), self._given_back(self._of_pages, address):
            yield

    @contextmanager
    def of_api(
        self, address: str, is_here: Callable[[], bool], free_in: FreeIn = lambda address: 0.0
    ) -> Iterator[None]:
        """Holds a place of the API for a client's address, for which it waits a while as long as the client `is_here`.

        Raises LineFull when there is none, at once where others enough wait already; Cancelled when the client is gone.
        """
        end = monotonic() + self._patience
        with self._changed:
            if (full := self._full(address)) and self._crowded(address):
                raise full(free_in)
            self._waiting[address] += 1
        with self._given_back(self._waiting, address), self._changed:
            while full := self._full(address):
                if not is_here():
                    raise Cancelled
                if monotonic() >= end:
                    raise full(free_in)
                self._changed.wait(_LOOK)
            self._addresses[address] += 1
        with self._given_back(self._addresses, address):
            yield

    def _full(self, address: str) -> Callable[[FreeIn], LineFull] | None:
        if self._addresses[address] >= PER_ADDRESS:
            return lambda free_in: LineFull(ADDRESS_IS_FULL, PER_ADDRESS, free_in(address))
        if self._addresses.total() >= OF_THE_API:
            return lambda free_in: LineFull(API_IS_FULL, OF_THE_API, free_in(""))
        return None

    def _crowded(self, address: str) -> bool:
        return self._waiting[address] >= WAITING_PER_ADDRESS or self._waiting.total() >= MOST_WAITING

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

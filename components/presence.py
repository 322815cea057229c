"""Which clients still listen for what they asked, and how many runs each may have. Knows no topic, no widget and no route."""

from __future__ import annotations

import itertools
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
K = TypeVar("K")
# Seconds until a run of some owners in the line is expected to end; of none, until any is.
FreeIn = Callable[..., float]

# Seconds that a client may take to listen for what it asked, and for which one may be unheard that listened.
TO_LISTEN = 3.0
UNHEARD = 0.75
# Seconds that a call of the API waits for a place: longer than those keep one whose client is gone.
FOR_A_PLACE = 10.0
_LOOK = 0.25
# A client's last sign of life is forgotten after this many seconds.
_FORGOTTEN = 60.0

PER_PAGE = 3
# Runs of the API by one address; of all its pages, as long as others need the room. Equal runs of an address are one.
PER_ADDRESS, PAGES_PER_ADDRESS = 4, LONGEST_LINE // 2
# Runs of one address, and of everybody where an address has more than its pages' share: a few places are left.
MOST_OF_ADDRESS = LONGEST_LINE - PER_ADDRESS
# Readers of a run beside its first: each keeps a thread, though no place.
MOST_SHARING = 24
# Of the places in line; the others are the pages'.
OF_THE_API = LONGEST_LINE // 2
# Calls that wait for a place, of one address and of all: each keeps a thread.
WAITING_PER_ADDRESS, MOST_WAITING = 12, 24

PAGE_IS_FULL = Text(
    zh="这个页面已有 {most} 个运行在进行或排队，{seconds}后会结束一个。请等它结束，或停止一个。",
    en="This page already has {most} runs under way or waiting. One will end in {seconds}: wait for it, or stop one.",
)
PAGES_ARE_FULL = Text(
    zh="从你的网络地址（IP）打开的页面已有 {most} 个运行在进行或排队，{seconds}后会结束一个，请到时再运行。",
    en="Pages opened from your network address (IP) already have {most} runs under way or waiting. One will end in {seconds}; please run again then.",
)
ADDRESS_IS_FULL = Text(
    zh="你的网络地址（IP）已有 {most} 个接口运行在进行或排队，{seconds}后会结束一个，请到时再调用。",
    en="Your network address (IP) already has {most} API runs under way or waiting. One will end in {seconds}; please call again then.",
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


def page_owner(session: str) -> str:
    """Returns the name of a page in the line: pupils behind one address take turns as anybody else does."""
    return f"page {session}"


def api_owner(address: str) -> str:
    """Returns the name in the line of an address's calls of the API: a call has nothing else that it can't invent."""
    return f"api {address}"


class Places:
    """Runs under way or waiting, by whom. `patience`: seconds that a call of the API waits for a place.

    Of the methods, `run`: what equal runs have in common, "" for one that is like no other. An address's equal runs are computed once, so
    they take one place.
    """

    def __init__(self, patience: float = FOR_A_PLACE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._pages, self._of_pages = Counter[str](), Counter[str]()
        # Runs of each page of an address.
        self._pages_at = Counter[tuple[str, str]]()
        self._addresses, self._waiting = Counter[str](), Counter[str]()
        # Of each place, by its owner and run.
        self._readers = Counter[tuple[str, str]]()
        self._numbers = itertools.count(1)

    @contextmanager
    def of_page(
        self, session: str, address: str, run: str = "", free_in: FreeIn = lambda *owners: 0.0
    ) -> Iterator[None]:
        """Holds a place of a page, and of the pages at its address: a session's name is invented by the client. Raises LineFull."""
        here = address, session
        with self._changed:
            if self._pages[session] >= PER_PAGE:
                raise LineFull(PAGE_IS_FULL, PER_PAGE, free_in(page_owner(session)))
            place = self._place(f"pages {address}", run)
            if place not in self._readers:
                if self._are_crowded(address):
                    raise self._pages_are_full(address, free_in)
                self._of_pages[address] += 1
            self._readers[place] += 1
            self._pages[session] += 1
            self._pages_at[here] += 1
        with (
            self._given_back(self._pages, session),
            self._given_back(self._pages_at, here),
            self._read(place, self._of_pages, address),
        ):
            yield

    @contextmanager
    def of_api(
        self, address: str, is_here: Callable[[], bool], free_in: FreeIn = lambda *owners: 0.0, run: str = ""
    ) -> Iterator[None]:
        """Holds a place of the API for a client's address, for which it waits a while as long as the client `is_here`.

        Raises LineFull when there is none, at once where others enough wait already; Cancelled when the client is gone.
        """
        end, owner = monotonic() + self._patience, api_owner(address)
        with self._changed:
            if (full := self._full(address, self._place(owner, run))) and self._crowded(address):
                raise full(free_in)
            self._waiting[address] += 1
        with self._given_back(self._waiting, address), self._changed:
            while full := self._full(address, place := self._place(owner, run)):
                if not is_here():
                    raise Cancelled
                if monotonic() >= end:
                    raise full(free_in)
                self._changed.wait(_LOOK)
            if place not in self._readers:
                self._addresses[address] += 1
            self._readers[place] += 1
        with self._read(place, self._addresses, address):
            yield

    def _place(self, owner: str, run: str) -> tuple[str, str]:
        """Returns the place of an owner's run: that of an equal one if there is one, and as long as not too many share."""
        sharing = self._readers.total() - len(self._readers)
        if run and ((owner, run) not in self._readers or sharing < MOST_SHARING):
            return owner, run
        return owner, f"#{next(self._numbers)}"

    def _are_crowded(self, address: str) -> bool:
        """Returns whether another page's run of an address has no place: where nobody else is there, it may have more than its share."""
        own = self._of_pages[address]
        return own >= PAGES_PER_ADDRESS and self._of_pages.total() + self._addresses.total() >= MOST_OF_ADDRESS

    def _full(self, address: str, place: tuple[str, str]) -> Callable[[FreeIn], LineFull] | None:
        if place in self._readers:
            return None
        if self._addresses[address] >= PER_ADDRESS:
            return lambda free_in: LineFull(ADDRESS_IS_FULL, PER_ADDRESS, free_in(api_owner(address)))
        if self._addresses.total() >= OF_THE_API:
            owners = [api_owner(other) for other in self._addresses]
            return lambda free_in: LineFull(API_IS_FULL, OF_THE_API, free_in(*owners))
        if self._of_pages[address] + self._addresses[address] >= MOST_OF_ADDRESS:
            return lambda free_in: self._pages_are_full(address, free_in)
        return None

    def _pages_are_full(self, address: str, free_in: FreeIn) -> LineFull:
        owners = [page_owner(session) for other, session in self._pages_at if other == address]
        return LineFull(PAGES_ARE_FULL, self._of_pages[address], free_in(*owners))

    def _crowded(self, address: str) -> bool:
        return self._waiting[address] >= WAITING_PER_ADDRESS or self._waiting.total() >= MOST_WAITING

    @contextmanager
    def _read(self, place: tuple[str, str], held: Counter[str], address: str) -> Iterator[None]:
        """Gives a place back when the last of its readers leaves."""
        try:
            yield
        finally:
            with self._changed:
                self._take(self._readers, place)
                if place not in self._readers:
                    self._take(held, address)
                self._changed.notify_all()

    @contextmanager
    def _given_back(self, held: Counter[K], name: K) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._take(held, name)
                self._changed.notify_all()

    @staticmethod
    def _take(held: Counter[K], name: K) -> None:
        held[name] -= 1
        if not held[name]:
            del held[name]


PRESENCE, PLACES = Presence(), Places()

"""Who still listens, and how many runs each may have."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from components import presence
from components.page import MOST_JOBS
from components.presence import (
    MOST_OF_ADDRESS,
    MOST_SHARING,
    MOST_WAITING,
    OF_THE_API,
    PAGES_PER_ADDRESS,
    PER_ADDRESS,
    PER_PAGE,
    TO_LISTEN,
    UNHEARD,
    WAITING_PER_ADDRESS,
    Places,
    Presence,
    page_owner,
)
from playground.lab.cost import about
from playground.lab.errors import Cancelled
from playground.lab.text import Language
from playground.line import LineFull
from playground.running import HEARTBEAT_SECONDS


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_client_has_a_while_to_listen_and_is_gone_after() -> None:
    clock = Clock()
    here = Presence(clock)
    assert here.is_here("a")
    clock.now += TO_LISTEN - 0.1
    assert here.is_here("a")
    clock.now += 0.2
    assert not here.is_here("a")
    assert here.is_here("b"), "another one"


def test_who_listens_is_here_until_a_moment_after_the_last_stream_is_closed() -> None:
    clock = Clock()
    here = Presence(clock)
    with here.listening("a"):
        with here.listening("a"):
            clock.now += 1000
            assert here.is_here("a")
        clock.now += 1000
        assert here.is_here("a"), "one stream is left"
    assert here.is_here("a")
    clock.now += UNHEARD + 0.1
    assert not here.is_here("a")


def test_a_run_ends_within_a_second_of_its_client_s_last_stream() -> None:
    """How long one counts as here, and how often a run looks whether it is."""
    assert max(HEARTBEAT_SECONDS, presence._LOOK) + UNHEARD <= 1.0


def test_who_rests_between_two_updates_hears_that_its_client_is_gone() -> None:
    """Of a run of a minute the rest is three seconds."""
    here, cancelled = Presence(), threading.Event()
    with here.listening("a"):
        pass
    start = time.monotonic()
    with pytest.raises(Cancelled):
        here.rest("a", 60.0, cancelled)
    assert time.monotonic() - start < 30
    cancelled.set()
    here.rest("a", 60.0, cancelled)
    with here.listening("b"):
        here.rest("b", 0.3, threading.Event())
    assert here.is_here("b")


def test_who_listens_is_known() -> None:
    here = Presence()
    assert not here.listens("a")
    with here.listening("a"):
        assert here.listens("a") and not here.listens("b")
    assert not here.listens("a")


def test_nothing_is_kept_of_clients_that_are_long_gone() -> None:
    clock = Clock()
    here = Presence(clock)
    for name in range(1000):
        with here.listening(str(name)):
            pass
        clock.now += 1
    assert len(here._until) < 100
    assert not here._streams


class Asked:
    """A line in which a run ends in forty seconds; `owners`: of whose runs it was asked."""

    def __init__(self) -> None:
        self.owners: list[str] = []

    def __call__(self, *owners: str) -> float:
        self.owners = [*owners]
        return 40.0


def test_a_page_has_so_many_runs_and_gets_its_places_back() -> None:
    places = Places()
    held = [places.of_page("a", "1.2.3.4") for _ in range(PER_PAGE)]
    for one in held:
        one.__enter__()
    asked = Asked()
    with pytest.raises(LineFull) as refused, places.of_page("a", "1.2.3.4", free_in=asked):
        pass
    assert refused.value.message == presence.PAGE_IS_FULL.format(most=PER_PAGE, seconds=about(40.0))
    assert asked.owners == [page_owner("a")]
    with places.of_page("b", "1.2.3.4"):
        pass
    held[0].__exit__(None, None, None)
    with places.of_page("a", "1.2.3.4"):
        pass


def taken(places: Places, address: str, pages: int) -> list[AbstractContextManager[None]]:
    """Holds a place of so many pages at an address."""
    held: list[AbstractContextManager[None]] = [
        places.of_page(f"{address}, {number}", address) for number in range(pages)
    ]
    for one in held:
        one.__enter__()
    return held


def test_pages_that_are_invented_share_the_places_of_their_address() -> None:
    """A session's name is what the client says it is."""
    places = Places()
    others = taken(places, "9.9.9.9", PER_ADDRESS)
    held = [places.of_page(f"invented {number}", "1.2.3.4") for number in range(PAGES_PER_ADDRESS)]
    for one in held:
        one.__enter__()
    asked = Asked()
    with pytest.raises(LineFull) as refused, places.of_page("one more", "1.2.3.4", free_in=asked):
        pass
    assert refused.value.message == presence.PAGES_ARE_FULL.format(most=PAGES_PER_ADDRESS, seconds=about(40.0))
    assert asked.owners == [page_owner(f"invented {number}") for number in range(PAGES_PER_ADDRESS)]
    with places.of_page("another", "5.6.7.8"):
        pass
    held[0].__exit__(None, None, None)
    with places.of_page("one more", "1.2.3.4"):
        pass
    assert PAGES_PER_ADDRESS + PER_ADDRESS < presence.LONGEST_LINE, "one address leaves places to the others"
    assert PAGES_PER_ADDRESS + PER_ADDRESS <= MOST_OF_ADDRESS < presence.LONGEST_LINE
    threads = PAGES_PER_ADDRESS + PER_ADDRESS + WAITING_PER_ADDRESS
    assert threads <= MOST_JOBS // 2 and OF_THE_API + MOST_WAITING <= MOST_JOBS // 2, (
        "and threads, and the API to the pages"
    )
    assert presence.LONGEST_LINE + MOST_WAITING + MOST_SHARING <= MOST_JOBS, "readers of equal runs have theirs"
    more = [places.of_page(f"more {number}", "1.2.3.4") for number in range(2)]
    more[0].__enter__()
    others[0].__exit__(None, None, None)
    more[1].__enter__()


def test_pages_of_one_address_have_more_places_while_nobody_else_is_there() -> None:
    places = Places(patience=0.05)
    held = taken(places, "1.2.3.4", MOST_OF_ADDRESS)
    with pytest.raises(LineFull) as refused, places.of_page("one more", "1.2.3.4", free_in=Asked()):
        pass
    said = presence.PAGES_ARE_FULL.format(most=MOST_OF_ADDRESS, seconds=about(40.0))
    assert refused.value.message == said
    assert "about 40 s" in said.en and "约 40 秒后" in said.zh
    # The others' places are left, also by the calls of the same address, which are told when one of its pages' runs ends.
    asked = Asked()
    with pytest.raises(LineFull) as refused, places.of_api("1.2.3.4", lambda: True, asked):
        pass
    assert refused.value.message == said
    assert asked.owners == [page_owner(f"1.2.3.4, {number}") for number in range(MOST_OF_ADDRESS)]
    with places.of_page("another", "5.6.7.8"):
        held.pop().__exit__(None, None, None)
        with pytest.raises(LineFull), places.of_page("one more", "1.2.3.4"):
            pass
    with places.of_page("one more", "1.2.3.4"):
        pass


def test_equal_runs_of_an_address_take_one_place_until_the_last_reader_leaves() -> None:
    places = Places(patience=0.05)
    held = [places.of_page(str(number), "1.2.3.4", "equal") for number in range(2)]
    for one in held:
        one.__enter__()
    assert places._of_pages["1.2.3.4"] == 1
    rest = taken(places, "1.2.3.4", MOST_OF_ADDRESS - 1)
    held[0].__exit__(None, None, None)
    with places.of_page("c", "1.2.3.4", "equal"):
        pass
    with pytest.raises(LineFull), places.of_page("c", "1.2.3.4", "other"):
        pass
    held[1].__exit__(None, None, None)
    with places.of_page("c", "1.2.3.4", "other"):
        pass
    for other in rest:
        other.__exit__(None, None, None)
    calls = [places.of_api("1.2.3.4", lambda: True, run=name) for name in ("equal", "b", "c", "d", "equal")]
    for call in calls:
        call.__enter__()
    with pytest.raises(LineFull), places.of_api("1.2.3.4", lambda: True, run="e"):
        pass
    for call in calls:
        call.__exit__(None, None, None)
    assert not places._addresses and not places._of_pages and not places._readers and not places._pages
    assert not places._pages_at


def test_not_so_many_share_a_run_that_threads_are_short() -> None:
    places = Places()
    held = [places.of_page(str(number), "1.2.3.4", "equal") for number in range(MOST_SHARING + 1)]
    for one in held:
        one.__enter__()
    assert places._of_pages["1.2.3.4"] == 1
    with places.of_page("one more", "1.2.3.4", "equal"):
        assert places._of_pages["1.2.3.4"] == 2


@pytest.mark.parametrize("addresses", [["a"] * PER_ADDRESS, [str(number) for number in range(OF_THE_API)]])
def test_a_call_waits_for_a_place_and_is_refused_in_words_when_none_comes(addresses: list[str]) -> None:
    places = Places(patience=0.05)
    held = [places.of_api(address, lambda: True) for address in addresses]
    for one in held:
        one.__enter__()
    asked: list[str] = []
    with (
        pytest.raises(LineFull) as refused,
        places.of_api("a", lambda: True, lambda *owners: asked.extend(owners) or 40.0),  # type: ignore[func-returns-value]
    ):
        pass
    assert asked == [f"api {address}" for address in dict.fromkeys(addresses)], "whose runs hold the places"
    for language, when in ((Language.ZH, "约 40 秒后"), (Language.EN, "in about 40 s")):
        said = refused.value.message.in_(language)
        assert str(len(addresses)) in said and when in said
    with places.of_page("a", "a"):
        pass  # the pages' places are their own


@pytest.mark.parametrize(
    ("holding", "waiting", "asks"),
    [
        (["a"] * PER_ADDRESS, ["a"] * WAITING_PER_ADDRESS, "a"),
        ([str(number) for number in range(OF_THE_API)], [str(number) for number in range(MOST_WAITING)], "another"),
    ],
)
def test_a_call_is_refused_at_once_where_as_many_wait_already(
    holding: list[str], waiting: list[str], asks: str
) -> None:
    """Each that waits keeps a thread of the server."""
    places, gone = Places(patience=60), threading.Event()
    held = [places.of_api(address, lambda: True) for address in holding]
    for one in held:
        one.__enter__()

    def wait(address: str) -> None:
        with pytest.raises(Cancelled), places.of_api(address, lambda: not gone.is_set()):
            pass

    threads = [threading.Thread(target=wait, args=(address,)) for address in waiting]
    for thread in threads:
        thread.start()
    while places._waiting.total() < len(waiting):
        time.sleep(0.01)
    start = time.monotonic()
    with pytest.raises(LineFull), places.of_api(asks, lambda: True):
        pass
    assert time.monotonic() - start < 30
    gone.set()
    for thread in threads:
        thread.join(20)
    assert not places._waiting


def test_a_call_gets_the_place_that_another_gives_back() -> None:
    places = Places(patience=60)
    held = [places.of_api("a", lambda: True) for _ in range(PER_ADDRESS)]
    for one in held:
        one.__enter__()
    threading.Timer(0.1, lambda: held[0].__exit__(None, None, None)).start()
    with places.of_api("a", lambda: True):
        pass


def test_a_call_whose_client_is_gone_waits_no_longer() -> None:
    places = Places(patience=60)
    held = [places.of_api("a", lambda: True) for _ in range(PER_ADDRESS)]
    for one in held:
        one.__enter__()
    with pytest.raises(Cancelled), places.of_api("a", lambda: False):
        pass


def test_the_api_leaves_places_to_the_pages() -> None:
    assert OF_THE_API < presence.LONGEST_LINE


def test_a_runs_events_come_as_long_as_their_client_is_here() -> None:
    clock = Clock()
    here, closed = Presence(clock), []

    def events() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    run = here.while_here("a", events())
    assert [next(run), next(run)] == [0, 1]
    clock.now += TO_LISTEN + 0.1
    with pytest.raises(Cancelled):
        next(run)
    del run
    assert closed == [True], "the run is left"

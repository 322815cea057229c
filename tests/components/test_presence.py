"""Who still listens, and how many runs each may have."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from components import presence
from components.presence import OF_THE_API, PER_ADDRESS, PER_PAGE, TO_LISTEN, UNHEARD, Places, Presence
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language


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


def test_nothing_is_kept_of_clients_that_are_long_gone() -> None:
    clock = Clock()
    here = Presence(clock)
    for name in range(1000):
        with here.listening(str(name)):
            pass
        clock.now += 1
    assert len(here._until) < 100
    assert not here._streams


def test_a_page_has_so_many_runs_and_gets_its_places_back() -> None:
    places = Places()
    held = [places.of_page("a") for _ in range(PER_PAGE)]
    for one in held:
        one.__enter__()
    with pytest.raises(PlaygroundError) as refused, places.of_page("a"):
        pass
    for language in Language:
        assert str(PER_PAGE) in refused.value.message.in_(language)
    with places.of_page("b"):
        pass
    held[0].__exit__(None, None, None)
    with places.of_page("a"):
        pass


@pytest.mark.parametrize("addresses", [["a"] * PER_ADDRESS, [str(number) for number in range(OF_THE_API)]])
def test_a_call_waits_for_a_place_and_is_refused_in_words_when_none_comes(addresses: list[str]) -> None:
    places = Places(patience=0.05)
    held = [places.of_api(address, lambda: True) for address in addresses]
    for one in held:
        one.__enter__()
    with pytest.raises(PlaygroundError) as refused, places.of_api("a", lambda: True):
        pass
    for language in Language:
        assert str(len(addresses)) in refused.value.message.in_(language)
    with places.of_page("a"):
        pass  # the pages' places are their own


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

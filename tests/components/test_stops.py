from __future__ import annotations

from components.stops import Stops


def test_stop_reaches_the_one_session_and_place() -> None:
    stops = Stops()
    mine, other_place, other_session = stops.start("me", "a"), stops.start("me", "b"), stops.start("you", "a")
    stops.stop("me", "a")
    assert (mine.is_set(), other_place.is_set(), other_session.is_set()) == (True, False, False)
    stops.stop("me")
    assert (other_place.is_set(), other_session.is_set()) == (True, False)


def test_a_second_run_in_a_place_stops_the_first_and_outlives_its_end() -> None:
    stops = Stops()
    first = stops.start("me", "a")
    second = stops.start("me", "a")
    assert first.is_set() and not second.is_set()
    stops.end("me", "a", first)
    stops.stop("me", "a")
    assert second.is_set()

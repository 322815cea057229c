from __future__ import annotations

import threading

import pytest

from components.runs import Line, Stops
from playground.lab.errors import Cancelled, PlaygroundError


def test_a_line_moves_in_order_of_arrival() -> None:
    line, never = Line(), threading.Event()
    first, second, third = line.join(), line.join(), line.join()
    assert list(line.wait(first, never)) == []
    waiting = line.wait(third, never)
    assert next(waiting) == 2
    line.leave(second)
    assert next(waiting) == 1
    line.leave(first)
    assert list(waiting) == []


def test_only_one_runs_at_a_time() -> None:
    line, never = Line(), threading.Event()
    inside, most = 0, 0

    def visit() -> None:
        nonlocal inside, most
        ticket = line.join()
        for _ in line.wait(ticket, never):
            pass
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.01)
        inside -= 1
        line.leave(ticket)

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (inside, most) == (0, 1)


def test_who_is_stopped_leaves_the_wait() -> None:
    line, cancelled = Line(), threading.Event()
    line.join()
    waiting = line.wait(line.join(), cancelled)
    assert next(waiting) == 1
    cancelled.set()
    with pytest.raises(Cancelled):
        next(waiting)


def test_a_full_line_says_so() -> None:
    line = Line(longest=2)
    first = line.join()
    line.join()
    with pytest.raises(PlaygroundError) as error:
        line.join()
    assert "2" in error.value.message.en
    line.leave(first)
    line.leave(first)
    line.join()


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

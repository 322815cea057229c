"""The line of runs, and who computes while it is empty."""

from __future__ import annotations

import threading
import time

import pytest

from playground.lab.errors import Cancelled, PlaygroundError
from playground.line import GIVE_WAY_SECONDS, Line


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


def test_a_turn_tells_how_many_are_ahead_and_is_given_back_after_an_error() -> None:
    line, never = Line(longest=2), threading.Event()
    told: list[int] = []
    first = line.join()
    threading.Timer(0.05, line.leave, (first,)).start()
    with pytest.raises(ZeroDivisionError), line.turn(never, told.append):
        raise ZeroDivisionError
    assert told == [1]
    for _ in range(3):
        with line.turn(never, told.append):
            pass
    assert told == [1]


def test_spare_time_ends_when_somebody_joins_who_waits_no_longer_than_it_takes_to_give_way() -> None:
    line, never = Line(), threading.Event()
    entered = threading.Event()
    left = threading.Event()

    def stubborn() -> None:
        with line.spare() as interrupted:
            assert interrupted is not None
            entered.set()
            assert interrupted.wait(10)
            left.wait(10)

    guest = threading.Thread(target=stubborn)
    guest.start()
    assert entered.wait(10)
    with line.spare() as second:
        assert second is None, "one guest at a time"
    began = time.monotonic()
    ticket = line.join()
    assert list(line.wait(ticket, never)) == []
    waited = time.monotonic() - began
    left.set()
    guest.join(10)
    assert GIVE_WAY_SECONDS <= waited < GIVE_WAY_SECONDS + 2
    with line.spare() as third:
        assert third is None, "somebody is in line"
    line.leave(ticket)
    with line.spare() as fourth:
        assert fourth is not None
        assert not fourth.is_set()


def test_a_guest_who_leaves_at_once_keeps_nobody_waiting() -> None:
    line, never = Line(), threading.Event()
    entered = threading.Event()

    def polite() -> None:
        with line.spare() as interrupted:
            assert interrupted is not None
            entered.set()
            interrupted.wait(10)

    guest = threading.Thread(target=polite)
    guest.start()
    assert entered.wait(10)
    assert list(line.wait(line.join(), never)) == []
    guest.join(10)
    assert not guest.is_alive()

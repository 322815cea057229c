"""The line of runs, and who computes while it is empty."""

from __future__ import annotations

import threading
import time

import pytest

from playground.lab.errors import Cancelled
from playground.line import GIVE_WAY_SECONDS, Line, LineFull
from playground.order import Expected


def test_a_line_moves_in_order_of_arrival() -> None:
    line, never = Line(), threading.Event()
    first, second, third = line.join(), line.join(), line.join()
    assert list(line.wait(first, never)) == []
    waiting = line.wait(third, never)
    assert next(waiting).ahead == 2
    line.leave(second)
    assert next(waiting).ahead == 1
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


def test_the_expected_wait_is_told_anew_as_it_goes_down() -> None:
    now = 0.0
    line, never = Line(clock=lambda: now), threading.Event()
    line.join(30.0, "a")
    line.join(8.0, "b")
    waiting = line.wait(line.join(9.0, "c"), never)
    assert next(waiting) == Expected(2, 38.0)
    now = 12.0
    assert next(waiting) == Expected(2, 26.0)


def test_a_shorter_run_overtakes_and_the_longer_one_is_told() -> None:
    line, never = Line(), threading.Event()
    first, long = line.join(20.0), line.join(30.0)
    waiting = line.wait(long, never)
    assert next(waiting).ahead == 1
    short = line.join(1.0)
    assert next(waiting).ahead == 2
    line.leave(first)
    assert list(line.wait(short, never)) == []
    line.leave(short)
    assert list(waiting) in ([], [Expected(1, 0.0)])


def test_who_is_stopped_leaves_the_wait() -> None:
    line, cancelled = Line(), threading.Event()
    line.join()
    waiting = line.wait(line.join(), cancelled)
    assert next(waiting).ahead == 1
    cancelled.set()
    with pytest.raises(Cancelled):
        next(waiting)


def test_a_full_line_says_so_and_when_there_will_be_a_place() -> None:
    now = 100.0
    line = Line(longest=2, clock=lambda: now)
    first = line.join(40.0)
    line.join(5.0)
    now = 112.0
    with pytest.raises(LineFull) as error:
        line.join()
    assert error.value.seconds == 28.0
    assert "(2)" in error.value.message.en and "about 30 s" in error.value.message.en
    assert "2 个" in error.value.message.zh and "约 30 秒后" in error.value.message.zh
    line.leave(first)
    line.leave(first)
    line.join()


def test_a_turn_tells_how_many_are_ahead_and_is_given_back_after_an_error() -> None:
    line, never = Line(longest=2), threading.Event()
    told: list[int] = []

    def tell(ahead: int, seconds: float) -> None:
        told.append(ahead)

    first = line.join()
    threading.Timer(0.05, line.leave, (first,)).start()
    with pytest.raises(ZeroDivisionError), line.turn(never, tell):
        raise ZeroDivisionError
    assert told == [1]
    for _ in range(3):
        with line.turn(never, tell):
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

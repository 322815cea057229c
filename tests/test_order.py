"""Whose turn it is, as a simulation: no thread, no clock, no model."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from playground.order import Order, Ticket


@dataclass
class Visit:
    """A run that somebody asks for at a time, and what became of it (seconds)."""

    at: float
    seconds: float
    owner: str = ""
    really: float | None = None
    began: float | None = None
    ticket: Ticket | None = None
    fair: float = field(default=0.0)

    @property
    def takes(self) -> float:
        return self.seconds if self.really is None else self.really


def simulate(visits: list[Visit]) -> list[Visit]:
    """Lets the visits come and compute on a clock of its own; returns them in the order of their turns."""
    order, coming, done = Order(), sorted(visits, key=lambda visit: visit.at), []
    current: Visit | None = None
    now = 0.0
    while coming or current or len(order):
        ends = now if current is None else (current.began or 0.0) + current.takes
        if coming and (current is None or coming[0].at <= ends):
            visit = coming.pop(0)
            now = max(now, visit.at)
            visit.ticket = order.join(now, visit.seconds, visit.owner)
        elif current is not None and current.ticket is not None:
            now = ends
            order.leave(current.ticket, now)
            current = None
        if current is None:
            current = next(
                (one for one in visits if one.began is None and one.ticket and order.is_turn_of(one.ticket)), None
            )
            if current is not None:
                current.began = now
                done.append(current)
    return done


def fair_waits(visits: list[Visit]) -> list[float]:
    """What each would wait in the order of arrival, by hand."""
    free, waits = 0.0, []
    for visit in sorted(visits, key=lambda one: one.at):
        start = max(free, visit.at)
        waits.append(start - visit.at)
        free = start + visit.takes
    return waits


def test_the_shortest_goes_first_where_others_can_wait() -> None:
    first, long, short = Visit(0, 20), Visit(1, 30), Visit(2, 2)
    assert simulate([first, long, short]) == [first, short, long]
    assert long.began == 22


def test_without_estimates_the_order_is_that_of_arrival() -> None:
    visits = [Visit(number, 0.0, really=5.0) for number in range(6)]
    assert simulate(visits) == visits


@pytest.mark.parametrize("seed", range(30))
def test_nobody_waits_past_twice_the_fair_wait(seed: int) -> None:
    generator = random.Random(seed)
    visits = [Visit(generator.uniform(0, 120), generator.choice([0.3, 1, 2, 5, 20, 60])) for _ in range(40)]
    simulate(visits)
    by_arrival = sorted(visits, key=lambda one: one.at)
    for visit in by_arrival:
        assert visit.began is not None
    # What was fair when somebody came: what was left to do then, by those who had come before, in whatever order they went.
    for visit in by_arrival:
        before = [other for other in by_arrival if other.at < visit.at]
        left = sum(
            other.seconds
            if (other.began or 0.0) >= visit.at
            else max(0.0, (other.began or 0.0) + other.seconds - visit.at)
            for other in before
        )
        assert (visit.began or 0.0) - visit.at <= 2 * left + 1e-6


def test_short_runs_wait_less_than_in_the_order_of_arrival_and_all_together_too() -> None:
    generator = random.Random(7)
    visits = [Visit(generator.uniform(0, 60), generator.choice([1, 2, 60])) for _ in range(30)]
    fair = fair_waits(visits)
    simulate(visits)
    waits = [(one.began or 0.0) - one.at for one in sorted(visits, key=lambda one: one.at)]
    assert sum(waits) < 0.9 * sum(fair)


def test_a_stream_of_short_runs_does_not_starve_a_long_one() -> None:
    first, long = Visit(0, 10), Visit(1, 50)
    shorts = [Visit(2 + number, 1.5) for number in range(60)]
    simulate([first, long, *shorts])
    assert long.began is not None
    assert long.began - long.at <= 2 * 9 + 1e-6


def test_runs_that_take_longer_than_estimated_fall_back_to_the_order_of_arrival() -> None:
    first, second, third = Visit(0, 1, really=100), Visit(1, 30), Visit(2, 2)
    assert simulate([first, second, third]) == [first, second, third], "the deadline of the second has passed"


def test_a_visitor_has_one_run_in_the_line_while_others_wait() -> None:
    mine = [Visit(0, 5, "me"), Visit(0.1, 1, "me"), Visit(0.2, 1, "me")]
    yours, theirs = Visit(1, 8, "you"), Visit(2, 8, "them")
    assert simulate([*mine, yours, theirs])[:2] == [mine[0], yours]
    assert mine[1].began is not None and theirs.began is not None
    # With nobody else there, one after the other.
    alone = [Visit(0, 5, "me"), Visit(0.1, 1, "me")]
    simulate(alone)
    assert alone[1].began == 5


def test_of_the_runs_that_a_visitor_has_besides_the_shortest_joins_next() -> None:
    script = [Visit(0, 50, "script"), *(Visit(0.1, 50, "script") for _ in range(3))]
    click, other = Visit(1, 0.3, "script"), Visit(2, 60, "other")
    assert simulate([*script, click, other])[:3] == [script[0], other, click]


def test_when_a_place_is_free_is_said_of_the_owners_that_hold_them() -> None:
    order = Order()
    order.join(0.0, 10.0, "page a")
    order.join(1.0, 30.0, "api b")
    order.join(2.0, 2.0, "page c")
    order.join(3.0, 5.0, "page a")
    assert order.ends(4.0, ["page a"]) == order.ends(4.0, []) == order.ends(4.0, ["nobody"]) == pytest.approx(6.0)
    assert order.ends(4.0, ["page c"]) == pytest.approx(6.0 + 2.0)
    expected = {ticket.owner: one.seconds for ticket, one in order.expected(4.0).items()}
    assert order.ends(4.0, ["api b"]) == pytest.approx(expected["api b"] + 30.0) and expected["api b"] >= 8.0
    assert order.ends(4.0, ["api b", "page c"]) == pytest.approx(8.0)


def test_who_has_no_name_has_one_run_only() -> None:
    order = Order()
    tickets = [order.join(0.0, 1.0) for _ in range(3)]
    assert [order.expected(0.0)[ticket].ahead for ticket in tickets[1:]] == [1, 2]


def test_what_is_expected_is_what_happens() -> None:
    order = Order()
    running = order.join(0.0, 10.0, "a")
    long, short, held = order.join(1.0, 40.0, "b"), order.join(2.0, 3.0, "c"), order.join(3.0, 1.0, "a")
    found = order.expected(4.0)
    assert running not in found
    assert (found[short].ahead, found[short].seconds) == (1, pytest.approx(6.0))
    assert found[long].seconds > found[short].seconds
    assert set(found) == {long, short, held}
    began: dict[Ticket, float] = {}
    now, current = 10.0, running
    while len(order):
        order.leave(current, now)
        waiting = [ticket for ticket in (long, short, held) if order.is_turn_of(ticket)]
        if not waiting:
            break
        current = waiting[0]
        began[current] = now
        now += current.seconds
    assert began == {ticket: pytest.approx(4.0 + one.seconds) for ticket, one in found.items()}
    assert sorted(one.ahead for one in found.values()) == [1, 2, 3]


def test_leaving_moves_the_others_up_and_leaving_twice_nothing() -> None:
    order = Order()
    first, second, third = (order.join(0.0, 1.0, name) for name in "abc")
    order.leave(second, 0.5)
    order.leave(second, 0.5)
    assert len(order) == 2
    order.leave(first, 1.0)
    assert order.is_turn_of(third)
    order.leave(third, 2.0)
    assert len(order) == 0
    assert order.remaining(3.0) == 0.0


def test_a_run_past_its_estimate_is_expected_to_take_a_share_of_its_time_more() -> None:
    order = Order()
    order.join(0.0, 10.0, "a")
    waiting = order.join(0.0, 1.0, "b")
    assert order.expected(9.0)[waiting].seconds == pytest.approx(1.0)
    assert order.expected(40.0)[waiting].seconds == pytest.approx(10.0)

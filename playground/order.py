"""Decides whose turn it is: the shortest run first, as long as everybody still starts within twice their fair wait.

The fair wait is that of the order of arrival: what remains of the run that computes, and the runs that were waiting already. So a long
run can be overtaken until its deadline, two fair waits after it came, and no longer. If runs take as long as was estimated, no
deadline is ever missed: a run is preferred only where all others, one after the other as they came, would still start in time.

Knows no thread and no clock: every moment is given, in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

# How many fair waits somebody may wait.
MOST_FAIR_WAITS = 2.0
# Of the time that a run has taken which takes longer than was estimated: so much longer is expected.
LATE_SHARE = 0.25
_ROUNDING = 1e-6


@dataclass(eq=False)
class Ticket:
    """A run's place. `seconds`: how long the run is expected to take. `deadline`: when it should have begun; set once it counts as
    waiting, which is when its owner has no other run in the line.
    """

    seconds: float
    owner: str
    deadline: float | None = None


@dataclass(frozen=True)
class Expected:
    """What somebody who waits may expect: how many runs are `ahead`, and the seconds until their turn."""

    ahead: int
    seconds: float


class Order:
    """The runs of a line: at most one has its turn."""

    def __init__(self) -> None:
        self._current: Ticket | None = None
        self._began = 0.0
        # In the order of their coming; those of an owner who has another ticket are held back.
        self._waiting: list[Ticket] = []
        self._held: list[Ticket] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._held) + (self._current is not None)

    def join(self, now: float, seconds: float, owner: str = "") -> Ticket:
        """Adds a run and returns its ticket. An empty owner has one run only."""
        ticket = Ticket(max(0.0, seconds), owner)
        if owner and any(other.owner == owner for other in self._here()):
            self._held.append(ticket)
        else:
            self._admit(ticket, now)
        self._next(now)
        return ticket

    def leave(self, ticket: Ticket, now: float) -> None:
        """Takes a run out, whether it has computed or only waited; one that isn't there changes nothing."""
        if ticket is self._current:
            self._current = None
        elif ticket in self._waiting:
            self._waiting.remove(ticket)
        elif ticket in self._held:
            self._held.remove(ticket)
            return
        else:
            return
        # Others first: the same owner's next run, the shortest, counts as waiting once one of them has had the turn.
        self._next(now)
        mine = (held for held in self._held if held.owner == ticket.owner)
        following = min(mine, key=lambda held: held.seconds, default=None)
        if following is not None:
            self._held.remove(following)
            self._admit(following, now)
            self._next(now)

    def is_turn_of(self, ticket: Ticket) -> bool:
        """Returns whether the run may compute."""
        return ticket is self._current

    def remaining(self, now: float) -> float:
        """Returns the seconds that the computing run is expected to need still; 0 without one.

        Past its estimate, a share of what it has taken so far.
        """
        if self._current is None:
            return 0.0
        taken = now - self._began
        return self._current.seconds - taken if taken <= self._current.seconds else LATE_SHARE * taken

    def ends(self, now: float, owners: Collection[str]) -> float:
        """Returns the seconds until the first run of some owners is expected to end; until the computing one is, for those who have none."""
        waiting = [one.seconds + ticket.seconds for ticket, one in self.expected(now).items() if ticket.owner in owners]
        computes = self._current is not None and self._current.owner in owners
        return min(waiting) if waiting and not computes else self.remaining(now)

    def expected(self, now: float) -> dict[Ticket, Expected]:
        """Returns what everybody who waits may expect if nobody else comes: it lets a copy of the line run to its end."""
        copy = Order()
        copy._current, copy._began = self._current, self._began
        copy._waiting = [replace(ticket) for ticket in self._waiting]
        copy._held = [replace(ticket) for ticket in self._held]
        of_copy = dict(zip((*copy._waiting, *copy._held), (*self._waiting, *self._held), strict=True))
        found: dict[Ticket, Expected] = {}
        moment, ahead = now + self.remaining(now), 1
        while copy._current is not None:
            copy.leave(copy._current, moment)
            if copy._current is not None:
                found[of_copy[copy._current]] = Expected(ahead, moment - now)
                moment, ahead = moment + copy._current.seconds, ahead + 1
        return found

    def _here(self) -> Iterator[Ticket]:
        if self._current is not None:
            yield self._current
        yield from self._waiting

    def _admit(self, ticket: Ticket, now: float) -> None:
        fair = self.remaining(now) + sum(other.seconds for other in self._waiting)
        ticket.deadline = now + MOST_FAIR_WAITS * fair
        self._waiting.append(ticket)

    def _next(self, now: float) -> None:
        if self._current is None and self._waiting:
            self._current, self._began = chosen(self._waiting, now), now
            self._waiting.remove(self._current)


def chosen(waiting: Sequence[Ticket], now: float) -> Ticket:
    """Returns the shortest of the runs after which all others, in the order of their coming, would begin by their deadlines; the
    first one where there is none, as when runs have taken longer than was estimated.
    """
    for ticket in sorted(waiting, key=lambda one: one.seconds):
        if _in_time([other for other in waiting if other is not ticket], now + ticket.seconds):
            return ticket
    return waiting[0]


def _in_time(waiting: Sequence[Ticket], start: float) -> bool:
    for ticket in waiting:
        if ticket.deadline is not None and start > ticket.deadline + _ROUNDING:
            return False
        start += ticket.seconds
    return True

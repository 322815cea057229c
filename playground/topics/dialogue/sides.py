"""A side of the comparison: its strategy on the same turns, its prompt now and at every turn before. Generates nothing."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from playground.topics.dialogue.reading import WHOLE, Chunks, Reader, Reading, common, states
from playground.topics.dialogue.turns import Exchange


@dataclass(frozen=True)
class Turn:
    """What fits at a turn: the first exchange in the prompt, from 1, and whether the examples are in it.

    `tokens`: of the prompt, those set aside for a summary included.
    """

    first: int
    opening: bool
    tokens: int


@dataclass(frozen=True)
class Side:
    """One strategy through a whole conversation. `message` is the new one, blank when there is none."""

    reader: Reader
    exchanges: tuple[Exchange, ...]
    message: str

    @functools.cached_property
    def now(self) -> Turn:
        """Finds what fits now. Raises PlaygroundError where the new message doesn't."""
        return self._turn(len(self.exchanges), 1)

    @functools.cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Finds what fitted when each message was new; the last is now. Slow in a long chat, and not needed for a reply."""
        turns: list[Turn] = []
        for turn in range(len(self.exchanges)):
            # What was dropped at a turn stays dropped: the prompt only gets longer.
            turns.append(self._turn(turn, turns[-1].first if turns else 1))
        return (*turns, self.now)

    def _turn(self, turn: int, at_least: int) -> Turn:
        said, asked = self.said_at(turn)
        first, opening = self.reader.first_kept(said, asked, at_least, strict=turn == len(self.exchanges))
        tokens = len(self.reader.read(said, asked, first, opening=opening).ids)
        return Turn(first, opening, tokens + self.reader.reserve(first))

    @property
    def to_sum_up(self) -> tuple[Exchange, ...]:
        """The exchanges that a summary replaces now; none under another strategy."""
        if self.reader.memory.strategy != "summary":
            return ()
        return self.exchanges[: self.now.first - 1]

    def said_at(self, turn: int) -> tuple[tuple[Exchange, ...], str]:
        """Returns the exchanges before message `turn` + 1, and that message."""
        message = self.exchanges[turn].user if turn < len(self.exchanges) else self.message
        return self.exchanges[:turn], message

    def reading(self, turn: int | None = None, summary: str = "") -> Reading:
        """Makes the prompt at a turn (from 0), now unless given. `summary` replaces what had been dropped by then, if anything had."""
        exchanges, message = self.said_at(len(self.exchanges) if turn is None else turn)
        fitted = self.now if turn is None else self.turns[turn]
        told = summary if fitted.first > 1 else ""
        return self.reader.read(exchanges, message, fitted.first, opening=fitted.opening, summary=told)

    def before(self, turn: int, summary: str = "") -> Reading | None:
        """Makes the prompt of the turn before a turn (from 0); None for the first."""
        return self.reading(turn - 1, summary) if turn else None

    def kept(self, turn: int, chunks: Chunks, summary: str = "") -> int:
        """Counts the chunks of a turn's prompt whose keys and values the turn before has computed."""
        before = self.before(turn, summary)
        if before is None:
            return 0
        shared = common(before.chunks, chunks)
        if summary and self.turns[turn].first != self.turns[turn - 1].first:
            # The summary was another one then: only the examples before it are the same.
            opening = sum(piece.role == "frame" for piece in before.pieces)
            return min(shared, opening)
        return shared

    def whole(self) -> list[int]:
        """Counts the prompt's tokens at each turn if nothing had been dropped."""
        return [len(self.reader.spell(*self.said_at(turn))) for turn in range(len(self.turns))]

    def forgotten_at(self) -> list[int | None]:
        """Finds the turn (from 1) from which on the examples (first) and each exchange were no longer read whole."""
        lost: list[int | None] = [None] * (len(self.exchanges) + 1)
        for turn in range(len(self.turns)):
            reading, exchanges = self.reading(turn), self.said_at(turn)[0]
            gone = [not reading.has_frame, *(state != WHOLE for state in states(reading, exchanges))]
            for place, is_gone in enumerate(gone):
                if is_gone and lost[place] is None:
                    lost[place] = turn + 1
        return lost

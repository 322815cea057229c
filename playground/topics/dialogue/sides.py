"""A side of the comparison: its strategy on the same turns, what it reads now and what it read before. Makes no panels."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from playground.lab.chat_panels import KEPT
from playground.topics.dialogue.first_token import Chunks, common
from playground.topics.dialogue.reading import Reader, Reading, states
from playground.topics.dialogue.turns import Exchange


@dataclass(frozen=True)
class Turn:
    """What fits at a turn: the first exchange that is read, and whether the examples are.

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
        """What fits now. Raises PlaygroundError where the new message doesn't."""
        return self._turn(len(self.exchanges), 1)

    @functools.cached_property
    def turns(self) -> tuple[Turn, ...]:
        """What fitted when message n + 1 was new; the last is now. Not needed for a reply, and takes its time in a long chat."""
        turns: list[Turn] = []
        for turn in range(len(self.exchanges)):
            # What was gone at a turn stays gone: the prompt only gets longer.
            turns.append(self._turn(turn, turns[-1].first if turns else 1))
        return (*turns, self.now)

    def _turn(self, turn: int, at_least: int) -> Turn:
        said, asked = self.said_at(turn)
        first, opening = self.reader.first_kept(said, asked, at_least, strict=turn == len(self.exchanges))
        tokens = len(self.reader.read(said, asked, first, opening=opening).ids)
        return Turn(first, opening, tokens + self.reader.reserve(first))

    @property
    def to_sum_up(self) -> tuple[Exchange, ...]:
        """The exchanges that a summary stands for now; none under another strategy."""
        if self.reader.memory.strategy != "summary":
            return ()
        return self.exchanges[: self.now.first - 1]

    def said_at(self, turn: int) -> tuple[tuple[Exchange, ...], str]:
        """What had been said when message `turn` + 1 was new, and that message."""
        message = self.exchanges[turn].user if turn < len(self.exchanges) else self.message
        return self.exchanges[:turn], message

    def reading(self, turn: int | None = None, summary: str = "") -> Reading:
        """The prompt at a turn, now unless given. `summary` stands for what had gone by then, if anything had."""
        exchanges, message = self.said_at(len(self.exchanges) if turn is None else turn)
        fitted = self.now if turn is None else self.turns[turn]
        told = summary if fitted.first > 1 else ""
        return self.reader.read(exchanges, message, fitted.first, opening=fitted.opening, summary=told)

    def kept(self, turn: int, chunks: Chunks, summary: str = "") -> int:
        """How many chunks of a turn's prompt have keys and values left from the turn before."""
        if turn == 0:
            return 0
        before = self.reading(turn - 1, summary)
        shared = common(before.chunks, chunks)
        if summary and self.turns[turn].first != self.turns[turn - 1].first:
            # Another summary then: only what stands before it is the same.
            opening = sum(piece.role == "frame" for piece in before.pieces)
            return min(shared, opening)
        return shared

    def whole(self) -> list[int]:
        """Tokens of the prompt at each turn if nothing had been dropped."""
        return [len(self.reader.spell(*self.said_at(turn))) for turn in range(len(self.turns))]

    def forgotten_at(self) -> list[int | None]:
        """For each exchange, and first of all for the examples, the turn (from 1) at which it was no longer read whole."""
        lost: list[int | None] = [None] * (len(self.exchanges) + 1)
        for turn in range(len(self.turns)):
            reading, exchanges = self.reading(turn), self.said_at(turn)[0]
            gone = [not reading.has_frame, *(state != KEPT for state in states(reading, exchanges))]
            for place, is_gone in enumerate(gone):
                if is_gone and lost[place] is None:
                    lost[place] = turn + 1
        return lost

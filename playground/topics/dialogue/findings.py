"""The numbers of a run of dialogue: what each side read, reused and replied, what it forgot when, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.lab.timing import Timing
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.first_token import REPEATS, Waits
from playground.topics.dialogue.reading import UNREAD, WHOLE, Reading, states
from playground.topics.dialogue.replying import Said
from playground.topics.dialogue.sides import Side


@dataclass(frozen=True)
class Forgotten:
    """`turn`: the number of the message, from 1, at which something was no longer read whole. `exchange`: its number
    from 1; 0 for the examples at the start.
    """

    turn: int
    exchange: int


@dataclass(frozen=True)
class SideFindings:
    """One side at this turn.

    `read`: the exact string that the model read. `tokens`: of it, a beginning-of-text token included. `example_tokens`:
    those of the example chats at its start, 0 without any. `examples_whole`: whether it has those whole; True where
    there are none to have. `whole_turns`, `unread_turns`: earlier turns of which the model reads all, and nothing (a
    summary aside). `summary`: the sentence that replaces old turns, "" for none. `reused`: tokens of the prompt whose
    keys and values the turn before has computed. `prefix_changed`: whether the prompt of the turn before isn't the
    beginning of this one, so that something of it had to be computed again; False at the first turn. `tokens_by_turn`:
    of the prompt when message 1, 2, … was new, those set aside for a summary included. `examples_forgotten_at`: the
    turn (from 1) at which the examples were no longer read whole, None: they still are. `forgotten_at`: the same for
    each earlier turn, oldest first. `reply`: its text, None without a new message. `reply_tokens`: its length, 0
    without one.
    """

    read: str
    tokens: int
    example_tokens: int
    examples_whole: bool
    whole_turns: int
    unread_turns: int
    summary: str
    reused: int
    prefix_changed: bool
    tokens_by_turn: tuple[int, ...]
    examples_forgotten_at: int | None
    forgotten_at: tuple[int | None, ...]
    reply: str | None
    reply_tokens: int

    @property
    def first_forgotten(self) -> Forgotten | None:
        """What was forgotten first; of several at one turn the oldest. None where everything is still read."""
        turns = (self.examples_forgotten_at, *self.forgotten_at)
        lost = [Forgotten(turn, exchange) for exchange, turn in enumerate(turns) if turn is not None]
        return min(lost, key=lambda one: (one.turn, one.exchange), default=None)


@dataclass(frozen=True)
class History:
    """The conversation, the same for both sides.

    `said`: what the user said at each earlier turn, oldest first. `user_tokens`: of each message, the new one included
    if there is one. `assistant_tokens`: of each earlier reply. `whole_prompt_tokens`: of the prompt at each turn if
    nothing had been dropped. `room`: tokens that a prompt may have, the budget less the reply's.
    """

    said: tuple[str, ...]
    user_tokens: tuple[int, ...]
    assistant_tokens: tuple[int, ...]
    whole_prompt_tokens: tuple[int, ...]
    room: int


@dataclass(frozen=True)
class Milliseconds:
    """Time to first token over the repeats, milliseconds: the `median`, the least (`low`) and the most (`high`)."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class TurnTimes:
    """Time to first token at a `turn` (from 1). `whole_prompt`: with the whole prompt prefilled; `new_tokens`: with
    only the tokens not cached from the turn before.
    """

    turn: int
    whole_prompt: Milliseconds
    new_tokens: Milliseconds


@dataclass(frozen=True)
class Measured:
    """Times taken in this run. `a`, `b`: each side's, by turn, the last of which is now. `repeats`: passes that each
    median is of.
    """

    a: tuple[TurnTimes, ...]
    b: tuple[TurnTimes, ...]
    repeats: int


@dataclass(frozen=True)
class Findings:
    """`a`, `b`: both sides of one conversation. `history`: what was said, the same for both. `measured`: times to first
    token.

    `reproduced`: by side ("a", "b"), whether a reply generated without any cached keys and values has the same tokens;
    empty without a new message.
    """

    a: SideFindings
    b: SideFindings
    history: History
    reproduced: dict[str, bool]
    measured: Measured


def history_of(lm: LanguageModel, side: Side) -> History:
    """Counts the conversation's tokens, role names not included. `side`: either, since both have the same turns and room."""

    def counts(texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(lm.encode(text, bos=False)) for text in texts)

    said = tuple(one.user for one in side.exchanges)
    return History(
        said=said,
        user_tokens=counts((*said, side.message) if side.message else said),
        assistant_tokens=counts([one.reply for one in side.exchanges]),
        whole_prompt_tokens=tuple(side.whole()),
        room=side.reader.room,
    )


def side_of(side: Side, reading: Reading, summary: str, kept: int, said: Said | None) -> SideFindings:
    """Reads a side's findings off its prompt now. `kept`: how many of its chunks the turn before has computed."""
    became = states(reading, side.exchanges)
    before = side.before(len(side.exchanges), summary)
    examples, *exchanges = side.forgotten_at()
    counted = zip(reading.pieces, reading.tokens, strict=True)
    return SideFindings(
        read=reading.text,
        tokens=len(reading.ids),
        example_tokens=sum(tokens for piece, tokens in counted if piece.role == "frame"),
        examples_whole=reading.has_frame,
        whole_turns=sum(state == WHOLE for state in became),
        unread_turns=sum(state in UNREAD for state in became),
        summary=summary,
        reused=sum(map(len, reading.chunks[:kept])),
        prefix_changed=before is not None and kept < len(before.chunks),
        tokens_by_turn=tuple(turn.tokens for turn in side.turns),
        examples_forgotten_at=examples,
        forgotten_at=tuple(exchanges),
        reply=said.text if said else None,
        reply_tokens=len(said.ids) if said else 0,
    )


def measured_of(waits: Mapping[str, Sequence[tuple[int, Waits]]]) -> Measured:
    """Turns the timings (seconds) of sides "a" and "b" into milliseconds by turn."""

    def times(of_turns: Sequence[tuple[int, Waits]]) -> tuple[TurnTimes, ...]:
        return tuple(TurnTimes(turn, _milliseconds(one.anew), _milliseconds(one.kept)) for turn, one in of_turns)

    return Measured(times(waits["a"]), times(waits["b"]), REPEATS)


def _milliseconds(timing: Timing) -> Milliseconds:
    return Milliseconds(timing.median * 1e3, timing.low * 1e3, timing.high * 1e3)

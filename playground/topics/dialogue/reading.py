"""The prompt of a side: which earlier turns fit its budget, the string, its tokens, and where it may be cut into chunks.

Knows nothing of how a reply is generated from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from playground.lab.chat_panels import DROPPED, KEPT, PART, SUMMARISED
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language.units import pieces as token_pieces
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.frames import Frame, Piece, Template
from playground.topics.dialogue.memory import Memory
from playground.topics.dialogue.turns import Exchange

# Set aside for a summary as soon as a turn has to go, so that what fits doesn't depend on what the model will generate.
SUMMARY_TOKENS = 40
# Of the states of an exchange: the model reads all of it, or nothing of it in its own words.
WHOLE, UNREAD = KEPT, (SUMMARISED, DROPPED)

# Token ids of a prompt, cut where keys and values may be kept up to.
Chunks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Reading:
    """A side's prompt. `tokens`: of each piece; `chunks`: its token ids, cut where pieces end that say so.

    `first`: the number of the first exchange in it, from 1. `lost`: the pieces that aren't in it, in their order.
    """

    pieces: tuple[Piece, ...]
    tokens: tuple[int, ...]
    chunks: Chunks
    first: int
    lost: tuple[Piece, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(itertools.chain.from_iterable(self.chunks))

    @property
    def text(self) -> str:
        """The exact string."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def has_frame(self) -> bool:
        """Whether the examples are in it whole, or there are none."""
        return not any(piece.role == "frame" for piece in self.lost)


def reader_for(lm: LanguageModel, frame: Frame | Template, memory: Memory, *, budget: int, reply_tokens: int) -> Reader:
    """Makes a side's reader: the budget less the reply's tokens, within the model's own window.

    Raises PlaygroundError where that leaves the prompt no token.
    """
    room = min(budget, lm.context) - reply_tokens
    if room < 1:
        raise PlaygroundError(
            Text(
                zh="“词元预算”是 {budget}，回复要留 {reply} 个，提示就没有位置了。请加大预算，或减少“回复最多词元数”。",
                en="“Token budget” is {budget} and the reply takes {reply}, which leaves the prompt no room."
                " Raise the budget, or lower “Reply tokens at most”.",
            ).format(budget=budget, reply=reply_tokens),
            "budget",
        )
    return Reader(lm, frame, memory, room)


@dataclass(frozen=True)
class Reader:
    """Makes prompts of conversations under one strategy. `room`: tokens that the prompt may have."""

    lm: LanguageModel
    frame: Frame | Template
    memory: Memory
    room: int

    def first_kept(
        self, exchanges: Sequence[Exchange], message: str, at_least: int = 1, *, strict: bool = True
    ) -> tuple[int, bool]:
        """Finds the first exchange that fits, number `at_least` or later, and whether the examples fit as well.

        Raises PlaygroundError when not even the message fits, if `strict`.
        """
        count = len(exchanges)
        if self.memory.strategy == "tokens":
            return 1, True
        start = max(at_least, count - self.memory.window + 1) if self.memory.strategy == "window" else at_least
        # The examples stay as long as the message fits beside them: without them a base model makes nothing of the turns.
        for opening in (True, False) if isinstance(self.frame, Frame) and self.frame.opening else (True,):
            for first in range(start, count + 2):
                pieces = self._pieces(exchanges, message, first, opening=opening)
                if len(self._ids(pieces)) + self.reserve(first) <= self.room:
                    return first, opening
        alone = len(self._ids(self._pieces(exchanges, message, count + 1, opening=False)))
        if strict and alone > self.room:
            raise PlaygroundError(
                Text(
                    zh="“新消息”连同角色名有 {n} 个词元，除去回复的位置，预算只剩 {room} 个。请删短，或加大“词元预算”。",
                    en="“New message” has {n} tokens with the role names; without the reply's room the budget leaves {room}."
                    " Shorten it, or raise “Token budget”.",
                ).format(n=alone, room=self.room),
                "message",
            )
        return count + 1, False

    def reserve(self, first: int) -> int:
        """Counts the tokens set aside for a summary when the prompt begins with exchange `first`."""
        return SUMMARY_TOKENS if first > 1 and self.memory.strategy == "summary" else 0

    def read(
        self, exchanges: Sequence[Exchange], message: str, first: int, *, opening: bool = True, summary: str = ""
    ) -> Reading:
        """Makes the prompt of these exchanges from number `first` on, and of the message."""
        pieces = self._pieces(exchanges, message, first, opening=opening, summary=summary)
        lost = [] if opening or not isinstance(self.frame, Frame) else list(self.frame.opening)
        for number, one in enumerate(exchanges[: first - 1], 1):
            lost += self.frame.lines(one, number)
        ids, starts = self._spell(pieces)
        if self.memory.strategy == "tokens" and len(ids) > self.room:
            return self._cut_by_tokens(pieces, ids, starts)
        return Reading(tuple(pieces), _counts(pieces, starts), _chunks(pieces, ids, starts), first, tuple(lost))

    def spell(self, exchanges: Sequence[Exchange], message: str) -> list[int]:
        """Encodes everything, however much room there is; the token ids (tokens,)."""
        return self._ids(self._pieces(exchanges, message, 1))

    def _cut_by_tokens(self, pieces: Sequence[Piece], ids: Sequence[int], starts: Sequence[int]) -> Reading:
        at = len(ids) - self.room
        while at < len(ids) - 1 and starts[at] == starts[at - 1]:  # inside a character: on to the next one
            at += 1
        kept: list[Piece] = []
        lost: list[Piece] = []
        place = 0
        for piece in pieces:
            cut = min(max(starts[at] - place, 0), len(piece.text))
            if cut:
                lost.append(replace(piece, text=piece.text[:cut], ends=False))
            if cut < len(piece.text):
                kept.append(replace(piece, text=piece.text[cut:]))
            place += len(piece.text)
        shifted = [start - starts[at] for start in starts[at:]]
        first = next((piece.turn for piece in kept if piece.turn), 1)
        return Reading(tuple(kept), _counts(kept, shifted), _chunks(kept, ids[at:], shifted), first, tuple(lost))

    def _pieces(
        self, exchanges: Sequence[Exchange], message: str, first: int, *, opening: bool = True, summary: str = ""
    ) -> list[Piece]:
        numbered = list(enumerate(exchanges, 1))[first - 1 :]
        return self.frame.pieces(numbered, message, len(exchanges) + 1, opening=opening, summary=summary)

    def _ids(self, pieces: Sequence[Piece]) -> list[int]:
        if isinstance(
            self.frame, Template
        ):  # the template writes its own control tokens, the beginning-of-text token included
            return self.lm.encode_template([(piece.text, piece.role == "special") for piece in pieces])
        return self.lm.encode("".join(piece.text for piece in pieces))

    def _spell(self, pieces: Sequence[Piece]) -> tuple[list[int], list[int]]:
        """Encodes the string: its token ids, and the character at which each begins."""
        ids = self._ids(pieces)
        seen = token_pieces(self.lm, ids)
        if not isinstance(self.frame, Template) and ids and ids[0] == self.lm.tokenizer.bos_token_id:
            seen[0] = ""
        # SentencePiece may put a space before the whole text.
        extra = len("".join(seen)) - sum(len(piece.text) for piece in pieces)
        starts: list[int] = []
        at = -max(0, extra)
        for piece in seen:
            # A later token of a character begins where the character does.
            starts.append(max(0, at) if piece or not starts else starts[-1])
            at += len(piece)
        return ids, starts


def common(before: Chunks, now: Chunks) -> int:
    """Counts the chunks that two prompts begin with in common. The last of `now` never counts: its logits are needed."""
    count = 0
    while count < min(len(before), len(now) - 1) and before[count] == now[count]:
        count += 1
    return count


def states(reading: Reading, exchanges: Sequence[Exchange]) -> list[str]:
    """Names what became of each exchange: kept, part, summarised or dropped."""
    lost = {piece.turn for piece in reading.lost}
    read = {piece.turn for piece in reading.pieces if piece.role in ("user", "assistant")}
    gone = SUMMARISED if any(piece.role == "summary" for piece in reading.pieces) else DROPPED
    return [(PART if number in read else gone) if number in lost else KEPT for number in range(1, len(exchanges) + 1)]


def _counts(pieces: Sequence[Piece], starts: Sequence[int]) -> tuple[int, ...]:
    """Counts the tokens that begin in each piece."""
    ends = list(itertools.accumulate(len(piece.text) for piece in pieces))
    counts = [0] * len(pieces)
    place = 0
    for start in starts:
        while place < len(pieces) - 1 and start >= ends[place]:
            place += 1
        counts[place] += 1
    return tuple(counts)


def _chunks(pieces: Sequence[Piece], ids: Sequence[int], starts: Sequence[int]) -> Chunks:
    """Cuts the ids where a piece ends that says so and no token reaches across."""
    at, cuts = 0, []
    for piece in pieces[:-1]:
        at += len(piece.text)
        if piece.ends and at in starts:
            cuts.append(starts.index(at))
    bounds = [0, *(cut for cut in dict.fromkeys(cuts) if cut), len(ids)]
    return tuple(tuple(ids[begin:end]) for begin, end in itertools.pairwise(bounds))

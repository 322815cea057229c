"""The chat and its strings as panels, with the moves that go on from them. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.lab import chat_panels
from playground.lab.chat_panels import Chat, PromptPart, PromptString, Reply
from playground.lab.panels import Move
from playground.lab.text import Label, Text
from playground.topics.dialogue.frames import Frame, Piece, Template
from playground.topics.dialogue.reading import Reading, states
from playground.topics.dialogue.replying import Said
from playground.topics.dialogue.settings import STRATEGIES, Memory, Settings
from playground.topics.dialogue.turns import MOST_CHARS, Exchange, write

RETRY_TEMPERATURE = 0.7
MOST_SEED = 2**31 - 1
# What stands in the turns for a reply of no words.
SILENCE = "……"


@dataclass(frozen=True)
class Talking:
    """A conversation being shown: what was said, and the new message, blank when there is none."""

    settings: Settings
    frame: Frame | Template
    exchanges: Sequence[Exchange]
    message: str

    def chat(self, readings: Mapping[str, Reading], said: Mapping[str, Said]) -> Chat:
        """The chat as it stands. It goes on with A's reply as soon as that is whole, whatever B still writes."""
        fates = {role: states(reading, self.exchanges) for role, reading in readings.items()}
        whole = bool(said) and all(one.ending for one in said.values())
        goes_on = bool(said) and said["a"].ending is not None
        return Chat(
            exchanges=tuple(
                chat_panels.Exchange(
                    one.user, one.reply, fates["a"][place], fates["b"][place], self._again(place, one.user)
                )
                for place, one in enumerate(self.exchanges)
            ),
            user=self._name("user"),
            assistant=self._name("assistant"),
            message=self.message,
            replies=tuple(
                Reply(one.text, describe(getattr(self.settings, role)), role, one.ending, len(one.ids), self._on(one) if whole else None)
                for role, one in said.items()
            ),
            resend=self._again(len(self.exchanges), self.message) if self.message else None,
            retry=self._retry() if whole else None,
            then=self._on(said["a"]) if goes_on else None,
            message_chars=MOST_CHARS,
            now={"turns": self.settings.turns, "message": self.settings.message} if goes_on else {},
        )  # fmt: skip

    def _name(self, role: str) -> Label:
        if isinstance(self.frame, Frame):
            return self.frame.user if role == "user" else self.frame.assistant
        return Text(zh="用户", en="User") if role == "user" else Text(zh="助手", en="Assistant")

    def _again(self, place: int, message: str) -> Move:
        """Says the message after the exchange of that number once more, as if nothing had come after."""
        return Move({"turns": write(self.exchanges[:place]), "message": message})

    def _on(self, reply: Said) -> Move:
        """Takes the reply into the turns, so that the next message comes after it."""
        exchange = Exchange(self.message, reply.text[:MOST_CHARS] or SILENCE)
        return Move({"turns": write([*self.exchanges, exchange]), "message": ""}, runs=False)

    def _retry(self) -> Move:
        settings = self.settings
        return Move(
            {
                **self._again(len(self.exchanges), self.message).values,
                "temperature": settings.temperature or RETRY_TEMPERATURE,
                "seed": (settings.seed + 1) % MOST_SEED,
            }
        )


def describe(memory: Memory) -> Label:
    """A strategy in a few words."""
    label = STRATEGIES[memory.strategy]
    if memory.strategy != "window":
        return label
    return Text(zh="只留最近 {n} 轮", en="last {n} turns").format(n=memory.window)


def labels(settings: Settings) -> dict[str, Any]:
    """What the sides of a panel are called."""
    return {"a_label": describe(settings.a), "b_label": describe(settings.b)}


def prompt_string(settings: Settings, reading: Reading, kept: int) -> PromptString:
    """A side's string. `kept`: how many of its chunks have their keys and values from the turn before."""
    reused = sum(map(len, reading.chunks[:kept]))
    parts = [_part(one, 0, dropped=True) for one in reading.lost if one.role == "frame"]
    # Turns that are gone stood right after the examples; a summary stands in their place.
    turns = [_part(one, 0, dropped=True) for one in reading.lost if one.role != "frame"]
    at = 0
    for piece, tokens in zip(reading.pieces, reading.tokens, strict=True):
        if piece.role != "frame":
            parts, turns = parts + turns, []
        parts.append(_part(piece, tokens, reused=at + tokens <= reused))
        at += tokens
    parts += turns
    return PromptString(tuple(parts), len(reading.ids), settings.reply_tokens, settings.budget)


def _part(piece: Piece, tokens: int, *, dropped: bool = False, reused: bool = False) -> PromptPart:
    return PromptPart(piece.text, piece.role, piece.turn, tokens, dropped, reused)
